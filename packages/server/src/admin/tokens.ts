/** What clients were given for people, through the admin API. @module */

import { readId } from '#kernel'
import type { RouteInput } from '#http'
import { nothing, type Handle } from './answer.ts'
import type { AdminTokens, GrantFilter } from './ports/grants.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

export interface TokenHandlers {
  readonly list: Handle
  readonly read: Handle
  readonly end: Handle
  readonly endAllOfUser: Handle
  readonly endAllOfClient: Handle
}

export function tokenHandlers(tokens: AdminTokens): TokenHandlers {
  return {
    list: async (op, input) => {
      return { status: 200, body: { json: await tokens.list(op, { ...readPage(input), ...readGrantFilter(input) }) } }
    },
    read: async (op, input) => {
      const found = await tokens.find(op, requireId(input, 'fam', 'token'))
      if (found === undefined) throw refuse('admin.not_found', 'no live authorization')
      return { status: 200, body: { json: found } }
    },
    end: async (op, input) => {
      const ended = await tokens.end(op, requireId(input, 'fam', 'token'))
      if (!ended) throw refuse('admin.not_found', 'no live authorization')
      return nothing
    },
    endAllOfUser: async (op, input) => {
      const ended = await tokens.endAllOfUser(op, requireId(input, 'usr', 'user'))
      if (ended === undefined) throw refuse('admin.not_found', 'no such user')
      return { status: 200, body: { json: { ended } } }
    },
    endAllOfClient: async (op, input) => {
      const ended = await tokens.endAllOfClient(op, requireId(input, 'cli', 'client'))
      if (ended === undefined) throw refuse('admin.not_found', 'no such client')
      return { status: 200, body: { json: { ended } } }
    },
  }
}

/** The schema has checked both; what was not said filters nothing. */
export function readGrantFilter({ query }: RouteInput): GrantFilter {
  return { user: readId('usr', query['user'] ?? ''), client: readId('cli', query['client'] ?? '') }
}
