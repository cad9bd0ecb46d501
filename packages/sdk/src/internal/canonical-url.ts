/**
 * The URL of a request as an assertion names it: see "The canonical URL" in the
 * README. Path and query stay byte for byte, so that no two parsers have to
 * agree about them.
 *
 * @module
 */

import { writeBase64url } from './base64url.ts'
import { parseUrl } from './parse-url.ts'

export interface CanonicalUrl {
  /** Without the query. */
  readonly htu: string
  /** The hash of the query, when there is one. */
  readonly htq: string | undefined
}

const shape = /^(https?|wss?):\/\/([^/?#@\\\s]+)([/#][^?]*)?(?:\?(.*))?$/is

/** What an assertion can name: visible ASCII without `#` and `\`. */
const assertable = /^[\x21\x22\x24-\x5b\x5d-\x7e]*$/

/** Undefined when no assertion can name this URL. A TypeError when it is not an absolute URL at all. */
export async function canonicalUrl(url: string | URL): Promise<CanonicalUrl | undefined> {
  const text = typeof url === 'string' ? url : url.href
  const [, scheme, authority, path = '/', query] = shape.exec(text) ?? []
  const origin = scheme === undefined ? undefined : parseUrl(`${scheme.replace(/^ws/i, 'http')}://${authority}`)
  if (origin === undefined) throw new TypeError('the URL of the request must be absolute, as the browser asked for it')
  if (!assertable.test(path) || !assertable.test(query ?? '') || hasDotSegments(path)) return undefined
  return { htu: origin.origin + path, htq: query === undefined ? undefined : await hash(query) }
}

function hasDotSegments(path: string): boolean {
  return path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment))
}

async function hash(text: string): Promise<string> {
  return writeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
