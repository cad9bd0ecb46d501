/** How the handlers answer. @module */

import { versionTag, type Answer, type RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { Versioned } from './ports/list.ts'
import { refuse } from './refusals.ts'

export type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

/** A thing with its version as ETag, or the refusal that it is not there. */
export function shown(found: Versioned<object> | undefined, status = 200): Answer {
  if (found === undefined) throw refuse('admin.not_found')
  return { status, headers: { etag: versionTag(found.version) }, body: { json: found.item } }
}

export const nothing: Answer = { status: 204, body: 'empty' }
