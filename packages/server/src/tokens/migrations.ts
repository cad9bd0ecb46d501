/** Tables of refresh families and of revocations. @module */

import type { ModuleMigrations } from '#store'

export const migrations: ModuleMigrations = {
  module: 'tokens',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'refresh_family',
            inBackups: { leftOut: 'no token outlives a restore' },
            columns: {
              tenant: 'text',
              id: 'text',
              client: 'text',
              user_id: 'text',
              session: 'text',
              scopes: 'text',
              audience: 'text',
              offline: 'integer',
              proof: 'text',
              started_at_ms: 'integer',
              ends_at_ms: 'integer',
              ended_at_ms: 'integer?',
              ended_why: 'text?',
            },
            primaryKey: ['tenant', 'id'],
            indexes: [
              { columns: ['tenant', 'session'] },
              { columns: ['tenant', 'user_id'] },
              { columns: ['tenant', 'client'] },
              { columns: ['tenant', 'ends_at_ms'] },
            ],
          },
        },
        {
          createTable: {
            name: 'refresh_token',
            inBackups: { leftOut: 'no token outlives a restore' },
            columns: {
              tenant: 'text',
              hash: 'bytes',
              family: 'text',
              number: 'integer',
              expires_at_ms: 'integer',
              spent_at_ms: 'integer?',
              spent_by: 'text?',
              successor: 'bytes?',
              sender: 'text?',
            },
            primaryKey: ['tenant', 'hash'],
            // The database itself refuses a second successor: one token of each number.
            unique: [{ columns: ['tenant', 'family', 'number'] }],
            indexes: [{ columns: ['tenant', 'expires_at_ms'] }],
          },
        },
        {
          createTable: {
            name: 'revocation_counter',
            columns: { tenant: 'text', last: 'integer' },
            primaryKey: ['tenant'],
          },
        },
        {
          createTable: {
            name: 'revocation',
            inBackups: { leftOut: 'what it revokes does not outlive a restore' },
            columns: { tenant: 'text', sequence: 'integer', kind: 'text', id: 'text', at_ms: 'integer', until_ms: 'integer' },
            primaryKey: ['tenant', 'sequence'],
            indexes: [{ columns: ['tenant', 'kind', 'id'] }, { columns: ['tenant', 'until_ms'] }],
          },
        },
      ],
    },
    {
      number: 2,
      kind: 'expand',
      changes: [
        // NULL in what a server of the release before wrote: then nobody knows when the token before it was used.
        { addColumn: { table: 'refresh_token', column: 'issued_at_ms', type: 'integer?' } },
        { createIndex: { table: 'refresh_family', columns: ['tenant', 'started_at_ms', 'id'], where: 'ended_at_ms is null' } },
        { createIndex: { table: 'refresh_family', columns: ['tenant', 'user_id', 'started_at_ms', 'id'], where: 'ended_at_ms is null' } },
        { createIndex: { table: 'refresh_family', columns: ['tenant', 'client', 'started_at_ms', 'id'], where: 'ended_at_ms is null' } },
      ],
    },
    { number: 3, kind: 'expand', changes: [{ addColumn: { table: 'refresh_family', column: 'claims', type: 'text?' } }] },
    { number: 4, kind: 'expand', changes: [{ addColumn: { table: 'refresh_family', column: 'details', type: 'text?' } }] },
    { number: 5, kind: 'expand', changes: [{ addColumn: { table: 'refresh_family', column: 'resources', type: 'text?' } }] },
    {
      number: 6,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'opaque_token',
            inBackups: { leftOut: 'no token outlives a restore' },
            columns: { tenant: 'text', hash: 'bytes', sealed: 'bytes', expires_at_ms: 'integer' },
            primaryKey: ['tenant', 'hash'],
            indexes: [{ columns: ['tenant', 'expires_at_ms'] }],
          },
        },
      ],
    },
  ],
}
