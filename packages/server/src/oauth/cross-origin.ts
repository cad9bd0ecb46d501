/**
 * Reading our answers from pages of other origins (the Fetch standard's CORS).
 *
 * Apps that run in a browser call the metadata, token, revocation and UserInfo
 * endpoints with `fetch`. These endpoints know nobody by a cookie, so any origin
 * may read their answers: whoever holds the code, the secret or the token could
 * send the same from anywhere else. Credentials of the browser are never allowed.
 *
 * @module
 */

import type { Answer } from '#http'

export const crossOrigin: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*' }

/** Answers the question that browsers ask first. A day is the longest that they remember it. */
export function preflight(methods: string): Answer {
  return {
    status: 204,
    headers: {
      ...crossOrigin,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '86400',
    },
    body: 'empty',
  }
}
