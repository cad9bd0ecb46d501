import type { ModuleMigrations } from '#store'

/** The tables of sessions and of the browsers that people signed in from. */
export const migrations: ModuleMigrations = {
  module: 'sessions',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'session',
            inBackups: { leftOut: 'no session outlives a restore' },
            columns: {
              tenant: 'text',
              id: 'text',
              secret_hash: 'bytes',
              user_id: 'text',
              user_generation: 'integer',
              acr: 'text',
              amr: 'text',
              auth_time_ms: 'integer',
              started_at_ms: 'integer',
              idle_ms: 'integer',
              idle_until_ms: 'integer',
              ends_at_ms: 'integer',
              ended_at_ms: 'integer?',
              end_reason: 'text?',
              device: 'bytes?',
              bound_key: 'text?',
            },
            primaryKey: ['tenant', 'id'],
            unique: [{ columns: ['tenant', 'secret_hash'] }],
            indexes: [
              { columns: ['tenant', 'started_at_ms', 'id'] },
              { columns: ['tenant', 'user_id', 'started_at_ms', 'id'] },
              { columns: ['tenant', 'idle_until_ms'], where: 'ended_at_ms is null' },
              { columns: ['tenant', 'ends_at_ms'], where: 'ended_at_ms is null' },
              { columns: ['tenant', 'ended_at_ms'], where: 'ended_at_ms is not null' },
            ],
          },
        },
        {
          createTable: {
            name: 'known_browser',
            inBackups: { leftOut: 'a remembered browser could have been forgotten since' },
            columns: { tenant: 'text', user_id: 'text', hash: 'bytes', last_used_ms: 'integer' },
            primaryKey: ['tenant', 'user_id', 'hash'],
            indexes: [{ columns: ['tenant', 'last_used_ms'] }],
          },
        },
      ],
    },
  ],
}
