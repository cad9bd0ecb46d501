/** The one-time link that makes the first administrator. @module */

export { events } from './events.ts'
export { migrations } from './migrations.ts'
export { setupEdge, type SetupPagePorts } from './routes.ts'
export { createSetup, setupRefusals, type FirstAdministrator, type Setup, type SetupPorts, type SetupRefusalCode } from './setup.ts'
