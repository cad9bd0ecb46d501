/**
 * Every kind of JWT that the server or its SDK takes, each with a way to make a
 * right one, to make a wrong one under the same key, and to offer it where it is
 * taken. A fresh house for each test file.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { trustIssuer, verifyAssertion as verifyGatewayAssertion, type Issuer } from '@countersign/sdk'
import { base64url, newId, randomBytes, sha256, utf8 } from '#kernel'
import { readClientKey, type PublicJwk } from '#keys'
import { publicJwk } from '../../src/keys/algorithms.ts'
import { generateForTests } from '../keys.ts'
import { answered, basic, claimsOf, form, issuer, openHouse, pkce, type House } from './oauth-house.ts'

/** The private keys of the house: an attacker who had one would need no attack, but a test has to sign what a reader must refuse. */
const privateKeys = new Map<string, KeyObject>()
const stock = generateForTests()

export const house: House = await openHouse({
  generate: async (algorithm) => {
    const key = await stock(algorithm)
    privateKeys.set(publicJwk(algorithm, key).kid, key)
    return key
  },
})

export type Claims = Readonly<Record<string, unknown>>
export type Header = Readonly<Record<string, unknown>>

/** What a token of one kind is made of. */
export interface Made {
  readonly header: Header
  readonly claims: Claims
  readonly privateKey: KeyObject
  readonly jwk: PublicJwk
}

export interface Kind {
  readonly name: string
  /** A right one, not used before. */
  readonly make: () => Promise<Made>
  /** What came of offering it: `taken`, or the code of the refusal. */
  readonly offer: (token: string) => Promise<string>
  /** What kind of token this place takes: one kind may be taken at several. */
  readonly takes: string
  /** What a token is refused with that is no such token. */
  readonly refusal: string
  /** The same for a right token of another kind. */
  readonly otherKind: string
  /** The same for a right token whose claims are not to be believed, where that differs by claim. */
  readonly refusedClaims?: Readonly<Record<string, string>>
}

/** One part of a token. */
export const part = (value: unknown): string => base64url(utf8(typeof value === 'string' ? value : JSON.stringify(value)))

/** Signs whatever text is given, by whatever key. */
export function signText(text: string, privateKey: KeyObject, algorithm: unknown): string {
  const rsa = { padding: algorithm === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING, saltLength: 32 }
  const options = privateKey.asymmetricKeyType === 'rsa' ? rsa : { dsaEncoding: 'ieee-p1363' as const }
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return `${text}.${base64url(sign(digest, utf8(text), { key: privateKey, ...options }))}`
}

export const compact = ({ header, claims, privateKey }: Made): string =>
  signText(`${part(header)}.${part(claims)}`, privateKey, header['alg'])

const nowSeconds = (): number => Math.floor(house.clock.wallMs() / 1000)
const alice = newId('usr')
house.people.set(alice, { username: 'alice' })

const redirectUri = 'https://app.example/cb'
const api = 'https://api.example'
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const clientJwk: PublicJwk =
  readClientKey({ ...own.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'script-1' }) ?? assert.fail()

const { client: script } = await house.clients.create(house.op(), {
  name: 'Script',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  audiences: [api],
  introspects: [api],
  clientKeys: [clientJwk],
})
const { client: app, secret } = await house.clients.create(house.op(), {
  name: 'App',
  kind: 'confidential',
  grantTypes: ['authorization_code'],
  redirectUris: [redirectUri],
  scopes: ['openid'],
  audiences: [api],
  firstParty: true,
})
const asApp = { authorization: basic(app.clientId, secret?.reveal() ?? '') }
const session = house.signIn(alice)
const cookies = { countersign_session: session.cookie }

/** Each request comes from elsewhere: what is tried is judged, not counted. */
let requests = 0
const inject: typeof house.inject = async (options) => {
  requests += 1
  return house.inject({ ...options, remoteAddress: `198.51.${(requests >> 8) % 256}.${requests % 256}` })
}

async function authorized(more: Readonly<Record<string, string>>) {
  const { verifier, challenge } = pkce()
  const query = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }
  const answer = await inject({ method: 'GET', url: `/authorize?${new URLSearchParams(query).toString()}`, cookies })
  return { verifier, answer }
}

async function granted(): Promise<{ access_token: string; id_token: string }> {
  const { verifier, answer } = await authorized({})
  const code = answered(answer).searchParams.get('code') ?? assert.fail(answer.body)
  const given = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  return (await inject(form('/token', given, asApp))).json()
}

/** Taken apart, so that it can be put together in other ways under the same key. */
function apart(token: string): Made {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, string>
  const privateKey = privateKeys.get(header['kid'] ?? '') ?? assert.fail('a key that nobody made')
  return { header, claims: claimsOf(token), privateKey, jwk: publicJwk(header['alg'] as 'ES256', privateKey) }
}

