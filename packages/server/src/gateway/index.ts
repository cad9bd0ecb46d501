/** The proxy in front of apps, and both ends of its channel to the server. @module */

export {
  freshForMs,
  type CodeExchange,
  type EventActor,
  type GatewayEvent,
  type GatewaySecrets,
  type RevocationNews,
  type RevocationSource,
  type ServerPorts,
  type SessionView,
  type SignedIn,
  type StrangerCount,
} from './channel/contract.ts'
export type { ServingOptions } from './channel/connected-gateway.ts'
export { serveChannel, type ChannelServer } from './channel/serve.ts'
export { findHostMistake } from './check-host.ts'
export { HostMistake, ownPrefix, usualMethods, type GatewayConfig, type GatewayHost, type GatewayRoute } from './config.ts'
export { events, type GatewayEventName } from './events.ts'
export type { ChannelPlace } from './knowledge.ts'
export type { GatewayLog } from './log.ts'
export type { GatewayPage, GatewayPorts, Sealer, Signer } from './ports.ts'
export { upstreamTroubles, type UpstreamLimits } from './proxy/upstream.ts'
export { gatewayRefusalAnswers, gatewayRefusals, type GatewayRefusalCode } from './refusals.ts'
export { redirectUri } from './session/sign-in.ts'
export type { AskedWatch, AskWatch, GatewayWatch, VisitBegun, VisitEnd, VisitWatch } from './watch.ts'
export { startGateway, type Gateway, type GatewayLoad, type GatewayOptions } from './start.ts'
