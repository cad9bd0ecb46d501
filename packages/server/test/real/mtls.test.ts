/**
 * Clients that prove themselves by a certificate, and tokens that are bound to one
 * (RFC 8705): certificates of OpenSSL's own program, a real TLS listener, Node's https
 * client, and a proxy's header beside it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { after, test } from 'node:test'
import { listen, rawRefusals, securityHeaders } from '#http'
import { newId } from '#kernel'
import { readClientKey } from '#keys'
import type { NewClient } from '#oauth'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { makeOpensslAuthority, selfSigned, type MadeCertificate } from '../openssl-certificates.ts'
import { answered, claimsOf, form, openHouse, pkce } from '../flows/oauth-house.ts'
import { serve, testTenant } from '../serve.ts'

const origin = 'https://mtls.id.test'
const authority = makeOpensslAuthority('/O=Example/CN=Clients')
const elsewhere = makeOpensslAuthority('/O=Example/CN=Clients')
const house = await openHouse({ mtls: { origin, authorities: [authority.cert] } })
const edges = house.oauth.edges.filter(({ routes }) => routes.every(({ answers }) => answers !== 'page'))
const same = { tenant: testTenant, clock: house.clock, origins: [origin] }

const own = await serve(edges, {}, same)
const server = makeAuthority('Server')
const listener = await listen(
  { handle: own.server.handle, rawRefusal: rawRefusals(securityHeaders(true), () => newId('req')) },
  { host: '127.0.0.1', port: 0, tls: { ...writeIssued(server.issue({ hosts: ['mtls.id.test'] })), asksForCertificates: true } },
)
after(async () => listener.drain(0))

interface Told {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

async function ask(
  path: string,
  by: MadeCertificate | undefined,
  fields?: Readonly<Record<string, string>>,
  headers: object = {},
): Promise<Told> {
  const body = fields === undefined ? undefined : new URLSearchParams(fields).toString()
  return new Promise((resolve, reject) => {
    const out = request({
      host: '127.0.0.1',
      port: listener.port,
      servername: 'mtls.id.test',
      ca: server.certificate,
      path,
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      ...(by === undefined ? {} : { cert: by.cert, key: by.key }),
      headers: { host: 'mtls.id.test', ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
    })
    out.once('error', reject)
    out.once('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text || '{}') as Told['json'] }))
    })
    out.end(body)
  })
}

const usual = { name: 'Ledger', kind: 'confidential', grantTypes: ['client_credentials'], audiences: ['https://api.example'] } as const
const register = async (more: Partial<NewClient>) =>
  (await house.clients.create(house.op(), { ...usual, tokenEndpointAuthMethod: 'tls_client_auth', ...more })).client

const token = async (clientId: string, by: MadeCertificate | undefined, more: object = {}) =>
  ask('/token', by, { grant_type: 'client_credentials', client_id: clientId, ...more })

const thumbprint = ({ cert }: MadeCertificate): string => createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')

const subject = '/C=DE/O=Example, Inc./OU=A\\+B/CN=ledger'
const dn = 'CN=ledger,OU=A\\+B,O=Example\\, Inc.,C=DE'
const names = ['DNS:ledger.example', 'URI:spiffe://example/ledger', 'IP:192.0.2.7', 'IP:2001:db8::7', 'email:ledger@example.com']
const extensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth', `subjectAltName=${names.join(',')}`]
const certificate = authority.issue(subject, extensions)

for (const [says, registered, expected] of [
  ['its subject', { tlsClientAuthSubjectDn: dn }, 200],
  ['its subject in other spellings', { tlsClientAuthSubjectDn: '2.5.4.3=ledger, ou=A\\2bB, O=Example\\2C Inc., c=DE' }, 200],
  ['its subject the other way round', { tlsClientAuthSubjectDn: 'C=DE,O=Example\\, Inc.,OU=A\\+B,CN=ledger' }, 401],
  ['a part of its subject', { tlsClientAuthSubjectDn: 'CN=ledger' }, 401],
  ['its subject in another case', { tlsClientAuthSubjectDn: dn.toLowerCase() }, 401],
  ['its DNS name', { tlsClientAuthSanDns: 'Ledger.example' }, 200],
  ['another DNS name', { tlsClientAuthSanDns: 'edger.example' }, 401],
  ['its URI', { tlsClientAuthSanUri: 'spiffe://example/ledger' }, 200],
  ['the beginning of its URI', { tlsClientAuthSanUri: 'spiffe://example/' }, 401],
  ['its IPv4 address', { tlsClientAuthSanIp: '192.0.2.7' }, 200],
  ['its IPv6 address, written out', { tlsClientAuthSanIp: '2001:0db8:0:0::7' }, 200],
  ['another address', { tlsClientAuthSanIp: '192.0.2.70' }, 401],
  ['its e-mail address', { tlsClientAuthSanEmail: 'ledger@example.com' }, 200],
  ['its common name as a DNS name', { tlsClientAuthSanDns: 'ledger' }, 401],
] as const) {
  test(`RFC 8705 section 2.1.2: a client that is known by ${says} ${expected === 200 ? 'gets a token' : 'is refused'}`, async () => {
    const { clientId } = await register(registered)
    const told = await token(clientId, certificate)
    assert.deepEqual([told.status, told.json['error']], [expected, expected === 200 ? undefined : 'invalid_client'])
  })
}

const known = await register({ tlsClientAuthSubjectDn: 'CN=known' })

test('RFC 8705 section 2.1: a certificate of another authority, of none, for something else, or that is an authority is none', async () => {
  const serverOnly = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth']
  const isAuthority = ['basicConstraints=critical,CA:TRUE', 'extendedKeyUsage=clientAuth']
  assert.equal((await token(known.clientId, authority.issue('/CN=known'))).status, 200)
  assert.equal((await token(known.clientId, authority.issue('/CN=known', ['basicConstraints=CA:FALSE']))).status, 200)
  for (const [says, shown] of [
    ['none', undefined],
    ['the same name of another authority', elsewhere.issue('/CN=known')],
    ['signed by itself', selfSigned('/CN=known')],
    ['for servers', authority.issue('/CN=known', serverOnly)],
    ['an authority', authority.issue('/CN=known', isAuthority)],
    ['issued by an authority below, which is not named', authority.below('/CN=below').issue('/CN=known')],
    ['of another name', authority.issue('/CN=client')],
  ] as const)
    assert.equal((await token(known.clientId, shown)).status, 401, says)
})

test('RFC 8705 section 2: the certificate proves its own client, and no other way is open to it', async () => {
  const shown = authority.issue('/CN=known')
  const other = await register({ tlsClientAuthSubjectDn: 'CN=other' })
  const sends = await house.clients.create(house.op(), usual)
  assert.equal((await token(other.clientId, shown)).status, 401)
  assert.equal((await token(sends.client.clientId, shown)).status, 401, 'a client with a secret')
  assert.equal((await token(known.clientId, shown, { client_secret: 'x'.repeat(40) })).status, 401)
  assert.equal((await ask('/token', shown, { grant_type: 'client_credentials' })).status, 401, 'section 2: client_id is required')
  await assert.rejects(house.clients.addSecret(house.op(), known.id), { code: 'client.invalid_metadata' })
})

test('RFC 8705 section 2.1.2: exactly one name is registered, and it can be read', async () => {
  for (const more of [
    {},
    { tlsClientAuthSubjectDn: 'CN=a', tlsClientAuthSanDns: 'a.example' },
    { tlsClientAuthSubjectDn: 'ledger' },
    { tlsClientAuthSubjectDn: 'CN=a,' },
    { tlsClientAuthSubjectDn: 'CN=a\\' },
    { tlsClientAuthSubjectDn: 'UNKNOWN=a' },
    { tlsClientAuthSubjectDn: 'CN="a"' },
    { tlsClientAuthSubjectDn: 'CN=#0c0161' },
    { tlsClientAuthSanIp: '192.0.2' },
    { tlsClientAuthSanIp: 'fe80::1%lo' },
  ])
    await assert.rejects(register(more), { code: 'client.invalid_metadata' }, JSON.stringify(more))
  await assert.rejects(house.clients.create(house.op(), { ...usual, tlsClientAuthSanDns: 'a.example' }), {
    code: 'client.invalid_metadata',
  })
})

function keyOf({ cert }: MadeCertificate): Record<string, unknown> {
  const { publicKey, raw } = new X509Certificate(cert)
  return { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', x5c: [raw.toString('base64')] }
}

test('RFC 8705 section 2.2: a client is known by the very certificate that it registered', async () => {
  const [mine, next, other] = [selfSigned('/CN=mine'), selfSigned('/CN=mine'), selfSigned('/CN=mine')]
  const clientKeys = [mine, next].map((shown) => readClientKey(keyOf(shown)) ?? assert.fail())
  const client = await register({ tokenEndpointAuthMethod: 'self_signed_tls_client_auth', clientKeys })
  assert.deepEqual([(await token(client.clientId, mine)).status, (await token(client.clientId, next)).status], [200, 200])
  assert.equal((await token(client.clientId, other)).status, 401)
  assert.equal((await token(client.clientId, undefined)).status, 401)
  assert.equal(readClientKey({ ...keyOf(mine), x5c: [keyOf(other)['x5c']].flat() }), undefined, 'RFC 7517 section 4.7: of another key')
  const bare = readClientKey({ ...keyOf(mine), x5c: undefined }) ?? assert.fail()
  await assert.rejects(register({ tokenEndpointAuthMethod: 'self_signed_tls_client_auth', clientKeys: [bare] }), {
    code: 'client.invalid_metadata',
  })
})

const bound = { tlsClientCertificateBoundAccessTokens: true } as const

test('RFC 8705 section 3: a token says by its thumbprint to which certificate it is bound, and introspection tells it', async () => {
  const shown = authority.issue('/CN=bound')
  const client = await register({ ...bound, tlsClientAuthSubjectDn: 'CN=bound' })
  const { json } = await token(client.clientId, shown)
  assert.equal(json['token_type'], 'Bearer')
  const cnf = { 'x5t#S256': thumbprint(shown) }
  assert.deepEqual(claimsOf(String(json['access_token']))['cnf'], cnf)
  const told = await ask('/introspect', shown, { token: String(json['access_token']), client_id: client.clientId })
  assert.deepEqual([told.json['active'], told.json['cnf']], [true, cnf])
})

test('a client whose tokens are bound gets none without a certificate, and none that is bound to two things', async () => {
  const { client, secret } = await house.clients.create(house.op(), { ...usual, ...bound })
  const fields = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: secret?.reveal() ?? '' }
  const without = await ask('/token', undefined, fields)
  assert.deepEqual([without.status, without.json['code']], [400, 'certificate.missing'])
  const shown = selfSigned('/CN=any')
  const answer = await ask('/token', shown, fields)
  assert.deepEqual(
    claimsOf(String(answer.json['access_token']))['cnf'],
    { 'x5t#S256': thumbprint(shown) },
    'section 3: any certificate binds',
  )
  await assert.rejects(house.clients.create(house.op(), { ...usual, ...bound, dpopBoundAccessTokens: true }), {
    code: 'client.invalid_metadata',
  })
})

async function signIn(clientId: string, redirectUri: string): Promise<Record<string, string>> {
  const user = newId('usr')
  house.people.set(user, { username: 'ada', name: 'Ada', email: 'ada@example.com', emailVerified: true })
  const { verifier, challenge } = pkce()
  const asked = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  const { cookie } = house.signIn(user)
  const response = await house.inject({
    method: 'GET',
    url: `/authorize?${new URLSearchParams(asked).toString()}`,
    cookies: { countersign_session: cookie },
  })
  const code = answered(response).searchParams.get('code') ?? assert.fail(response.body)
  return { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: redirectUri, code_verifier: verifier }
}

test('RFC 8705 section 3: UserInfo refuses a bound token with another certificate, without one, and at the listener that asks for none', async () => {
  const redirectUri = 'https://ledger.example/cb'
  const shown = authority.issue('/CN=person')
  const client = await register({
    ...bound,
    tlsClientAuthSubjectDn: 'CN=person',
    grantTypes: ['authorization_code'],
    redirectUris: [redirectUri],
    scopes: ['openid'],
    audiences: [],
    firstParty: true,
  })
  const { json } = await ask('/token', shown, await signIn(client.clientId, redirectUri))
  const authorization = `Bearer ${String(json['access_token'])}`
  assert.equal((await ask('/userinfo', shown, undefined, { authorization })).status, 200)
  for (const by of [undefined, authority.issue('/CN=person')]) {
    const refused = await ask('/userinfo', by, undefined, { authorization })
    assert.deepEqual([refused.status, refused.json['error'], refused.json['code']], [401, 'invalid_token', 'userinfo.certificate'])
  }
  assert.equal((await ask('/userinfo', shown, undefined, { authorization: authorization.replace('Bearer', 'DPoP') })).status, 401)
  assert.equal((await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization } })).json()['code'], 'userinfo.certificate')
})

test('RFC 8705 sections 4 and 7.1: the refresh token of a public client is bound to its certificate', async () => {
  const redirectUri = 'com.example.phone:/cb'
  const { client } = await house.clients.create(house.op(), {
    ...bound,
    name: 'Phone',
    kind: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [redirectUri],
    scopes: ['openid'],
    firstParty: true,
  })
  const [shown, other] = [selfSigned('/CN=phone'), selfSigned('/CN=phone')]
  const first = await ask('/token', shown, await signIn(client.clientId, redirectUri))
  const refresh = { grant_type: 'refresh_token', client_id: client.clientId, refresh_token: String(first.json['refresh_token']) }
  assert.deepEqual([(await ask('/token', undefined, refresh)).status, (await ask('/token', other, refresh)).status], [400, 400])
  const next = await ask('/token', shown, refresh)
  assert.deepEqual(claimsOf(String(next.json['access_token']))['cnf'], { 'x5t#S256': thumbprint(shown) })
})

test('RFC 8705 sections 3.3 and 5: discovery says what is offered and where certificates are asked for', async () => {
  const document = (await house.inject({ method: 'GET', url: '/.well-known/openid-configuration' })).json<Record<string, unknown>>()
  assert.equal(document['tls_client_certificate_bound_access_tokens'], true)
  assert.deepEqual(document['mtls_endpoint_aliases'], {
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/userinfo`,
    pushed_authorization_request_endpoint: `${origin}/par`,
    revocation_endpoint: `${origin}/revoke`,
    introspection_endpoint: `${origin}/introspect`,
  })
  for (const name of ['token', 'revocation', 'introspection']) {
    const methods = document[`${name}_endpoint_auth_methods_supported`] as readonly string[]
    assert.ok(methods.includes('tls_client_auth') && methods.includes('self_signed_tls_client_auth'))
  }
  const without = (await (await openHouse()).inject({ method: 'GET', url: '/.well-known/openid-configuration' })).json<
    Record<string, unknown>
  >()
  assert.ok(!('mtls_endpoint_aliases' in without) && !JSON.stringify(without).includes('tls_client'))
})

test('no page is served where certificates are asked for, and no certificate counts where they are not', async () => {
  for (const path of ['/authorize', '/logout']) assert.equal((await ask(path, undefined)).status, 404)
  const request = form('/token', { grant_type: 'client_credentials', client_id: known.clientId })
  const field = `:${new X509Certificate(authority.issue('/CN=known').cert).raw.toString('base64')}:`
  assert.equal((await house.inject({ ...request, headers: { ...request.headers, 'client-cert': field } })).statusCode, 401)
  assert.equal(
    (await ask('/token', undefined, { grant_type: 'client_credentials', client_id: known.clientId }, { 'client-cert': field })).status,
    401,
  )
})

const shownByProxy = authority.issue('/CN=known')
const der = new X509Certificate(shownByProxy.cert).raw.toString('base64')

for (const [format, name, good, bad] of [
  [
    'rfc9440',
    'client-cert',
    `:${der}:`,
    [der, `:${der}`, `:${der}:, :${der}:`, `: ${der}:`, ':AAAA', ':A:', encodeURIComponent(shownByProxy.cert)],
  ],
  [
    'escaped_pem',
    'x-client-cert',
    encodeURIComponent(shownByProxy.cert),
    [`:${der}:`, shownByProxy.cert.replaceAll('\n', ' '), '%', encodeURIComponent(`${shownByProxy.cert}${shownByProxy.cert}`), 'NULL'],
  ],
] as const) {
  test(`a named proxy hands a certificate on as ${format}, and nobody else does`, async () => {
    const proxied = await serve(edges, {}, { ...same, trustedProxies: ['192.0.2.1'], certificateField: { name, format } })
    const by = async (remoteAddress: string, value: string | undefined) => {
      const asked = form('/token', { grant_type: 'client_credentials', client_id: known.clientId }, { 'x-forwarded-proto': 'https' })
      const headers = { ...asked.headers, ...(value === undefined ? {} : { [name]: value }) }
      const answer = await proxied.inject({ ...asked, headers, remoteAddress })
      return [answer.statusCode, answer.json<Record<string, unknown>>()['code']]
    }
    assert.deepEqual(await by('192.0.2.1', good), [200, undefined])
    assert.deepEqual(await by('192.0.2.1', undefined), [401, 'client_auth.failed'])
    assert.deepEqual(await by('192.0.2.1', ''), [401, 'client_auth.failed'], 'nginx sends it empty where none was shown')
    for (const value of bad) assert.deepEqual(await by('192.0.2.1', value), [400, 'request.malformed'], value)
    assert.notEqual((await by('192.0.2.2', good))[0], 200, 'a stranger that writes the field')
  })
}

test('a certificate that ran out, and the tokens of before', async () => {
  const short = authority.issue('/CN=known', undefined, 90)
  assert.equal((await token(known.clientId, short)).status, 200)
  house.clock.forwardMs(100 * 86_400_000)
  assert.equal((await token(known.clientId, short)).status, 401)
  assert.equal((await token(known.clientId, authority.issue('/CN=known'))).status, 200)
})
