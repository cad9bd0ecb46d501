import type { ModuleMigrations } from '#store'

/** The tables of the log. Each tenant has a log of its own. */
export const migrations: ModuleMigrations = {
  module: 'audit',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'audit_writer',
            columns: { tenant: 'text', writer: 'text', next: 'integer' },
            primaryKey: ['tenant', 'writer'],
          },
        },
        {
          createTable: {
            name: 'audit_event',
            columns: { tenant: 'text', writer: 'text', number: 'integer', at_ms: 'integer', hash: 'bytes', content: 'text' },
            primaryKey: ['tenant', 'writer', 'number'],
            rows: 'appended',
          },
        },
        {
          createTable: {
            name: 'audit_tree',
            columns: { tenant: 'text', size: 'integer', holder: 'text' },
            primaryKey: ['tenant'],
          },
        },
        {
          createTable: {
            name: 'audit_run',
            columns: { tenant: 'text', position: 'integer', writer: 'text', number: 'integer', count: 'integer' },
            primaryKey: ['tenant', 'position'],
            rows: 'appended',
            // An event stands in the tree once, whatever two servers try.
            unique: [{ columns: ['tenant', 'writer', 'number'] }],
          },
        },
        {
          createTable: {
            name: 'audit_tile',
            columns: { tenant: 'text', level: 'integer', number: 'integer', hashes: 'bytes' },
            primaryKey: ['tenant', 'level', 'number'],
          },
        },
        {
          createTable: {
            name: 'audit_checkpoint',
            columns: { tenant: 'text', size: 'integer', at_ms: 'integer', root: 'bytes', note: 'text' },
            primaryKey: ['tenant', 'size'],
          },
        },
      ],
    },
  ],
}
