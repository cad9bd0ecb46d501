/**
 * The address of a PostgreSQL database, and what an operator may have got wrong
 * about it.
 *
 * @module
 */

import type { ClientConfig } from 'pg'
import { StoreMistake } from '../mistakes.ts'
import { sqlState } from './errors.ts'
import { valueTypes } from './values.ts'

/** Without user and password: for sentences. */
export interface Address {
  readonly url: string
  readonly shown: string
}

/** Throws `StoreMistake` `store.bad_url`. The URL itself is not shown: it holds a password. */
export function readAddress(url: string): Address {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2) {
    throw new StoreMistake('store.bad_url', 'The database URL must look like postgres://user:password@host:5432/database.')
  }
  return { url, shown: `${parsed.host}${parsed.pathname}` }
}

/** A statement of ours takes milliseconds. Each bound is a step above the one inside it, so that the innermost speaks first. */
const bounds = {
  lock_timeout: 3000,
  statement_timeout: 5000,
  /** For a server that has gone silent: ours, not the server's. */
  query_timeout: 8000,
  idle_in_transaction_session_timeout: 10_000,
  connectionTimeoutMillis: 5000,
} as const

export function clientConfig({ url }: Address): ClientConfig {
  return { connectionString: url, application_name: 'countersign', keepAlive: true, types: valueTypes, ...bounds }
}

/** What went wrong while the store was being opened, as one sentence where the operator can put it right. */
export function explainStart(error: unknown, { shown }: Address): unknown {
  if (error instanceof StoreMistake) return error
  const state = sqlState(error)
  if (state === '28P01' || state === '28000' || state === '3D000') {
    return new StoreMistake(
      'store.login_refused',
      `The database ${shown} refused the login: check user, password and database name.`,
      error,
    )
  }
  if (state === '42501') {
    return new StoreMistake('store.not_allowed', `The database ${shown} does not let this user make or use its tables.`, error)
  }
  if (state === undefined || /^(08|53|57)/.test(state)) {
    return error instanceof TypeError || error instanceof RangeError
      ? error
      : new StoreMistake('store.unreachable', `The database ${shown} cannot be reached.`, error)
  }
  return error
}
