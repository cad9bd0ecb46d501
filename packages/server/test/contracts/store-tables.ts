/** Tables that the store's own contract is tried on. @module */

import type { TenantId } from '#kernel'
import { statement, type ModuleMigrations, type Reader, type Transaction } from '#store'

export interface ShelfTables {
  readonly book: {
    readonly tenant: TenantId
    readonly id: string
    readonly copies: number
    readonly note: string | null
    readonly cover: Uint8Array | null
  }
  readonly visit: { readonly tenant: TenantId; readonly writer: string; readonly last: number }
}

export const shelf: ModuleMigrations = {
  module: 'shelf',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'book',
            columns: { tenant: 'text', id: 'text', copies: 'integer', note: 'text?', cover: 'bytes?' },
            primaryKey: ['tenant', 'id'],
            unique: [{ columns: ['tenant', 'note'] }],
            indexes: [{ columns: ['tenant', 'copies'], where: 'copies > 0' }],
          },
        },
        { createTable: { name: 'visit', columns: { tenant: 'text', writer: 'text', last: 'integer' }, primaryKey: ['tenant', 'writer'] } },
      ],
    },
  ],
}

const insertBook = statement<ShelfTables, { tenant: TenantId; id: string; copies: number }, never>((db, slot) =>
  db.insertInto('book').values({ tenant: slot('tenant'), id: slot('id'), copies: slot('copies'), note: null, cover: null }),
)

const selectCopies = statement<ShelfTables, { tenant: TenantId; id: string }, { copies: number }>((db, slot) =>
  db.selectFrom('book').select('copies').where('tenant', '=', slot('tenant')).where('id', '=', slot('id')),
)

export async function addBook(tx: Transaction, tenant: TenantId, id: string, copies = 1): Promise<void> {
  await tx.run(insertBook, { tenant, id, copies })
}

export async function copiesOf(db: Reader, tenant: TenantId, id: string): Promise<number | undefined> {
  const [row] = await db.run(selectCopies, { tenant, id })
  return row?.copies
}

export async function bookIds(db: Reader, tenant: TenantId): Promise<readonly string[]> {
  const rows = await db.withTables<ShelfTables>().selectFrom('book').select('id').where('tenant', '=', tenant).orderBy('id').execute()
  return rows.map(({ id }) => id)
}
