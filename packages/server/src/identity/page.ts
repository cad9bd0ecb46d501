/** Lists, part by part. @module */

import { readCursor, writeCursor, type Id, type IdKind, type Place } from '#kernel'
import { refuse } from './refusals.ts'

/** Part of a list, and where the next part begins, if there is one. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string | undefined
}

export interface PageRequest {
  readonly cursor?: string | undefined
  /** At most so many, 1 to 200. */
  readonly limit: number
}

/** A page costs an unsealing for each user on it. */
const mostPerPage = 200

/** Which rows a page asks for: `limit` of them, and one more to know whether there is a next. */
export interface Part<Kind extends IdKind> {
  readonly after: Place<Kind> | undefined
  readonly limit: number
}

/** Refuses with `identity.bad_cursor`. */
export function readPart<Kind extends IdKind>(kind: Kind, { cursor, limit }: PageRequest): Part<Kind> {
  const after = cursor === undefined ? undefined : readCursor(kind, cursor)
  if (cursor !== undefined && after === undefined) throw refuse('identity.bad_cursor')
  return { after, limit: Math.min(Math.max(limit, 1), mostPerPage) }
}

/** The first `limit` of the rows, and the cursor of the last of them where there are more. */
export function cutPage<Row extends { readonly id: string; readonly created_at_ms: number }, Kind extends IdKind>(
  rows: readonly Row[],
  { limit }: Part<Kind>,
): { readonly rows: readonly Row[]; readonly next: string | undefined } {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { rows: shown, next: last && writeCursor({ atMs: last.created_at_ms, id: last.id as Id<Kind> }) }
}
