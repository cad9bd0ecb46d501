/**
 * Which version of a thing a caller saw: the one strong entity tag of `If-Match`,
 * RFC 9110 section 13.1.1.
 *
 * DIFFERS FROM RFC 9110 s.13.1.1: a list and `*` are refused. Whoever changes a
 * thing saw one version of it, and `*` would be a way to overwrite unseen.
 *
 * @module
 */

import { refuse } from '../refusals.ts'

/** The tag without its quotes. Throws `request.version_missing` and `request.malformed`. */
export function readVersion(ifMatch: string | undefined): string {
  if (ifMatch === undefined) throw refuse('request.version_missing')
  const tag = /^"([A-Za-z0-9_-]{1,128})"$/.exec(ifMatch)?.[1]
  if (tag === undefined) throw refuse('request.malformed', 'If-Match')
  return tag
}

/** The value of `ETag` for a version. */
export function versionTag(version: string): string {
  return `"${version}"`
}
