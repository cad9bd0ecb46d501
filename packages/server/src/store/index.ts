/** The one module that speaks to databases. @module */

export { UniqueConflict } from './conflict.ts'
export type { Engine, Peers, Reader, Recorded, Recorder, Store, Transaction } from './contract.ts'
export { emptyTables } from './empty.ts'
export { schemaOf, tableFates, type TableFates } from './fates.ts'
export { findInstanceFact, replaceInstanceFact, setInstanceFact, type InstanceFact } from './instance.ts'
export type { Change, ColumnType, IndexSpec, MigrationStep, ModuleMigrations, TableSpec } from './migration.ts'
export { StoreMistake, type StoreMistakeCode } from './mistakes.ts'
export { openStore, type PostgresOptions, type SqliteOptions, type StoreOptions } from './open.ts'
export { openReading, type ReadingOptions, type ReadingStore } from './reading.ts'
export { copySqlite } from './sqlite/copy.ts'
export { databaseName, lockDirectory } from './sqlite/directory.ts'
export { statement, type Statement } from './statement.ts'
