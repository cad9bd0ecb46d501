/** Clients through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminClients, NewAdminClient } from './ports.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export interface ClientHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly remove: Handle
}

type Asked = Pick<NewAdminClient, 'clientId' | 'name' | 'kind' | 'grantTypes'> &
  Partial<Pick<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'>>

export function clientHandlers(clients: AdminClients): ClientHandlers {
  return {
    list: async (op, input) => ({ status: 200, body: { json: await clients.list(op, readPage(input)) } }),
    create: async (op, input) => {
      const { redirectUris = [], scopes = [], audiences = [], ...rest } = input.body as Asked
      const made = await clients.create(op, { ...rest, redirectUris, scopes, audiences })
      return { status: 201, body: { json: made } }
    },
    read: async (op, input) => {
      const client = await clients.find(op, requireId(input, 'cli', 'client'))
      if (client === undefined) throw refuse('admin.not_found', 'no such client')
      return { status: 200, body: { json: client } }
    },
    remove: async (op, input) => {
      const id = requireId(input, 'cli', 'client')
      if ((await clients.find(op, id)) === undefined) throw refuse('admin.not_found', 'no such client')
      await clients.remove(op, id)
      return { status: 204, body: 'empty' }
    },
  }
}
