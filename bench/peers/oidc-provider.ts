/**
 * The peer: `oidc-provider` with one confidential and one public client, access
 * tokens as ES256 JWTs. It records nothing. `FOLDER` keeps its keys; with
 * `--durable` it keeps everything else there too, and without in memory.
 *
 * @module
 */

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Provider, type Context } from 'oidc-provider'
import { sqliteAdapter } from './sqlite-adapter.ts'

const [, , folder = '.', durable] = process.argv
const resource = 'https://api.example.test'

/** Made at the first start, as any server in production has them. */
function keys(): readonly object[] {
  const path = join(folder, 'keys.json')
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as readonly object[]
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
  const made = [
    { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' },
    { ...rsa.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'bench-rsa' },
  ]
  writeFileSync(path, JSON.stringify(made))
  return made
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const issuer = `http://localhost:${port}`
  const provider = new Provider(issuer, {
    ...(durable === undefined ? {} : { adapter: sqliteAdapter(join(folder, 'peer.db')) }),
    jwks: { keys: keys() },
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
      {
        client_id: 'bench-public',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['https://app.example.test/callback'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'RS256',
      },
    ],
    scopes: ['openid', 'offline_access'],
    // Whoever comes is signed in as somebody new and has consented.
    interactions: { url: (_: Context, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: Context, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: async () => Promise.resolve(true),
    loadExistingGrant: async ({ oidc: { client, session } }: Context) => {
      const known = await provider.Grant.find(session.grantIdFor(client.clientId) ?? '')
      if (known !== undefined) return known
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid offline_access')
      grant.addResourceScope(resource, 'api:read')
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        // What it made as a JWT it does not introspect.
        getResourceServerInfo: (_: Context, audience: string) => ({
          scope: 'api:read',
          audience,
          accessTokenTTL: 900,
          accessTokenFormat: audience === resource ? 'jwt' : 'opaque',
          jwt: { sign: { alg: 'ES256' as const } },
        }),
      },
    },
  })
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) answer(request, response)
    else void provider.interactionFinished(request, response, { login: { accountId: randomUUID() } })
  })
  console.log(JSON.stringify({ port, tokenPath: '/token', authorizePath: '/auth', introspectPath: '/token/introspection' }))
})
process.on('SIGTERM', () => process.exit(0))
