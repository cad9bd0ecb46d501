/**
 * A module's tables as data, so that both engines are made from one
 * description and row-level security cannot be forgotten.
 *
 * @module
 */

/** `text`, `integer` (64 bits, read as a JavaScript number), `bytes`; a question mark allows NULL. */
export type ColumnType = 'text' | 'integer' | 'bytes' | 'text?' | 'integer?' | 'bytes?'

/**
 * A table. Its first column is `tenant` and so is the first column of its
 * primary key and of every unique key, and PostgreSQL guards it by row-level
 * security, unless it says `tenancy: 'none'` with a reason.
 */
export interface TableSpec {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  readonly primaryKey: readonly string[]
  readonly unique?: readonly IndexSpec[]
  readonly indexes?: readonly IndexSpec[]
  readonly tenancy?: { readonly none: string }
  /** `appended`: where the role that runs the server is not the one that owns the tables, it may neither change nor delete rows. */
  readonly rows?: 'appended'
  /**
   * Where a backup does not simply carry the rows. `leftOut`: a restored system
   * begins without them. `apart`: they are in the file of keys alone, so that a
   * copy of the data tells nothing about whoever was erased since.
   */
  readonly inBackups?: { readonly leftOut: string } | { readonly apart: string }
}

/** Columns of an index and, for a partial one, its condition (portable SQL without values from outside). */
export interface IndexSpec {
  readonly columns: readonly string[]
  readonly where?: string
}

export type Change =
  | { readonly createTable: TableSpec }
  | { readonly addColumn: { readonly table: string; readonly column: string; readonly type: 'text?' | 'integer?' | 'bytes?' } }
  | { readonly createIndex: IndexSpec & { readonly table: string } }
  | { readonly sql: { readonly sqlite: readonly string[]; readonly postgres: readonly string[] } }

/** One step. `expand` may run while the previous release still serves; `contract` only a release later. */
export interface MigrationStep {
  readonly number: number
  readonly kind: 'expand' | 'contract'
  readonly changes: readonly Change[]
}

/** All steps of one module, in order, numbered from 1. */
export interface ModuleMigrations {
  readonly module: string
  readonly steps: readonly MigrationStep[]
}
