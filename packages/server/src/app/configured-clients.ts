/** Clients that the configuration declares, and those that the gateway signs people in with. @module */

import { Refusal } from '#kernel'
import { readClientKeys } from '#oauth'
import type { House } from './compose.ts'
import type { Config } from './config.ts'
import { gatewayClient } from './gateway-client.ts'
import { StartMistake } from './mistake.ts'
import { readSecretFile } from './secret-file.ts'

/** Makes or changes each declared client to match. A client that left the file stays until it is deleted. */
export async function ensureConfiguredClients({ clients, operation }: House, { clients: declared = [] }: Config): Promise<void> {
  for (const { secretFile, jwks, redirectUris = [], postLogoutRedirectUris = [], audiences = [], introspects = [], ...rest } of declared) {
    const { clientId, kind } = rest
    // Whose certificate names it has nothing to register beside the name.
    const isNamed = rest.tokenEndpointAuthMethod === 'tls_client_auth'
    const hasProof = secretFile !== undefined || jwks !== undefined || rest.jwksUri !== undefined || isNamed
    if (kind === 'public' ? secretFile !== undefined : !hasProof) {
      throw new StartMistake(
        `The client ${clientId} is ${kind}, so it must have ${kind === 'public' ? 'no secretFile' : 'a secretFile, jwks or jwksUri'}.`,
      )
    }
    try {
      const registration = { ...rest, redirectUris, postLogoutRedirectUris, audiences, introspects }
      // Beside a secret the keys are for signed requests.
      const secret =
        secretFile === undefined
          ? {}
          : { secret: readSecretFile(secretFile), tokenEndpointAuthMethod: rest.tokenEndpointAuthMethod ?? 'client_secret_basic' }
      const keys = jwks === undefined ? {} : { clientKeys: readClientKeys(jwks.keys as readonly Readonly<Record<string, unknown>>[]) }
      await clients.ensure(operation('configured clients'), { ...registration, ...secret, ...keys })
    } catch (error) {
      if (error instanceof Refusal)
        throw new StartMistake(`The client ${clientId} cannot be registered: ${error.message}`, { cause: error })
      throw error
    }
  }
}

/** Each host of the gateway is a client; those of routes were made with them. */
export async function ensureGatewayClients({ clients, operation }: House, { gateway }: Config): Promise<void> {
  for (const { origin, name } of gateway?.hosts ?? []) {
    await clients.ensure(operation('gateway clients'), gatewayClient({ origin, name }))
  }
}
