/**
 * PostgreSQL's error codes in the house's words,
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 * @module
 */

import { Unavailable } from '#kernel'
import { UniqueConflict } from '../conflict.ts'

/** Connection, resources, operator or system at fault; a transaction or a lock that took too long. */
const outages = /^(08|53|57|58|25P0[34]$|55P03$)/

/** `read_only_sql_transaction`: in a write, the database may only be read; in a read, a defect of ours. */
export const readOnly = '25006'

/** `serialization_failure` and `deadlock_detected`: nothing was done, and another try may succeed. */
const collisions = new Set(['40001', '40P01'])

/** The SQLSTATE, or undefined when the error is not the server's. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

export function isCollision(error: unknown): boolean {
  return collisions.has(sqlState(error) ?? '')
}

/** Without a SQLSTATE it comes from the connection, unless it is a mistake in a value. */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return outages.test(state)
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
}

export function explainPostgres(error: unknown): unknown {
  if (sqlState(error) === '23505') return new UniqueConflict(tableOf(error), error)
  return isOutage(error) || isCollision(error) ? new Unavailable('store', error) : error
}

function tableOf(error: unknown): string {
  return error instanceof Error && 'table' in error && typeof error.table === 'string' ? error.table : 'a table'
}
