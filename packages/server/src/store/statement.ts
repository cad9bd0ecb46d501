/**
 * A statement that is built and compiled once for each engine and then only
 * given values: building a Kysely query costs more than running it.
 *
 * @module
 */

import type { Compilable, Kysely } from 'kysely'

/** Stands for a value that arrives with each run. */
export type Slot = <Name extends string>(name: Name) => never

/** A query with named slots. The engine compiles it at its first run and keeps the result. */
export interface Statement<Parameters extends object, Row> {
  readonly build: (db: Kysely<never>, slot: Slot) => Compilable<Row>
  /** Never present; carries the type. */
  readonly parameters?: (given: Parameters) => void
}

/**
 * Declares a {@link Statement}:
 *
 *     const findByHash = statement<SessionTables, { tenant: TenantId; hash: Uint8Array }, SessionRow>((db, slot) =>
 *       db.selectFrom('session').selectAll().where('tenant', '=', slot('tenant')).where('hash', '=', slot('hash')))
 */
export function statement<Tables, Parameters extends object, Row>(
  build: (db: Kysely<Tables>, slot: (name: keyof Parameters & string) => never) => Compilable<unknown>,
): Statement<Parameters, Row> {
  return { build: build as unknown as Statement<Parameters, Row>['build'] }
}
