/**
 * Looks at a database without changing anything, to say what is wrong with it:
 * nothing is migrated, locked or written, and a server may be running on it.
 *
 * @module
 */

import type { Clock } from '#kernel'
import type { ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { checkMigrations } from '../schema/check.ts'
import { pendingSteps, type AppliedStep } from '../schema/plan.ts'
import { migrations as ownMigrations } from '../table.ts'
import type { DatabaseFacts, DatabasePlace, SchemaState } from './facts.ts'
import { examinePostgres } from './postgres.ts'
import { examineSqlite } from './sqlite.ts'

export async function examineDatabase(place: DatabasePlace, modules: readonly ModuleMigrations[], clock: Clock): Promise<DatabaseFacts> {
  const all = [ownMigrations, ...modules]
  checkMigrations(all)
  const judge = (applied: readonly AppliedStep[], contracts?: ReadonlySet<string>): SchemaState => schemaState(all, applied, contracts)
  return place.kind === 'sqlite' ? examineSqlite(place.directory, judge) : examinePostgres(place, all, judge, clock)
}

/** Pure. */
function schemaState(modules: readonly ModuleMigrations[], applied: readonly AppliedStep[], contracts?: ReadonlySet<string>): SchemaState {
  if (applied.length === 0) return 'empty'
  try {
    return pendingSteps(modules, applied, contracts).length === 0 ? 'same' : 'older'
  } catch (error) {
    if (error instanceof StoreMistake) return error.code === 'store.schema_newer' ? 'newer' : 'different'
    throw error
  }
}
