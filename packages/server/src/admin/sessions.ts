/** Sessions through the admin API. @module */

import { readId } from '#kernel'
import type { Handle } from './answer.ts'
import type { AdminSessions } from './ports/sessions.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

export interface SessionHandlers {
  readonly list: Handle
  readonly read: Handle
  readonly end: Handle
  readonly endAll: Handle
}

export function sessionHandlers(sessions: AdminSessions): SessionHandlers {
  return {
    list: async (op, input) => {
      const user = readId('usr', input.query['user'] ?? '')
      return { status: 200, body: { json: await sessions.list(op, { ...readPage(input), user }) } }
    },
    read: async (op, input) => {
      const found = await sessions.find(op, requireId(input, 'ses', 'session'))
      if (found === undefined) throw refuse('admin.not_found', 'no live session')
      return { status: 200, body: { json: found } }
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
