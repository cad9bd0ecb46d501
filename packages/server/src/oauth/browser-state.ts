/**
 * What a browser carries for us between two pages: `f1.` and sealed bytes, bound
 * to a cookie of that browser. A stranger's request thereby writes no row, and a
 * link to a half-done sign-in is of no use in another browser, so nobody can be
 * made to finish what an attacker began.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, readUtf8, sha256, utf8, type Operation } from '#kernel'
import type { Cookie } from '#http'
import type { Keys } from '#keys'

export const browserCookieName = 'countersign_browser'

/** Time to find a password manager and a second device; RFC 9700 wants flows short. */
export const stateForMs: number = 20 * 60_000

const prefix = 'f1.'

/** 128 bits, of which nobody can guess another browser's. */
const cookieBytes = 16

/** A browser as its cookie names it; `set` is present when the cookie has to be set first. */
export interface Browser {
  readonly cookie: string
  readonly set?: Cookie
}

/** The browser that sends these cookies, or a new one. */
export function readBrowser(cookies: Readonly<Record<string, string>>): Browser {
  const cookie = cookies[browserCookieName]
  if (cookie !== undefined && readBase64url(cookie)?.byteLength === cookieBytes) return { cookie }
  const fresh = base64url(randomBytes(cookieBytes))
  return { cookie: fresh, set: { name: browserCookieName, value: fresh, sameSite: 'lax' } }
}

/** What a state is for. One made for one thing never opens for another. */
export type StatePurpose = 'authorize' | 'sign-out'

export async function sealState(op: Operation, keys: Keys, purpose: StatePurpose, cookie: string, value: object): Promise<string> {
  const plain = utf8(JSON.stringify({ untilMs: op.nowMs + stateForMs, value }))
  return `${prefix}${base64url(await keys.seal(op, 'browser-state', plain, contextOf(purpose, cookie)))}`
}

/** Undefined when it was sealed for another browser or purpose, is over, or was never ours. */
export async function openState(
  op: Operation,
  keys: Keys,
  purpose: StatePurpose,
  cookie: string | undefined,
  state: string,
): Promise<unknown> {
  if (cookie === undefined || !state.startsWith(prefix)) return undefined
  const sealed = readBase64url(state.slice(prefix.length))
  if (sealed === undefined) return undefined
  const plain = await keys.open(op, 'browser-state', sealed, contextOf(purpose, cookie))
  const text = plain === undefined ? undefined : readUtf8(plain)
  if (text === undefined) return undefined
  const { untilMs, value } = JSON.parse(text) as { readonly untilMs: number; readonly value: unknown }
  return op.nowMs < untilMs ? value : undefined
}

const contextOf = (purpose: StatePurpose, cookie: string): string => `${purpose} ${base64url(sha256(cookie))}`
