/** Routes of the gateway through the admin API. Those of the configuration are shown and not changed. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation, RouteId } from '#kernel'
import { nothing, shown, type Handle } from './answer.ts'
import type { AdminRouteChange, AdminRoutes, AdminRouteSettled, NewAdminRoute } from './ports/routes.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

export interface GatewayRouteHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly remove: Handle
}

export function gatewayRouteHandlers(routes: AdminRoutes): GatewayRouteHandlers {
  const changeable = async (op: Operation, input: RouteInput): Promise<RouteId> => {
    const found = await routes.find(op, requireId(input, 'rte', 'route'))
    if (found === undefined) throw refuse('admin.not_found', 'no such route')
    if (found.item.configured) throw refuse('admin.configured')
    return found.item.id
  }
  return {
    list: async (op, input) => ({ status: 200, body: { json: await routes.list(op, readPage(input)) } }),
    create: async (op, input) => answer(await routes.create(op, input.body as NewAdminRoute), 201),
    read: async (op, input) => shown(await routes.find(op, requireId(input, 'rte', 'route'))),
    update: async (op, input) =>
      answer(await routes.update(op, await changeable(op, input), input.body as AdminRouteChange, input.version ?? ''), 200),
    remove: async (op, input) => {
      await routes.remove(op, await changeable(op, input), input.version)
      return nothing
    },
  }
}

/** What is wrong is the answer; nothing was changed then. */
function answer(settled: AdminRouteSettled, status: number): Answer {
  if (settled.is === 'done') return shown(settled, status)
  const { mistakes } = settled
  return {
    status: 422,
    body: { json: { code: 'routes.mistaken', detail: 'No gateway can serve this route. Nothing was changed.', mistakes } },
  }
}
