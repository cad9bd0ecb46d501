/** Tables of clients, codes and consents. @module */

import type { ModuleMigrations } from '#store'

export const migrations: ModuleMigrations = {
  module: 'oauth',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'client',
            columns: { tenant: 'text', id: 'text', client_id: 'text', created_at_ms: 'integer', registration: 'text' },
            primaryKey: ['tenant', 'id'],
            unique: [{ columns: ['tenant', 'client_id'] }],
            indexes: [{ columns: ['tenant', 'created_at_ms', 'id'] }],
          },
        },
        {
          createTable: {
            name: 'client_secret',
            columns: { tenant: 'text', client: 'text', number: 'integer', hash: 'bytes', created_at_ms: 'integer' },
            primaryKey: ['tenant', 'client', 'number'],
          },
        },
        {
          createTable: {
            name: 'authorization_code',
            inBackups: { leftOut: 'no code outlives a restore' },
            columns: {
              tenant: 'text',
              hash: 'bytes',
              id: 'text',
              client: 'text',
              user_id: 'text',
              session: 'text',
              family: 'text',
              granted: 'text',
              expires_at_ms: 'integer',
              spent_at_ms: 'integer?',
            },
            primaryKey: ['tenant', 'hash'],
            indexes: [{ columns: ['tenant', 'expires_at_ms'] }, { columns: ['tenant', 'user_id', 'client'] }],
          },
        },
        {
          createTable: {
            name: 'consent',
            inBackups: { leftOut: 'a consent could have been withdrawn since; people are asked again' },
            columns: { tenant: 'text', id: 'text', user_id: 'text', client: 'text', scopes: 'text', given_at_ms: 'integer' },
            primaryKey: ['tenant', 'id'],
            // One remembered consent for a person and a client.
            unique: [{ columns: ['tenant', 'user_id', 'client'] }],
            indexes: [{ columns: ['tenant', 'client'] }, { columns: ['tenant', 'given_at_ms'] }],
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
            name: 'client_assertion',
            inBackups: { leftOut: 'no assertion lives longer than six minutes' },
            columns: { tenant: 'text', client: 'text', jti_hash: 'bytes', over_at_ms: 'integer' },
            primaryKey: ['tenant', 'client', 'jti_hash'],
            indexes: [{ columns: ['tenant', 'over_at_ms'] }],
          },
        },
      ],
    },
    { number: 3, kind: 'expand', changes: [{ addColumn: { table: 'client', column: 'last_secret', type: 'integer?' } }] },
    {
      number: 4,
      kind: 'expand',
      changes: [
        { createIndex: { table: 'consent', columns: ['tenant', 'given_at_ms', 'id'] } },
        { createIndex: { table: 'consent', columns: ['tenant', 'client', 'given_at_ms', 'id'] } },
      ],
    },
    {
      number: 5,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'dpop_proof',
            inBackups: { leftOut: 'no proof lives longer than two minutes' },
            columns: { tenant: 'text', hash: 'bytes', over_at_ms: 'integer' },
            primaryKey: ['tenant', 'hash'],
            indexes: [{ columns: ['tenant', 'over_at_ms'] }],
          },
        },
      ],
    },
    {
      number: 6,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'pushed_request',
            inBackups: { leftOut: 'no request lives longer than a minute' },
            columns: { tenant: 'text', hash: 'bytes', client: 'text', parameters: 'text', expires_at_ms: 'integer' },
            primaryKey: ['tenant', 'hash'],
            indexes: [{ columns: ['tenant', 'expires_at_ms'] }],
          },
        },
      ],
    },
    { number: 7, kind: 'expand', changes: [{ addColumn: { table: 'consent', column: 'claims', type: 'text?' } }] },
    { number: 8, kind: 'expand', changes: [{ addColumn: { table: 'client_secret', column: 'sealed', type: 'bytes?' } }] },
  ],
}
