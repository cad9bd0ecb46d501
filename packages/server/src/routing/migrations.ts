import type { ModuleMigrations } from '#store'

/** Routes beside those of the configuration. */
export const migrations: ModuleMigrations = {
  module: 'routing',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'gateway_route',
            columns: { tenant: 'text', id: 'text', origin: 'text', created_at_ms: 'integer', settings: 'text' },
            primaryKey: ['tenant', 'id'],
            unique: [{ columns: ['tenant', 'origin'] }],
            indexes: [{ columns: ['tenant', 'created_at_ms', 'id'] }],
          },
        },
      ],
    },
  ],
}
