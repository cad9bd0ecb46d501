/**
 * The engine: `@countersign/cedar` decides. What it decides by was parsed and
 * validated by Cedar's own build as well, and both must have accepted it.
 *
 * @module
 */

import { compile } from './compile.ts'
import { unanswerable, type Compiled, type CompiledSet, type PolicyEngine } from './engine.ts'
import { checkProgram, readProgram, run, type Program } from './program.ts'
import { CedarInstances } from './referee.ts'
import type { StoreSource } from './source.ts'
import { findUnfit } from './value.ts'
import type { Cedar } from './wasm.ts'

/** The engine. Cedar's build is loaded when something is compiled, which takes about 20 ms and 10 MB. */
export function createCedarEngine(): PolicyEngine {
  const instances = new CedarInstances()
  const programs = new WeakMap<CompiledSet, Program>()

  function programOf(set: CompiledSet): Program {
    const known = programs.get(set)
    if (known !== undefined) return known
    const program = readProgram(set)
    programs.set(set, program)
    return program
  }

  /** Two readers of one text must agree that it is right. */
  function accept({ store }: StoreSource, compiled: Compiled): Compiled {
    if (compiled.is === 'mistaken') return compiled
    const checked = checkProgram(compiled.set)
    if ('mistake' in checked) return { is: 'mistaken', mistakes: [{ file: store, says: checked.mistake }] }
    programs.set(compiled.set, checked)
    return compiled
  }

  const lend = (): Cedar => instances.instance()
  return {
    compile: (source) => accept(source, compile(lend, source)),
    evaluate(set, request, entities) {
      const unfit = findUnfit(request, entities)
      return unfit === undefined ? run(programOf(set), request, entities) : unanswerable(unfit)
    },
  }
}
