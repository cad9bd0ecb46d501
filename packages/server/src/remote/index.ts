/** A running server, as another process of ours reaches it. @module */

export {
  apiAt,
  apiOnSocket,
  ApiRefusal,
  readServer,
  socketPath,
  type AdminApi,
  type ApiMethod,
  type TokenSource,
  type Versioned,
} from './admin-api.ts'
export { call, callProtocol } from './call.ts'
export { makeAssertion, makeClientKey, readClientKey, type ClientKey } from './client-key.ts'
export { administrationScope, commandLineClientId } from './own-client.ts'
export { listenForRedirect, type RedirectListener } from './redirect-listener.ts'
