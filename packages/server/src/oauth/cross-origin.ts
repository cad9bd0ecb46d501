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

export const crossOrigin: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  // What a page has to read to go on: why it was refused, and the nonce for its next proof.
  'access-control-expose-headers': 'dpop-nonce, www-authenticate',
}

/** Answers the question that browsers ask first. A day is the longest that they remember it. */
export function preflight(methods: string): Answer {
  return {
    status: 204,
    headers: {
      ...crossOrigin,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'authorization, content-type, dpop',
      'access-control-max-age': '86400',
    },
    body: 'empty',
  }
}
