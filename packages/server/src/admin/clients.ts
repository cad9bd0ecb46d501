/** Clients through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { ClientId, Operation } from '#kernel'
import type { AdminClients, NewAdminClient } from './ports.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export interface ClientHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly assignRole: Handle
  readonly withdrawRole: Handle
  readonly remove: Handle
}

type Asked = Pick<NewAdminClient, 'clientId' | 'name' | 'kind' | 'grantTypes'> &
  Partial<Pick<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'>>

export function clientHandlers(clients: AdminClients): ClientHandlers {
  const show = async (op: Operation, id: ClientId): Promise<Answer> => {
    const client = await clients.find(op, id)
    if (client === undefined) throw refuse('admin.not_found', 'no such client')
    return { status: 200, body: { json: client } }
  }
  return {
    list: async (op, input) => ({ status: 200, body: { json: await clients.list(op, readPage(input)) } }),
    create: async (op, input) => {
      const { redirectUris = [], scopes = [], audiences = [], ...rest } = input.body as Asked
      const made = await clients.create(op, { ...rest, redirectUris, scopes, audiences })
      return { status: 201, body: { json: made } }
    },
    read: async (op, input) => show(op, requireId(input, 'cli', 'client')),
    assignRole: async (op, input) => {
      const id = requireId(input, 'cli', 'client')
      await show(op, id)
      await clients.assignRole(op, id, input.params['role'] ?? '')
      return show(op, id)
    },
    withdrawRole: async (op, input) => {
      const id = requireId(input, 'cli', 'client')
      await show(op, id)
      await clients.withdrawRole(op, id, input.params['role'] ?? '')
      return show(op, id)
    },
    remove: async (op, input) => {
      const id = requireId(input, 'cli', 'client')
      await show(op, id)
      await clients.remove(op, id)
      return { status: 204, body: 'empty' }
    },
  }
}
