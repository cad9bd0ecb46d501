/**
 * The engine: `@countersign/cedar` decides. What it decides by was parsed and
 * validated by Cedar's own build as well, and both must have accepted it.
 *
 * @module
 */

import { compile } from './compile.ts'
import { unanswerable, type Compiled, type CompiledSet, type PolicyEngine, type ReceivingEngine, type RulesEngine } from './engine.ts'
import { receiveSet } from './export.ts'
import { checkProgram, readProgram, run, type Program } from './program.ts'
import { CedarInstances } from './referee.ts'
import type { StoreSource } from './source.ts'
import { findUnfit } from './value.ts'
import type { Cedar } from './wasm.ts'

/** Has a store checked by Cedar's own build. */
export type Build = (source: StoreSource) => Promise<Compiled>

/** The engine. Cedar's build is loaded when something is compiled, which takes about 20 ms and 10 MB. */
export function createCedarEngine(): PolicyEngine {
  const instances = new CedarInstances()
  const decider = createDecider()
  const lend = (): Cedar => instances.instance()
  return { compile: (source) => decider.accept(source, compile(lend, source)), evaluate: decider.evaluate }
}

/** The engine of a process that does not hold Cedar's build: whoever does is asked. */
export function createRemoteEngine(build: Build): RulesEngine {
  const decider = createDecider()
  return { compile: async (source) => decider.accept(source, await build(source)), evaluate: decider.evaluate }
}

/** The engine of a process that is sent what was compiled elsewhere: Cedar's build is not loaded there. */
export function createReceivingEngine(): ReceivingEngine {
  const { accept, evaluate } = createDecider()
  return {
    receive(sent) {
      const set = receiveSet(sent)
      return set !== undefined && accept(set, { is: 'compiled', set }).is === 'compiled' ? set : undefined
    },
    evaluate,
  }
}

interface Decider {
  /** Two readers of one text must agree that it is right. */
  readonly accept: (source: Pick<StoreSource, 'store'>, compiled: Compiled) => Compiled
  readonly evaluate: PolicyEngine['evaluate']
}

function createDecider(): Decider {
  const programs = new WeakMap<CompiledSet, Program>()

  function programOf(set: CompiledSet): Program {
    const known = programs.get(set)
    if (known !== undefined) return known
    const program = readProgram(set)
    programs.set(set, program)
    return program
  }

  return {
    accept({ store }, compiled) {
      if (compiled.is === 'mistaken') return compiled
      const checked = checkProgram(compiled.set)
      if ('mistake' in checked) return { is: 'mistaken', mistakes: [{ file: store, says: checked.mistake }] }
      programs.set(compiled.set, checked)
      return compiled
    },
    evaluate(set, request, entities) {
      const unfit = findUnfit(request, entities)
      return unfit === undefined ? run(programOf(set), request, entities) : unanswerable(unfit)
    },
  }
}
