/** The one module that speaks to databases. @module */

export type { Engine, Reader, Recorder, Store, Transaction } from './contract.ts'
export type { Change, ColumnType, IndexSpec, MigrationStep, ModuleMigrations, TableSpec } from './migration.ts'
export { statement, type Statement } from './statement.ts'
