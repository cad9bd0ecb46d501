/**
 * What becomes of each table in a backup, from the modules' own descriptions.
 *
 * @module
 */

import type { ModuleMigrations } from './migration.ts'
import { migrations as ownMigrations } from './table.ts'

/** Names of tables. */
export interface TableFates {
  readonly carried: readonly string[]
  readonly leftOut: readonly string[]
  readonly apart: readonly string[]
}

/** The fate of every table that the modules make, the store's own among them. */
export function tableFates(modules: readonly ModuleMigrations[]): TableFates {
  const fates = { carried: ['schema_step'], leftOut: [] as string[], apart: [] as string[] }
  for (const change of [ownMigrations, ...modules].flatMap(({ steps }) => steps).flatMap(({ changes }) => changes)) {
    if (!('createTable' in change)) continue
    const { name, inBackups } = change.createTable
    const list = inBackups === undefined ? fates.carried : 'apart' in inBackups ? fates.apart : fates.leftOut
    list.push(name)
  }
  return fates
}

/** The number of the last step of each module that the program knows: what a backup's schema is compared with. */
export function schemaOf(modules: readonly ModuleMigrations[]): Readonly<Record<string, number>> {
  return Object.fromEntries([ownMigrations, ...modules].map(({ module, steps }) => [module, steps.length]))
}