const codeOf = ({ statusCode, headers, body }: Awaited<ReturnType<typeof inject>>): string => {
  if (statusCode < 400) return 'taken'
  if (String(headers['content-type']).startsWith('text/html')) return `page ${statusCode}`
  return String((JSON.parse(body) as Record<string, unknown>)['code'])
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function assertion(): Made {
  const claims = { iss: script.clientId, sub: script.clientId, aud: issuer, exp: nowSeconds() + 60, jti: base64url(randomBytes(12)) }
  return { header: { alg: 'ES256', kid: clientJwk.kid, typ: 'JWT' }, claims, privateKey: own.privateKey, jwk: clientJwk }
}

const proofKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const proofJwk = publicJwk('ES256', proofKeys.publicKey)

async function nonce(): Promise<string> {
  const made = proof({})
  const asked = await inject(form('/token', { grant_type: 'x' }, { ...asApp, dpop: compact(made) }))
  return String(asked.headers['dpop-nonce'])
}

function proof(more: Claims): Made {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = proofJwk
  const claims = { jti: base64url(randomBytes(12)), htm: 'POST', htu: `${issuer}/token`, iat: nowSeconds(), ...more }
  return { header: { typ: 'dpop+jwt', alg: 'ES256', jwk }, claims, privateKey: proofKeys.privateKey, jwk: proofJwk }
}

const trusted: Issuer = trustIssuer(issuer, {
  now: () => house.clock.wallMs(),
  fetch: async (url) => {
    const { pathname } = new URL(url)
    const { statusCode, rawPayload } = await inject({ method: 'GET', url: pathname })
    return { status: statusCode, body: new Response(new Uint8Array(rawPayload)).body }
  },
})
const gatewayApp = 'https://notes.example'

async function gatewayAssertion(): Promise<Made> {
  const claims = {
    iss: issuer,
    aud: gatewayApp,
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    jti: base64url(randomBytes(12)),
    sub: alice,
    acr: '1fa',
    amr: ['pwd'],
    auth_time: nowSeconds(),
    roles: [],
    htm: 'GET',
    htu: `${gatewayApp}/`,
    dec: { store: 'notes', digest: base64url(sha256('x')), action: 'GET', policies: [] },
  }
  return apart(await house.keys.signJwt(house.op(), 'gateway-assertion', 'countersign-assertion+jwt', claims))
}

export const kinds: readonly Kind[] = [
  {
    name: 'access token at UserInfo',
    takes: 'access token',
    make: async () => apart((await granted()).access_token),
    offer: async (token) => codeOf(await inject(form('/userinfo', { access_token: token }))),
    refusal: 'token.not_valid',
    otherKind: 'token.not_valid',
  },
  {
    name: 'access token at introspection',
    takes: 'access token',
    make: async () => apart((await granted()).access_token),
    offer: async (token) => {
      const by = { client_assertion_type: assertionType, client_assertion: compact(assertion()) }
      const answer = await inject(form('/introspect', { token, ...by }))
      return answer.statusCode === 200 && answer.json()['active'] === false ? 'not active' : codeOf(answer)
    },
    refusal: 'not active',
    otherKind: 'not active',
  },
  {
    name: 'id_token_hint at the authorization endpoint',
    takes: 'ID token',
    make: async () => apart((await granted()).id_token),
    offer: async (token) => {
      const { answer } = await authorized({ prompt: 'none', id_token_hint: token })
      return answer.statusCode < 400 ? (answered(answer).searchParams.get('error') ?? 'taken') : codeOf(answer)
    },
    refusal: 'invalid_request',
    otherKind: 'invalid_request',
  },
  {
    name: 'client assertion',
    takes: 'client assertion',
    make: async () => assertion(),
    offer: async (token) => {
      const by = { client_assertion_type: assertionType, client_assertion: token }
      return codeOf(await inject(form('/token', { grant_type: 'client_credentials', ...by })))
    },
    refusal: 'client_auth.failed',
    otherKind: 'client_auth.failed',
  },
  {
    name: 'DPoP proof',
    takes: 'DPoP proof',
    make: async () => proof({ nonce: await nonce() }),
    offer: async (token) => {
      const by = { client_assertion_type: assertionType, client_assertion: compact(assertion()) }
      return codeOf(await inject(form('/token', { grant_type: 'client_credentials', ...by }, { dpop: token })))
    },
    refusal: 'dpop.proof',
    otherKind: 'dpop.proof',
  },
  {
    name: 'gateway assertion at the SDK',
    takes: 'gateway assertion',
    make: gatewayAssertion,
    offer: async (token) => {
      try {
        await verifyGatewayAssertion(token, { method: 'GET', url: `${gatewayApp}/` }, { issuer: trusted, audience: gatewayApp })
        return 'taken'
      } catch (error) {
        return String((error as { readonly code?: unknown }).code)
      }
    },
    refusal: 'token.malformed',
    otherKind: 'token.wrong_type',
    refusedClaims: {
      'iss "http': 'token.wrong_issuer',
      'iss "HTTP': 'token.wrong_issuer',
      aud: 'token.wrong_audience',
      'htm "': 'assertion.wrong_method',
      'htu "': 'assertion.wrong_url',
      'exp 0': 'token.expired',
      'exp -1': 'token.wrong_claims',
      'exp an hour': 'token.expired',
      'iat 4': 'token.not_yet_valid',
      'nbf 4': 'token.not_yet_valid',
      '': 'token.wrong_claims',
    },
  },
]
