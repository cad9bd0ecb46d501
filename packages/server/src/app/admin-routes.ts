/** Routes as the admin API shows and changes them. @module */

import type { AdminRoutes, AdminRouteSettled } from '#admin'
import { routeVersion, type Routing, type Settled } from '#routing'

export function adminRoutes(routing: Routing): AdminRoutes {
  return {
    list: async (op, request) => routing.list(op, request),
    find: async (op, id) => {
      const item = await routing.find(op, id)
      return item && { item, version: routeVersion(item) }
    },
    create: async (op, app) => settled(await routing.create(op, app)),
    update: async (op, id, change, seen) => settled(await routing.update(op, id, change, seen)),
    remove: async (op, id, seen) => void (await routing.remove(op, id, seen)),
  }
}

function settled(outcome: Settled): AdminRouteSettled {
  return outcome.is === 'mistaken' ? outcome : { is: 'done', item: outcome.route, version: routeVersion(outcome.route) }
}
