/**
 * The engine: `@countersign/cedar` decides. What it decides by was parsed and
 * validated by Cedar's own build as well, and both must have accepted it.
 *
 * @module
 */

import { compile } from './compile.ts'
import type { CompiledSet, Compiled, PolicyEngine } from './engine.ts'
import { findProgramMistake, readProgram, run, type Program } from './program.ts'
import { CedarInstances } from './referee.ts'
import type { StoreSource } from './source.ts'
import { findUnfit } from './value.ts'

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

  return {
    compile: (source) =>
      accept(
        source,
        compile(() => instances.instance(), source),
      ),
    evaluate(set, request, entities) {
      const unfit = findUnfit(request, entities)
      return unfit === undefined
        ? run(programOf(set), request, entities)
        : { decision: 'deny', reasons: [], erring: [], unanswerable: unfit }
    },
  }
}

/** Two readers of one text must agree that it is right. */
function accept({ store }: StoreSource, compiled: Compiled): Compiled {
  if (compiled.is === 'mistaken') return compiled
  const mistake = findProgramMistake(compiled.set)
  return mistake === undefined ? compiled : { is: 'mistaken', mistakes: [{ file: store, says: mistake }] }
}
