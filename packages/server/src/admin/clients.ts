/** Clients through the admin API. Those of the configuration are shown and not changed. @module */

import type { Answer, RouteInput } from '#http'
import type { ClientId, Operation } from '#kernel'
import { nothing, shown, type Handle } from './answer.ts'
import type { GrantChecks } from './grant-checks.ts'
import type { AdminClient, AdminClientChange, AdminClients, NewAdminClient } from './ports/clients.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'
import { roleChangeHandlers, type RoleChangeHandlers } from './role-changes.ts'

export interface ClientHandlers extends RoleChangeHandlers {
  readonly metadata: AdminClients['metadata']
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly listSecrets: Handle
  readonly addSecret: Handle
  readonly removeSecret: Handle
  readonly remove: Handle
}

type Asked = Omit<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'> &
  Partial<Pick<NewAdminClient, 'redirectUris' | 'scopes' | 'audiences'>>

/** Whoever changes a client or has its secret can be it: `checks` are asked whether the caller holds what it does. */
export function clientHandlers(clients: AdminClients, checks: GrantChecks): ClientHandlers {
  const show = async (op: Operation, id: ClientId): Promise<Answer> => shown(await clients.find(op, id))
  const require = async (op: Operation, input: RouteInput): Promise<AdminClient> => {
    const found = await clients.find(op, requireId(input, 'cli', 'client'))
    if (found === undefined) throw refuse('admin.not_found', 'no such client')
    return found.item
  }
  const idOf = async (op: Operation, input: RouteInput): Promise<ClientId> => (await require(op, input)).id
  /** A client of this API's, which the caller might as well be themself. */
  const own = async (op: Operation, input: RouteInput): Promise<AdminClient> => {
    const client = await require(op, input)
    if (client.configured) throw refuse('admin.configured')
    await checks.holdings(op, client.id)
    await checks.registration(op, client)
    return client
  }
  const changeable = async (op: Operation, input: RouteInput, change: AdminClientChange = {}): Promise<ClientId> => {
    const client = await own(op, input)
    // People are not asked about it: another redirect URI would be told their codes.
    if (client.firstParty) throw refuse('admin.gateway_client')
    await checks.registration(op, { ...client, ...change })
    return client.id
  }
  const deletable = async (op: Operation, input: RouteInput): Promise<ClientId> => {
    const client = await own(op, input)
    if (clients.isRouted(client)) throw refuse('admin.gateway_client')
    return client.id
  }
  const holder = async (op: Operation, input: RouteInput): Promise<ClientId> => {
    const { id, firstParty } = await require(op, input)
    // It acts for people alone, does nothing as itself, and goes when its route does.
    if (firstParty) throw refuse('admin.gateway_client')
    return id
  }
  return {
    metadata: clients.metadata,
    list: async (op, input) => ({ status: 200, body: { json: await clients.list(op, readPage(input)) } }),
    create: async (op, input) => {
      const { redirectUris = [], scopes = [], audiences = [], ...rest } = input.body as Asked
      const asked = { ...rest, redirectUris, scopes, audiences }
      await checks.registration(op, asked)
      const made = await clients.create(op, asked)
      return { status: 201, body: { json: made } }
    },
    read: async (op, input) => show(op, requireId(input, 'cli', 'client')),
    update: async (op, input) => {
      const change = input.body as AdminClientChange
      const id = await changeable(op, input, change)
      await clients.update(op, id, change, input.version ?? '')
      return show(op, id)
    },
    ...roleChangeHandlers({ port: clients, checks, giving: holder, taking: idOf, show }),
    listSecrets: async (op, input) => ({ status: 200, body: { json: { items: await clients.listSecrets(op, await idOf(op, input)) } } }),
    addSecret: async (op, input) => ({ status: 201, body: { json: await clients.addSecret(op, await changeable(op, input)) } }),
    removeSecret: async (op, input) => {
      const removed = await clients.removeSecret(op, await changeable(op, input), Number(input.params['number']))
      if (!removed) throw refuse('admin.not_found', 'no such secret')
      return nothing
    },
    remove: async (op, input) => {
      await clients.remove(op, await deletable(op, input), input.version)
      return nothing
    },
  }
}
