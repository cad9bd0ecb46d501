import { refusals, type Refuse } from '#kernel'

/** What the routing refuses. */
export const routeRefusals = {
  'routes.unknown': 'There is no such route.',
  'routes.changed': 'Somebody changed this route since you read it. Read it again.',
  'routes.no_gateway': 'This server has no gateway. Say gateway in its configuration first.',
  'routes.configured_origin': 'The configuration of the server has this origin already, and it is changed there.',
  'routes.taken': 'There is a route of this origin already.',
  'routes.audience_taken': 'Another app verifies its assertions by this audience.',
  'routes.too_many': 'There are as many routes, or as long ones, as gateways can be told of. Delete one first.',
  'routes.bad_cursor': 'This cursor is of no list of routes.',
} as const

export type RouteRefusalCode = keyof typeof routeRefusals

/** Refuses in the name of the routing. */
export const refuse: Refuse<RouteRefusalCode> = refusals(routeRefusals)
