/**
 * Which steps are still to run on a database, and whether this program may
 * touch it at all. Pure: both engines ask it with what they found.
 *
 * @module
 */

import { base64url, sha256 } from '#kernel'
import type { MigrationStep, ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'

/** A row of `schema_step`: a step that ran here. */
export interface AppliedStep {
  readonly module: string
  readonly number: number
  readonly digest: string
}

export interface PendingStep {
  readonly module: string
  readonly step: MigrationStep
  readonly digest: string
}

/**
 * The steps to run, in order.
 *
 * Throws `StoreMistake`: `store.schema_newer` when the database holds a step
 * that this program does not know, `store.schema_differs` when a step ran here
 * with other contents. Where servers of two releases run side by side, a step
 * that only adds is borne: `contracts` has the names of those that took
 * something away ({@link nameOf}).
 */
export function pendingSteps(
  modules: readonly ModuleMigrations[],
  applied: readonly AppliedStep[],
  contracts?: ReadonlySet<string>,
): readonly PendingStep[] {
  const known = modules.flatMap(({ module, steps }) => steps.map((step) => ({ module, step, digest: digestOf(step) })))
  for (const there of applied) {
    const ours = known.find(({ module, step }) => module === there.module && step.number === there.number)
    if (ours === undefined && contracts?.has(nameOf(there.module, there.number)) === false) continue
    if (ours === undefined) {
      throw new StoreMistake(
        'store.schema_newer',
        `The database was last used by a newer version of Countersign (${there.module} step ${there.number}); start that version or a later one.`,
      )
    }
    if (ours.digest !== there.digest) {
      throw new StoreMistake(
        'store.schema_differs',
        `The database was made by a different build of Countersign (${there.module} step ${there.number} is not the same); start the build that made it.`,
      )
    }
  }
  const done = new Set(applied.map(({ module, number }) => nameOf(module, number)))
  return known.filter(({ module, step }) => !done.has(nameOf(module, step.number)))
}

/** Of a step. A step that takes something away leaves it as a fact of the instance, for programs that do not know the step. */
export function nameOf(module: string, number: number): string {
  return `contract ${module} ${number}`
}

/** Over what a step does. The reason for having no tenant is prose and may be reworded; what backups and grants do changes no table. */
export function digestOf({ kind, changes }: MigrationStep): string {
  const text = JSON.stringify([kind, changes], (key, value: unknown) =>
    key === 'none' ? '' : key === 'inBackups' || key === 'rows' ? undefined : value,
  )
  return base64url(sha256(text))
}
