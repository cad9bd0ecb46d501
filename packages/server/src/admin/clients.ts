/** Clients through the admin API. Those of the configuration are shown and not changed. @module */

import { versionTag, type Answer, type RouteInput } from '#http'
import type { ClientId, Operation } from '#kernel'
import type { AdminClientChange, AdminClients, AdminClientVersion, NewAdminClient } from './ports.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export interface ClientHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly assignRole: Handle
  readonly withdrawRole: Handle
  readonly listSecrets: Handle
  readonly addSecret: Handle
  readonly removeSecret: Handle
  readonly remove: Handle
}

type Asked = Omit<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'> &
  Partial<Pick<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'>>

export function clientHandlers(clients: AdminClients): ClientHandlers {
  const require = async (op: Operation, id: ClientId): Promise<AdminClientVersion> => {
    const found = await clients.find(op, id)
    if (found === undefined) throw refuse('admin.not_found', 'no such client')
    return found
  }
  const requireChangeable = async (op: Operation, id: ClientId): Promise<void> => {
    if ((await require(op, id)).client.configured) throw refuse('admin.configured')
  }
  const show = async (op: Operation, id: ClientId): Promise<Answer> => {
    const { client, version } = await require(op, id)
    return { status: 200, headers: { etag: versionTag(version) }, body: { json: client } }
  }
  const idOf = (input: RouteInput): ClientId => requireId(input, 'cli', 'client')
  return {
    list: async (op, input) => ({ status: 200, body: { json: await clients.list(op, readPage(input)) } }),
    create: async (op, input) => {
      const { redirectUris = [], scopes = [], audiences = [], ...rest } = input.body as Asked
      const made = await clients.create(op, { ...rest, redirectUris, scopes, audiences })
      return { status: 201, body: { json: made } }
    },
    read: async (op, input) => show(op, idOf(input)),
    update: async (op, input) => {
      await requireChangeable(op, idOf(input))
      await clients.update(op, idOf(input), input.body as AdminClientChange, input.version ?? '')
      return show(op, idOf(input))
    },
    assignRole: async (op, input) => {
      await require(op, idOf(input))
      await clients.assignRole(op, idOf(input), input.params['role'] ?? '')
      return show(op, idOf(input))
    },
    withdrawRole: async (op, input) => {
      await require(op, idOf(input))
      await clients.withdrawRole(op, idOf(input), input.params['role'] ?? '')
      return show(op, idOf(input))
    },
    listSecrets: async (op, input) => {
      await require(op, idOf(input))
      return { status: 200, body: { json: { items: await clients.listSecrets(op, idOf(input)) } } }
    },
    addSecret: async (op, input) => {
      await requireChangeable(op, idOf(input))
      return { status: 201, body: { json: await clients.addSecret(op, idOf(input)) } }
    },
    removeSecret: async (op, input) => {
      await requireChangeable(op, idOf(input))
      const removed = await clients.removeSecret(op, idOf(input), Number(input.params['number']))
      if (!removed) throw refuse('admin.not_found', 'no such secret')
      return { status: 204, body: 'empty' }
    },
    remove: async (op, input) => {
      await requireChangeable(op, idOf(input))
      await clients.remove(op, idOf(input))
      return { status: 204, body: 'empty' }
    },
  }
}
