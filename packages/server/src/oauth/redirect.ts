/**
 * Sending a browser back to a client, RFC 6749 section 4.1.2 with the `iss` of
 * RFC 9207, so that a client of several servers knows who answers.
 *
 * @module
 */

import type { Answer, Cookie } from '#http'

/** The URI with parameters added to its query. The URI itself stays the text that was registered. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return query.size === 0 ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`
}

/** 303, so that whatever the browser sent is not sent on to the next address (RFC 9700 section 4.12). */
export function redirectTo(location: string, cookie?: Cookie): Answer {
  return { status: 303, body: { redirect: location }, ...(cookie === undefined ? {} : { cookies: [cookie] }) }
}
