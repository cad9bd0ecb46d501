/**
 * The peer: `oidc-provider` with its in-memory adapter, one confidential client,
 * access tokens as ES256 JWTs. It keeps nothing on disk and records nothing.
 *
 * @module
 */

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const issuer = `http://localhost:${port}`
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
    clients: [
      {
        client_id: 'bench',
        client_secret: 'bench-secret-bench-secret-bench-secret-0123',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://api.example.test',
        getResourceServerInfo: () => ({
          scope: 'api:read',
          audience: 'https://api.example.test',
          accessTokenTTL: 900,
          accessTokenFormat: 'jwt' as const,
          jwt: { sign: { alg: 'ES256' as const } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  console.log(JSON.stringify({ port, tokenPath: '/token' }))
})
process.on('SIGTERM', () => process.exit(0))
