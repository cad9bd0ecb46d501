import type { ModuleMigrations } from '#store'

/** The tables of people, their groups and their roles. */
export const migrations: ModuleMigrations = {
  module: 'identity',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'identity_user',
            columns: {
              tenant: 'text',
              id: 'text',
              state: 'text',
              generation: 'integer',
              profile: 'bytes?',
              created_at_ms: 'integer',
              deleted_at_ms: 'integer?',
            },
            primaryKey: ['tenant', 'id'],
            indexes: [{ columns: ['tenant', 'created_at_ms', 'id'] }],
          },
        },
        {
          createTable: {
            name: 'user_lookup',
            columns: { tenant: 'text', kind: 'text', hash: 'bytes', user_id: 'text' },
            primaryKey: ['tenant', 'kind', 'hash'],
            indexes: [{ columns: ['tenant', 'user_id'] }],
          },
        },
        {
          createTable: {
            name: 'user_prefix',
            columns: { tenant: 'text', hash: 'bytes', user_created_at_ms: 'integer', user_id: 'text' },
            primaryKey: ['tenant', 'hash', 'user_created_at_ms', 'user_id'],
            indexes: [{ columns: ['tenant', 'user_id'] }],
          },
        },
        {
          createTable: {
            name: 'password',
            columns: { tenant: 'text', user_id: 'text', phc: 'text', set_at_ms: 'integer' },
            primaryKey: ['tenant', 'user_id'],
          },
        },
        {
          createTable: {
            name: 'identity_group',
            columns: { tenant: 'text', id: 'text', name: 'text', name_key: 'text', created_at_ms: 'integer' },
            primaryKey: ['tenant', 'id'],
            unique: [{ columns: ['tenant', 'name_key'] }],
            indexes: [{ columns: ['tenant', 'created_at_ms', 'id'] }],
          },
        },
        {
          createTable: {
            name: 'group_member',
            columns: { tenant: 'text', group_id: 'text', user_id: 'text' },
            primaryKey: ['tenant', 'group_id', 'user_id'],
            indexes: [{ columns: ['tenant', 'user_id'] }],
          },
        },
        {
          createTable: {
            name: 'role_assignment',
            columns: { tenant: 'text', holder: 'text', role: 'text' },
            primaryKey: ['tenant', 'holder', 'role'],
          },
        },
      ],
    },
    {
      number: 2,
      kind: 'expand',
      changes: [
        { addColumn: { table: 'identity_user', column: 'version', type: 'integer?' } },
        { addColumn: { table: 'identity_group', column: 'version', type: 'integer?' } },
      ],
    },
    { number: 3, kind: 'expand', changes: [{ createIndex: { table: 'role_assignment', columns: ['tenant', 'role', 'holder'] } }] },
  ],
}
