/**
 * Where the next page of a list begins, as `p1.` and base64url. Opaque to
 * callers, and no secret: a place gives no right to anything behind it.
 *
 * @module
 */

import { base64url, readBase64url, readUtf8, utf8 } from './bytes.ts'
import { readId, type Id, type IdKind } from './ids.ts'

/** The last row that a caller has seen, in lists that are ordered by time and then by id. */
export interface Place<Kind extends string> {
  readonly atMs: number
  readonly id: Id<Kind>
}

/** The place as a caller carries it. */
export function writeCursor<Kind extends IdKind>(place: Place<Kind>): string {
  return `p1.${base64url(utf8(`${place.atMs}.${place.id}`))}`
}

/** Reads a cursor that a caller brought back. Undefined unless {@link writeCursor} could have made it for this kind of id. */
export function readCursor<Kind extends IdKind>(prefix: Kind, text: string): Place<Kind> | undefined {
  if (text.length > 200 || !text.startsWith('p1.')) return undefined
  const bytes = readBase64url(text.slice(3))
  const [, at = '', word = ''] = /^(0|[1-9][0-9]{0,14})\.(.+)$/.exec((bytes && readUtf8(bytes)) ?? '') ?? []
  const id = readId(prefix, word)
  return id === undefined ? undefined : { atMs: Number(at), id }
}
