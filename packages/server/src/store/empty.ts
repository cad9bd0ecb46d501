import { sql } from 'kysely'
import type { Transaction } from './contract.ts'

/** Takes every row out of the tables, for the start of a restored system's life. PostgreSQL does not look at the rows for it. */
export async function emptyTables(tx: Transaction, names: readonly string[]): Promise<void> {
  const db = tx.withTables<Record<string, never>>()
  for (const name of names) {
    await (tx.engine === 'postgres' ? sql`TRUNCATE TABLE ${sql.table(name)}` : sql`DELETE FROM ${sql.table(name)}`).execute(db)
  }
}
