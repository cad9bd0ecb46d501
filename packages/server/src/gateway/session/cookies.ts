/**
 * What the gateway keeps in browsers: the session of a host, and sign-ins that
 * are under way. Sealed, and bound to the host: a cookie of one app opens nothing
 * on another.
 *
 * Formats: `g1.` and `w1.` before base64url of sealed JSON.
 *
 * @module
 */

import { base64url, readBase64url, readId, readUtf8, utf8, type SessionId, type UserId } from '#kernel'
import { readCount, readFields, readText } from '../channel/read.ts'
import type { Sealer } from '../ports.ts'

export const sessionCookie = 'countersign_gateway'

/** Sign-ins of one browser that may be under way on one host: tabs that are restored together. */
export const flowCookies: readonly string[] = ['countersign_flow_0', 'countersign_flow_1', 'countersign_flow_2', 'countersign_flow_3']

/** As long as it takes to find a password. */
export const flowSeconds = 600

/** The session of a host. It holds no rights: what it names is asked of the server. */
export interface HostSession {
  readonly session: SessionId
  readonly user: UserId
}

/** A sign-in that is under way. */
export interface Flow {
  readonly state: string
  readonly nonce: string
  /** The PKCE verifier, RFC 7636 section 4.1. */
  readonly verifier: string
  /** A path of this host. */
  readonly returnTo: string
  readonly beganAtMs: number
}

export function sealSession(sealer: Sealer, origin: string, { session, user }: HostSession): string {
  return `g1.${seal(sealer, { session, user }, `session ${origin}`)}`
}

/** Undefined for anything that was not sealed by us for this host. */
export function openSession(sealer: Sealer, origin: string, value: string | undefined): HostSession | undefined {
  const fields = open(sealer, 'g1.', value, `session ${origin}`)
  const session = readId('ses', String(fields?.['session']))
  const user = readId('usr', String(fields?.['user']))
  return session === undefined || user === undefined ? undefined : { session, user }
}

export function sealFlow(sealer: Sealer, origin: string, flow: Flow): string {
  return `w1.${seal(sealer, flow, `flow ${origin}`)}`
}

/** Undefined for anything that was not sealed by us for this host, or too long ago. */
export function openFlow(sealer: Sealer, origin: string, value: string | undefined, nowMs: number): Flow | undefined {
  const fields = open(sealer, 'w1.', value, `flow ${origin}`)
  const state = readText(fields?.['state'], 64)
  const nonce = readText(fields?.['nonce'], 64)
  const verifier = readText(fields?.['verifier'], 128)
  const returnTo = readText(fields?.['returnTo'], 4096)
  const beganAtMs = readCount(fields?.['beganAtMs'])
  if (state === undefined || nonce === undefined || verifier === undefined || returnTo === undefined || beganAtMs === undefined)
    return undefined
  return nowMs - beganAtMs < flowSeconds * 1000 ? { state, nonce, verifier, returnTo, beganAtMs } : undefined
}

function seal(sealer: Sealer, value: object, context: string): string {
  return base64url(sealer.seal(utf8(JSON.stringify(value)), context))
}

function open(sealer: Sealer, version: string, value: string | undefined, context: string): Readonly<Record<string, unknown>> | undefined {
  if (value?.startsWith(version) !== true) return undefined
  const bytes = readBase64url(value.slice(version.length))
  const plain = bytes === undefined ? undefined : sealer.open(bytes, context)
  const text = plain === undefined ? undefined : readUtf8(plain)
  // What was sealed by us is JSON.
  return text === undefined ? undefined : readFields(JSON.parse(text))
}
