import type { ModuleMigrations } from '#store'

/** The versions of each policy store. At most one of a store is active. */
export const migrations: ModuleMigrations = {
  module: 'rulebook',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'policy_set',
            columns: { tenant: 'text', store: 'text', digest: 'text', content: 'text', activated_at_ms: 'integer', active: 'integer' },
            primaryKey: ['tenant', 'store', 'digest'],
            unique: [{ columns: ['tenant', 'store'], where: 'active = 1' }],
            indexes: [{ columns: ['tenant', 'store', 'activated_at_ms'] }],
          },
        },
      ],
    },
    {
      number: 2,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'policy_compiled',
            columns: { tenant: 'text', store: 'text', sealed: 'bytes' },
            primaryKey: ['tenant', 'store'],
          },
        },
      ],
    },
    {
      number: 3,
      kind: 'expand',
      changes: [
        { addColumn: { table: 'policy_set', column: 'activated_by', type: 'text?' } },
        {
          createTable: {
            name: 'policy_store',
            columns: { tenant: 'text', store: 'text', keeper: 'text', since_ms: 'integer' },
            primaryKey: ['tenant', 'store'],
          },
        },
      ],
    },
  ],
}
