/** The record through the admin API. @module */

import { Readable } from 'node:stream'
import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminAudit, AdminEventFilter } from './ports/audit.ts'
import { readPage } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

/** One page of `audit tail`: as much as a terminal scrolls at once. */
const tailPage = 200

export function auditHandlers(audit: AdminAudit): {
  readonly list: Handle
  readonly tail: Handle
  readonly checkpoint: Handle
  readonly exportLog: Handle
  readonly verify: Handle
} {
  return {
    list: async (op, input) => {
      return { status: 200, body: { json: await audit.list(op, { ...readPage(input), ...readFilter(input) }) } }
    },
    tail: async (op, input) => {
      return { status: 200, body: { json: await audit.after(op, input.query['place'], tailPage, readFilter(input)) } }
    },
    checkpoint: async (op) => {
      const checkpoint = await audit.checkpoint(op)
      if (checkpoint === undefined) throw refuse('admin.not_found', 'no checkpoint yet')
      return { status: 200, body: { json: { checkpoint } } }
    },
    // Read only as fast as it is taken, and no further once the caller has gone.
    exportLog: async (op, input) => {
      const lines = await audit.export(op, Number(input.query['from'] ?? 0), readFilter(input))
      return { status: 200, body: { stream: Readable.from(lines, { objectMode: false }), type: 'application/x-ndjson' } }
    },
    verify: async (op, input) => {
      const { checkpoint } = input.body as { readonly checkpoint?: string }
      return { status: 200, body: { json: await audit.verify(op, checkpoint) } }
    },
  }
}

function readFilter({ query }: RouteInput): AdminEventFilter {
  const { what, about, actor, outcome, request, sinceMs, untilMs } = query
  return {
    what,
    about,
    actor,
    outcome: outcome as AdminEventFilter['outcome'],
    request,
    sinceMs: sinceMs === undefined ? undefined : Number(sinceMs),
    untilMs: untilMs === undefined ? undefined : Number(untilMs),
  }
}
