/** Which apps the gateways guard besides those of the configuration. @module */

export { appChangeSchema, appSchema, configuredAppSchema } from './app-schema.ts'
export type { AppRoute, AppRouteChange, Route, RoutedPath, RouteMistake, Routing, RoutingParts, Settled } from './contract.ts'
export { events } from './events.ts'
export { migrations } from './migrations.ts'
export { routeRefusals, type RouteRefusalCode } from './refusals.ts'
export { openRouting } from './routing.ts'
export { routeVersion } from './store.ts'
