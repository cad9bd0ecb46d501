/** How the handlers read what the schema has already checked. @module */

import { readId, type Id, type IdKind } from '#kernel'
import type { RouteInput } from '#http'
import { refuse } from './refusals.ts'
import type { PageRequest } from './ports/list.ts'

/** As many as fit a screen; the schema bounds what may be asked for. */
const usualLimit = 50

/** The part of a list that was asked for. */
export function readPage(input: RouteInput): PageRequest {
  const { cursor, limit } = input.query
  return { cursor, limit: limit === undefined ? usualLimit : Number(limit) }
}

/** The id in the path, or the refusal that nothing is there: an id of another kind names nothing. */
export function requireId<Kind extends IdKind>(input: RouteInput, kind: Kind, name: string): Id<Kind> {
  const id = readId(kind, input.params[name] ?? '')
  if (id === undefined) throw refuse('admin.not_found', `no ${kind}`)
  return id
}
