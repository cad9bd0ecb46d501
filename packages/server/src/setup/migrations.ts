import type { ModuleMigrations } from '#store'

/** One row at most that has not expired: `issueLink` replaces what was there. */
export const migrations: ModuleMigrations = {
  module: 'setup',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'setup_link',
            inBackups: { leftOut: 'no one-time link outlives a restore' },
            columns: { tenant: 'text', hash: 'bytes', expires_at_ms: 'integer', claimed_until_ms: 'integer?' },
            primaryKey: ['tenant', 'hash'],
          },
        },
      ],
    },
  ],
}
