/** The zero-trust gateway: a proxy in a process of its own. @module */

export type { EventActor, ServerPorts, SessionView } from './channel/contract.ts'
export { serveChannel, type ChannelServer } from './channel/serve.ts'
export type { GatewayConfig } from './config.ts'
