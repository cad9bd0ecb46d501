import type { ModuleMigrations } from '#store'

/**
 * The tables of key-encryption keys. A backup treats them apart: without
 * `purpose_key` nothing can be opened, and a copy of `person_key` brings erased
 * people back.
 */
export const migrations: ModuleMigrations = {
  module: 'keys',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'purpose_key',
            inBackups: { apart: 'nothing opens without it' },
            columns: {
              tenant: 'text',
              purpose: 'text',
              id: 'text',
              algorithm: 'text',
              version: 'integer',
              state: 'text',
              vault_key: 'text',
              wrapped: 'bytes',
              created_at_ms: 'integer',
              activates_at_ms: 'integer',
              retired_at_ms: 'integer?',
              usable_until_ms: 'integer?',
            },
            primaryKey: ['tenant', 'purpose', 'id'],
            unique: [
              { columns: ['tenant', 'purpose', 'version'] },
              // Two servers that start or rotate at once cannot make two of either.
              { columns: ['tenant', 'purpose'], where: "state = 'active'" },
              { columns: ['tenant', 'purpose', 'state'], where: "state = 'next'" },
            ],
          },
        },
        {
          createTable: {
            name: 'person_key',
            inBackups: { apart: 'a copy of it would bring erased people back' },
            columns: { tenant: 'text', person: 'text', wrapped: 'bytes', created_at_ms: 'integer' },
            primaryKey: ['tenant', 'person'],
          },
        },
      ],
    },
  ],
}
