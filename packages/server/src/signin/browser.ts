/**
 * The two cookies of these pages. The session cookie lives until the browser
 * closes; the browser's own cookie stays, so that the next sign-in from there is
 * one from a browser that is known.
 *
 * @module
 */

import type { Cookie, RouteInput } from '#http'
import { base64url, randomBytes, type Secret } from '#kernel'

export const sessionCookieName = 'countersign_session'
export const browserCookieName = 'countersign_browser'

/** As long as a browser is remembered without a sign-in. */
const browserSeconds = 180 * 24 * 3_600

/** 128 bits, of which nobody can guess another browser's. */
const browserBytes = 16

export function sessionCookie(value: Secret<string>): Cookie {
  return { name: sessionCookieName, value: value.reveal(), sameSite: 'lax' }
}

export const noSessionCookie: Cookie = { name: sessionCookieName, value: '', maxAgeSeconds: 0, sameSite: 'lax' }

export function browserCookie(value: string): Cookie {
  return { name: browserCookieName, value, maxAgeSeconds: browserSeconds, sameSite: 'lax' }
}

/** The browser's own cookie, or a fresh one for a browser that has none. */
export function browserOf(input: RouteInput): string {
  return input.cookies[browserCookieName] ?? base64url(randomBytes(browserBytes))
}
