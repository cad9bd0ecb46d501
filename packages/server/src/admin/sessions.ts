/** Sessions through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import { readId, type Operation } from '#kernel'
import type { AdminSessions } from './ports/sessions.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export function sessionHandlers(sessions: AdminSessions): { readonly list: Handle; readonly end: Handle; readonly endAll: Handle } {
  return {
    list: async (op, input) => {
      const user = readId('usr', input.query['user'] ?? '')
      return { status: 200, body: { json: await sessions.list(op, { ...readPage(input), user }) } }
    },
    end: async (op, input) => {
      const ended = await sessions.end(op, requireId(input, 'ses', 'session'))
      if (!ended) throw refuse('admin.not_found', 'no live session')
      return { status: 204, body: 'empty' }
    },
    endAll: async (op, input) => {
      const ended = await sessions.endAll(op, requireId(input, 'usr', 'user'))
      if (ended === undefined) throw refuse('admin.not_found', 'no such user')
      return { status: 200, body: { json: { ended } } }
    },
  }
}
