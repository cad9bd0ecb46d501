/**
 * The client with which the gateway signs people in at one origin. It belongs to the
 * host's line in the configuration or to its route, and is changed with that alone:
 * people are not asked about it, so nobody may add a place for its codes.
 *
 * @module
 */

/** What every such client_id begins with. */
export const gatewayClientBeginning = 'gateway '

/** The client_id of a gateway's host. */
export function gatewayClientId(origin: string): string {
  return `${gatewayClientBeginning}${new URL(origin).host}`
}

/** A registration; `oauth` knows the rest of its words. */
export interface GatewayClient {
  readonly clientId: string
  readonly name: string
  readonly kind: 'public'
  readonly firstParty: true
  readonly grantTypes: readonly ['authorization_code']
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly scopes: readonly string[]
}

/** First-party: people are not asked whether they trust their own front door. Codes go to that origin and nowhere else. */
export function gatewayClient({ origin, name }: { readonly origin: string; readonly name: string }): GatewayClient {
  return {
    clientId: gatewayClientId(origin),
    name,
    kind: 'public',
    firstParty: true,
    grantTypes: ['authorization_code'],
    redirectUris: [`${origin}/.countersign/callback`],
    postLogoutRedirectUris: [`${origin}/`],
    scopes: ['openid'],
  }
}
