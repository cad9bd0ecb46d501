/**
 * For tests: an issuer that is nothing but its keys, its metadata, and a token
 * endpoint that answers as it is told.
 *
 * @module
 */

import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type KeyName = 'token' | 'assertion'

export interface TokenAnswer {
  readonly status?: number
  readonly body: object
}

export interface PretendIssuer {
  readonly url: string
  /** Signed with one of its keys, or with one that it does not publish. */
  jwt(key: KeyName | 'stolen', typ: string, claims: object): string
  /** What the token endpoint says to a form. */
  onToken: (form: URLSearchParams) => TokenAnswer | Promise<TokenAnswer>
  close(): Promise<void>
}

export async function openPretendIssuer(): Promise<PretendIssuer> {
  const keys = { token: makeKey('token'), assertion: makeKey('assertion'), stolen: makeKey('token') }
  const server = createServer((request, response) => {
    void (async () => {
      let form = ''
      for await (const chunk of request.setEncoding('utf8')) form += String(chunk)
      const path = request.url ?? ''
      const { status = 200, body } = path === '/token' ? await issuer.onToken(new URLSearchParams(form)) : { body: documents()[path] ?? {} }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const documents = (): Readonly<Record<string, object>> => ({
    '/.well-known/openid-configuration': {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      countersign_assertion_jwks_uri: `${url}/gateway-jwks`,
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['ES256'],
    },
    '/jwks': { keys: [keys.token.jwk] },
    '/gateway-jwks': { keys: [keys.assertion.jwk] },
  })
  const issuer: PretendIssuer = {
    url,
    jwt: (key, typ, claims) => {
      const header = { alg: 'ES256', kid: key === 'stolen' ? 'token' : key, typ }
      const encoded = [header, { ...times(), ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      const signature = sign('sha256', Buffer.from(encoded), { key: keys[key].privateKey, dsaEncoding: 'ieee-p1363' })
      return `${encoded}.${signature.toString('base64url')}`
    },
    onToken: () => ({ status: 400, body: { error: 'invalid_request' } }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return issuer
}

function times(): object {
  const now = Math.floor(Date.now() / 1000)
  return { iat: now, exp: now + 60 }
}

function makeKey(kid: string): { readonly privateKey: KeyObject; readonly jwk: object } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } }
}
