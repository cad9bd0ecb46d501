/**
 * The address of a PostgreSQL database, and what an operator may have got wrong
 * about it.
 *
 * The URL is read here and not by `pg`: its reader lets a query parameter replace
 * the host, and takes `sslmode=require` for a connection that verifies nothing or
 * everything, depending on its version.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { ClientConfig } from 'pg'
import { isLoopback, Unavailable } from '#kernel'
import { StoreMistake } from '../mistakes.ts'
import { sqlState } from './errors.ts'
import { valueTypes } from './values.ts'

export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** False: a plain connection, on this machine. Otherwise the authorities that are trusted, the system's where undefined. */
  readonly tls: false | { readonly ca: string | undefined }
  /** Without user and password: for sentences. */
  readonly shown: string
}

/** What a URL may say after the question mark. */
const parameters = new Set(['sslmode', 'host'])

/**
 * Throws `StoreMistake`: `store.bad_url`, `store.unverified` for a database that is not on this machine and whose URL does not
 * say `sslmode=verify-full`, `store.bad_ca_file`. The URL itself is not shown: it holds a password.
 */
export function readAddress(url: string, caFile?: string): Address {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2) throw badUrl()
  const query = parsed.searchParams
  const unknown = [...query.keys()].find((name) => !parameters.has(name) || query.getAll(name).length > 1)
  if (unknown !== undefined) {
    throw new StoreMistake(
      'store.bad_url',
      `The database URL may say sslmode once, and host for the folder of a socket, and not ${unknown}.`,
    )
  }
  const socket = query.get('host')
  if (socket !== null && (parsed.hostname !== '' || !socket.startsWith('/'))) throw badUrl()
  const host = socket ?? readPart(parsed.hostname.replace(/^\[(.*)\]$/, '$1')) ?? 'localhost'
  const database = readPart(parsed.pathname.slice(1))
  if (database === undefined) throw badUrl()
  return {
    host,
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    database,
    user: readPart(parsed.username),
    password: readPart(parsed.password),
    tls: readTls(host, query.get('sslmode'), caFile),
    shown: `${parsed.host === '' ? host : parsed.host}${parsed.pathname}`,
  }
}

function badUrl(): StoreMistake {
  return new StoreMistake('store.bad_url', 'The database URL must look like postgres://user:password@host:5432/database.')
}

/** Undefined when there is none. */
function readPart(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    throw badUrl()
  }
}

/** Whoever stands between us and the database could read every key and answer every question: what leaves this machine is verified, always. */
function readTls(host: string, mode: string | null, caFile: string | undefined): Address['tls'] {
  if (mode === 'verify-full') return { ca: caFile === undefined ? undefined : readCa(caFile) }
  const here = host.startsWith('/') || isLoopback(host)
  if (here && (mode === null || mode === 'disable')) return false
  throw new StoreMistake(
    'store.unverified',
    here
      ? 'The sslmode of the database URL must be verify-full, or be left out for a database on this machine.'
      : `The database is on another machine (${host}), so its URL must say sslmode=verify-full; database.caFile names the authority of its certificate where the system does not know it.`,
  )
}

function readCa(path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new StoreMistake('store.bad_ca_file', `The file ${path} of database.caFile cannot be read (${String(error.code)}).`, error)
  }
  throw new StoreMistake('store.bad_ca_file', `The file ${path} of database.caFile holds no certificate in PEM.`)
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

export function clientConfig({ host, port, database, user, password, tls }: Address): ClientConfig {
  return {
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    // `host` is what a certificate is compared with where the host is an address and not a name.
    ssl: tls === false ? false : { rejectUnauthorized: true, minVersion: 'TLSv1.3', host, ...(tls.ca === undefined ? {} : { ca: tls.ca }) },
    application_name: 'countersign',
    keepAlive: true,
    types: valueTypes,
    ...bounds,
  }
}

/** What went wrong while the store was being opened, as one sentence where the operator can put it right. */
export function explainStart(error: unknown, { shown, tls }: Address): unknown {
  if (error instanceof StoreMistake) return error
  // What a new connection of the pool was found to be.
  if (error instanceof Unavailable && error.cause instanceof StoreMistake) return error.cause
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
  if (tls !== false && isUnverified(error)) {
    return new StoreMistake(
      'store.unverified',
      `The database ${shown} did not prove who it is (${error.code ?? 'it does not speak TLS'}): its certificate must be for this name and from the authority in database.caFile, or one that the system knows.`,
      error,
    )
  }
  if (state === undefined || /^(08|53|57)/.test(state)) {
    return error instanceof TypeError || error instanceof RangeError
      ? error
      : new StoreMistake('store.unreachable', `The database ${shown} cannot be reached.`, error)
  }
  return error
}

/** OpenSSL's words for a certificate that does not hold, Node's for one of another name, and `pg`'s for a server without TLS. */
function isUnverified(error: unknown): error is Error & { readonly code?: string } {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return /CERT|ERR_TLS_|ERR_SSL_|UNABLE_TO_/.test(code) || error.message.includes('does not support SSL')
}
