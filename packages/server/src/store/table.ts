/**
 * The store's own tables: what ran, whose database this is, its tenants and its
 * writers.
 *
 * @module
 */

import type { TenantId, WriterId } from '#kernel'
import type { ModuleMigrations } from './migration.ts'

export interface StoreTables {
  readonly instance: { readonly name: string; readonly value: string }
  readonly tenant: { readonly id: TenantId; readonly name: string; readonly created_at_ms: number }
  readonly writer: { readonly lane: number; readonly id: WriterId }
}

/** Made before anything else, so that it can say whether anything else may be made. The same words on both engines. */
export const createStepTable =
  'CREATE TABLE IF NOT EXISTS schema_step (module text NOT NULL, number bigint NOT NULL, digest text NOT NULL, at_ms bigint NOT NULL, PRIMARY KEY (module, number))'

export interface StepTables {
  readonly schema_step: { readonly module: string; readonly number: number; readonly digest: string; readonly at_ms: number }
}

export const migrations: ModuleMigrations = {
  module: 'store',
  steps: [
    {
      number: 1,
      kind: 'expand',
      changes: [
        {
          createTable: {
            name: 'instance',
            columns: { name: 'text', value: 'text' },
            primaryKey: ['name'],
            tenancy: { none: 'facts about the whole database' },
          },
        },
        {
          createTable: {
            name: 'tenant',
            columns: { id: 'text', name: 'text', created_at_ms: 'integer' },
            primaryKey: ['id'],
            unique: [{ columns: ['name'] }],
            tenancy: { none: 'the list of tenants itself' },
          },
        },
        {
          createTable: {
            name: 'writer',
            columns: { lane: 'integer', id: 'text' },
            primaryKey: ['lane'],
            unique: [{ columns: ['id'] }],
            tenancy: { none: 'a connection writes for every tenant' },
          },
        },
      ],
    },
  ],
}
