/** A resource server asks about tokens, RFC 7662. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response } from 'light-my-request'
import { introspected } from '../../src/oauth/introspect.ts'
import { alice, client, codeFor, exchange, headers, house, native, registration } from './code-house.ts'
import { basic, claimsOf, form, issuer } from './oauth-house.ts'

const api = 'https://api.example'
const made = await house.clients.create(house.op(), {
  name: 'API',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  introspects: [api, 'https://second.example'],
})
const server = { authorization: basic(made.client.clientId, made.secret?.reveal() ?? '') }
const elsewhere = await house.clients.create(house.op(), {
  name: 'Another API',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  introspects: ['https://other.example', `${api}/`],
})
const stranger = { authorization: basic(elsewhere.client.clientId, elsewhere.secret?.reveal() ?? '') }

const introspect = async (token: string, as: Record<string, string> = server): Promise<Response> =>
  house.inject(form('/introspect', { token, token_type_hint: 'refresh_token' }, as))

interface Given {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
}

const given = async (): Promise<Given> => (await exchange(await codeFor())).json<Given>()

test('RFC 7662 section 2.2: a resource server learns what a token for it allows', async () => {
  const { access_token: token } = await given()
  const { iss, sub, aud, exp, iat, jti, auth_time, acr, amr, scope } = claimsOf(token)
  const answer = await introspect(token)
  assert.deepEqual(answer.json(), {
    active: true,
    token_type: 'Bearer',
    client_id: client.clientId,
    iss,
    sub,
    aud,
    exp,
    iat,
    jti,
    auth_time,
    acr,
    amr,
    scope,
  })
  assert.deepEqual([iss, sub, scope], [issuer, alice, 'openid profile notes:read'])
  assert.equal(answer.headers['cache-control'], 'no-store')
})

test('RFC 7662 section 2.2: whatever is not a token for it is not active, and nothing more is said', async () => {
  const tokens = await given()
  const inactive = async (token: string, as: Record<string, string>, what: string): Promise<void> => {
    const answer = await introspect(token, as)
    assert.deepEqual([answer.statusCode, answer.json()], [200, { active: false }], what)
  }
  await inactive(tokens.access_token, stranger, 'for another resource')
  await inactive(tokens.refresh_token, server, 'a refresh token')
  await inactive(tokens.id_token, server, 'an ID token')
  await inactive('nonsense', server, 'nonsense')
  await inactive(`${tokens.access_token.slice(0, -8)}AAAAAAAA`, server, 'a forged signature')
  await inactive(tokens.refresh_token, headers, 'a refresh token, even of its own client')
  house.clock.forwardMs(900_000)
  await inactive(tokens.access_token, server, 'an expired token')
})

test('a client learns about the access tokens that it was given, and of nobody else’s', async () => {
  const { access_token: token } = await given()
  const told = (await introspect(token, headers)).json<{ active: boolean; client_id: string }>()
  assert.deepEqual([told.active, told.client_id], [true, client.clientId])
  const own = (await house.inject(form('/token', { grant_type: 'client_credentials' }, server))).json<Given>()
  assert.equal((await introspect(own.access_token)).json().active, true)
  assert.deepEqual((await introspect(own.access_token, headers)).json(), { active: false })
  house.clock.forwardMs(900_000)
  assert.deepEqual((await introspect(token, headers)).json(), { active: false })
})

test('RFC 7009 section 2.1: a revoked refresh token takes its access tokens along, and introspection knows at once', async () => {
  const tokens = await given()
  assert.equal((await introspect(tokens.access_token)).json().active, true)
  assert.equal((await house.inject(form('/revoke', { token: tokens.refresh_token }, headers))).statusCode, 200)
  assert.deepEqual((await introspect(tokens.access_token)).json(), { active: false })
})

test('RFC 7662 section 2.1: who does not prove itself learns nothing', async () => {
  const { access_token: token } = await given()
  for (const as of [{}, { authorization: basic(made.client.clientId, 'x'.repeat(43)) }, { authorization: `Bearer ${token}` }] as Record<
    string,
    string
  >[]) {
    const refused = await introspect(token, as)
    assert.deepEqual([refused.statusCode, refused.json().error], [401, 'invalid_client'])
  }
  const nobody = await house.inject(form('/introspect', { token, client_id: native.clientId }))
  assert.deepEqual([nobody.statusCode, nobody.json().code], [401, 'introspect.public_client'])
  const nothing = await house.inject(form('/introspect', {}, server))
  assert.deepEqual([nothing.statusCode, nothing.json().code], [400, 'introspect.token_missing'])
})

test('introspection is closed to pages of other origins', async () => {
  const { access_token: token } = await given()
  const from = { ...server, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }
  const answers = [
    await house.inject(form('/introspect', { token }, from)),
    await house.inject(form('/introspect', { token }, { origin: from.origin })),
    await house.inject({
      method: 'OPTIONS',
      url: '/introspect',
      headers: { origin: from.origin, 'access-control-request-method': 'POST' },
    }),
  ]
  for (const { headers: sent } of answers) assert.equal(sent['access-control-allow-origin'], undefined)
  assert.ok((answers[2]?.statusCode ?? 0) >= 400)
})

test('RFC 9449 section 6.2: a token that is bound to a key is told with its key', () => {
  const cnf = { jkt: 'thumbprint' }
  assert.deepEqual(introspected({ sub: 's', gen: 1, fam: 'f', cli: 'c', sid: 'x', cnf }), {
    active: true,
    token_type: 'DPoP',
    sub: 's',
    cnf,
  })
  const bound = introspected({ cnf: { 'x5t#S256': 'thumbprint' } })
  assert.deepEqual(bound, { active: true, token_type: 'Bearer', cnf: { 'x5t#S256': 'thumbprint' } }, 'RFC 8705 section 3.2')
})

test('what a client serves is a list of URIs, and of a client that can prove itself', async () => {
  const wrong = [
    { ...registration, kind: 'public' as const, introspects: [api] },
    { ...registration, introspects: ['no uri'] },
    { ...registration, introspects: Array.from({ length: 17 }, (_, index) => `${api}/${index}`) },
  ]
  for (const one of wrong) await assert.rejects(house.clients.create(house.op(), one), { code: 'client.invalid_metadata' })
})
