/** What a deletion would break, counted in the features that would lose something. @module */

import type { AdminImpacts, ClientImpact, Counted } from '#admin'
import type { Identity } from '#identity'
import { countConsents, registrationVersion, type Clients } from '#oauth'
import { routeVersion, type Routing } from '#routing'
import type { Sessions } from '#sessions'
import type { Store } from '#store'
import type { Tokens } from '#tokens'
import { gatewayClientId } from './gateway-client.ts'

export interface ImpactPorts {
  readonly store: Store
  readonly identity: Identity
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly clients: Clients
  readonly routing: Pick<Routing, 'find'>
  readonly declaredBy: (clientId: string) => ClientImpact['declaredBy']
}

/** Whoever is about to delete something wants to know whether it is much, not how much it is. */
const mostCounted = 200

export function adminImpacts({ store, identity, sessions, tokens, clients, routing, declaredBy }: ImpactPorts): AdminImpacts {
  return {
    ofUser: async (op, id) => {
      const user = await identity.findUser(op, id)
      if (user === undefined) return undefined
      const { roles, groups, lastOf } = await identity.holdingsOf(op, id)
      const live = await sessions.list(op, { user: id, limit: mostCounted })
      const families = await store.read(op, async (db) => tokens.countFamilies(db, op, { by: 'user', user: id }, mostCounted + 1))
      const item = {
        ...(lastOf.length === 0 ? {} : { refused: 'identity.last_holder' }),
        roles,
        groups: groups.length,
        sessions: { count: live.items.length, more: live.next !== undefined },
        tokenFamilies: counted(families),
      }
      return { item, version: user.version }
    },
    ofGroup: async (op, id) => {
      const group = await identity.findGroup(op, id)
      if (group === undefined) return undefined
      const { items, next } = await identity.listMembers(op, id, { limit: mostCounted })
      return { item: { roles: group.roles, members: { count: items.length, more: next !== undefined } }, version: group.version }
    },
    ofClient: async (op, id) => {
      const client = await clients.get(op, id)
      if (client === undefined) return undefined
      const by = declaredBy(client.clientId)
      const most = mostCounted + 1
      const [families, consents] = await store.read(op, async (db) => [
        await tokens.countFamilies(db, op, { by: 'client', client: id }, most),
        await countConsents(db, op, id, most),
      ])
      const item = {
        ...(by === undefined ? {} : { refused: by === 'route' ? 'admin.gateway_client' : 'admin.configured', declaredBy: by }),
        roles: await identity.rolesOf(op, id),
        redirectUris: client.redirectUris,
        tokenFamilies: counted(families),
        consents: counted(consents),
      }
      return { item, version: registrationVersion(client) }
    },
    ofRoute: async (op, id) => {
      const route = await routing.find(op, id)
      if (route === undefined) return undefined
      const { origin, paths, configured, served } = route
      const item = {
        ...(configured ? { refused: 'admin.configured' } : {}),
        origin,
        paths: paths.length,
        open: paths.filter(({ open }) => open !== undefined).length,
        ...(configured || !served ? {} : { client: gatewayClientId(origin) }),
      }
      return { item, version: routeVersion(route) }
    },
  }
}

function counted(found: number): Counted {
  return { count: Math.min(found, mostCounted), more: found > mostCounted }
}
