import { appChangeSchema, appSchema } from '#routing'
import { Type, type TSchema } from 'typebox'
import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import type { GatewayRouteHandlers } from './gateway-route-handlers.ts'
import * as shape from './shapes.ts'

const gatewayRoute: TSchema = Type.Object(
  {
    id: Type.String(),
    ...appSchema.properties,
    createdAtMs: Type.Optional(Type.Integer()),
    configured: Type.Boolean(),
    served: Type.Boolean(),
  },
  shape.closed,
)

const mistaken: TSchema = Type.Object(
  {
    code: Type.Literal('routes.mistaken'),
    detail: Type.String(),
    mistakes: Type.Array(Type.Object({ member: Type.String(), says: Type.String() }, shape.closed)),
  },
  shape.closed,
)

/** Routes: which apps the gateways guard, under which origins, and what must be permitted there. */
export function gatewayRoutes(routes: GatewayRouteHandlers): readonly Route[] {
  const aRoute = { resource: { type: 'Route', param: 'route' } }
  const route = shape.idParams('route')
  return [
    endpoint(
      'GET',
      '/routes',
      'routes:list',
      'Lists the routes of the gateway: those of the configuration, then those that were made here.',
      { query: shape.pageQuery(), answers: { 200: shape.pageOf(gatewayRoute) } },
      routes.list,
    ),
    endpoint(
      'POST',
      '/routes',
      'routes:create',
      'Guards an app under a new origin. Answers when every gateway serves it. What is wrong with it is said by member.',
      { body: appSchema, answers: { 201: gatewayRoute, 422: mistaken } },
      routes.create,
    ),
    endpoint(
      'GET',
      '/routes/:route',
      'routes:read',
      'Reads a route.',
      { params: route, answers: { 200: gatewayRoute } },
      routes.read,
      aRoute,
    ),
    endpoint(
      'PATCH',
      '/routes/:route',
      'routes:update',
      'Changes a route. What is open there ends, and every gateway serves what was said before this answers.',
      { params: route, body: appChangeSchema, answers: { 200: gatewayRoute, 422: mistaken } },
      routes.update,
      { ...aRoute, version: 'required' },
    ),
    endpoint(
      'DELETE',
      '/routes/:route',
      'routes:delete',
      'Deletes a route. Answers when no gateway serves it any more; what is open there ends.',
      { params: route, answers: { 204: 'empty' } },
      routes.remove,
      { ...aRoute, version: 'accepted' },
    ),
  ]
}
