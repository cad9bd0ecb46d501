/**
 * The claims that bind an assertion to a URL: `htu` and `htq` of the SDK's
 * README, "The canonical URL". Nothing is decoded or re-encoded.
 *
 * @module
 */

import { base64url, sha256, utf8 } from '#kernel'
import type { Target } from './target.ts'

export interface CanonicalUrl {
  readonly htu: string
  readonly htq?: string
}

/** `origin` is the app's public origin as the configuration says it, never as a header does. */
export function canonicalUrl(origin: string, { path, query }: Target): CanonicalUrl {
  const htu = `${new URL(origin).origin}${path}`
  return query === undefined ? { htu } : { htu, htq: base64url(sha256(utf8(query))) }
}
