/** Routes of the database, with everything that goes with one: its client, and word to the other servers. @module */

import type { Clock, Operation } from '#kernel'
import type { Clients } from '#oauth'
import { openRouting, type AppRoute, type Route, type Routing } from '#routing'
import type { Rulebook } from '#rulebook'
import type { Store } from '#store'
import type { Revocations } from '#tokens'
import type { GatewayHost } from '#gateway'
import type { Config } from './config.ts'
import { followNews, type Followed } from './follow-news.ts'
import { gatewayClient, gatewayClientBeginning, gatewayClientId } from './gateway-client.ts'
import type { Log } from './log.ts'
import { routeMistakes } from './route-mistakes.ts'

const marked = 'routes:'

export interface HouseRoutingParts {
  readonly store: Store
  readonly config: Config
  readonly rulebook: Rulebook
  readonly clients: Pick<Clients, 'putFirstParty' | 'removeFirstParty' | 'firstPartyBeginningWith'>
  readonly revocations: Revocations
  readonly clock: Clock
  readonly operation: (task: string) => Operation
  readonly log: Log
}

export interface HouseRouting {
  readonly routing: Routing
  /** How this server keeps up with the others. */
  readonly followed: Followed
}

export async function openHouseRouting(parts: HouseRoutingParts): Promise<HouseRouting> {
  const { store, config, rulebook, clients, revocations, clock, operation, log } = parts
  const routing = await openRouting(operation('start'), {
    store,
    configured: config.gateway?.hosts.map(({ routes, ...host }): AppRoute => ({ ...host, paths: routes })),
    check: (app) => routeMistakes({ config, rulebook }, app),
    clients: {
      put: async (tx, op, app) => clients.putFirstParty(tx, op, gatewayClient(app)),
      have: async (db, op) => {
        const there = new Set(await clients.firstPartyBeginningWith(db, op, gatewayClientBeginning))
        return (origin) => there.has(gatewayClientId(origin))
      },
      remove: async (tx, op, origin) => clients.removeFirstParty(tx, op, gatewayClientId(origin)),
    },
    others: {
      mark: async (tx, op, id) => revocations.revoke(tx, op, { kind: 'entity', id: `${marked}${id}` }),
      tell: async (op) => revocations.announce(op),
    },
    warn: (says, facts) => log.warn(says, facts),
  })
  const news = { marked, what: 'routes', follow: async (op: Operation) => routing.follow(op) }
  return { routing, followed: followNews(news, { revocations, clock, operation, log }) }
}

/** A route as gateways are told of it. */
export function hostOf({ origin, name, policyStore, upstream, audience, paths, tellName, addHeaders }: Route): GatewayHost {
  return {
    origin,
    name,
    policyStore,
    upstream,
    clientId: gatewayClientId(origin),
    routes: paths,
    ...(audience === undefined ? {} : { audience }),
    ...(tellName === undefined ? {} : { tellName }),
    ...(addHeaders === undefined ? {} : { addHeaders }),
  }
}
