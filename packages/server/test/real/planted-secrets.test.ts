/**
 * OWASP-9 What must stay secret appears in no log, no record and no row: a
 * server and its gateway are driven through everything that a secret may be
 * said in, rightly, wrongly and in the wrong place, and then everything that
 * they wrote is searched.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { countersign } from '../product.ts'
import { makeAdministrator, startProduction } from '../production.ts'
import { authorize, exchange, field, Visitor, type TokenAnswer } from '../visitor.ts'
import { Traveller } from '../traveller.ts'
import { StrangerConnection } from './stranger-connection.ts'
import { bare, withBody } from './stranger-requests.ts'

const formType = 'application/x-www-form-urlencoded'
const redirectUri = 'http://127.0.0.1:51234/callback'

/** What must be found nowhere, each with where it came from. */
class Secrets {
  readonly #all = new Map<string, string>()
  #planted = 0

  /** A fresh one, as long as a real one and of letters that need no escape. */
  plant(where: string): string {
    this.#planted += 1
    return this.keep(`planted ${where}`, `plant${this.#planted}${randomBytes(18).toString('hex')}`)
  }

  /** One that the server gave out. What is shorter than this is a word and no secret. */
  keep(where: string, value: string | undefined): string {
    if (value !== undefined && value.length >= 20) this.#all.set(value, where)
    return value ?? ''
  }

  get count(): number {
    return this.#all.size
  }

  /** Where each secret that stands in these bytes came from. */
  in(bytes: Buffer): readonly string[] {
    const text = bytes.toString('latin1')
    return [...this.#all].filter(([value]) => text.includes(value)).map(([, where]) => where)
  }
}

const secrets = new Secrets()

/** Tells the test what the gateway sent, and breaks off where it is asked to. */
function app(request: IncomingMessage, response: ServerResponse): void {
  secrets.keep('an assertion', String(request.headers['countersign-assertion'] ?? ''))
  if (request.url?.startsWith('/broken') === true) request.socket.destroy()
  else if (request.url?.startsWith('/nonsense') === true) request.socket.end(`HTTP/1.1 999999 ${secrets.plant('by the app')}\r\n\r\n`)
  else response.end('ok')
}

test('planted secrets and codes appear in no log, no record and no row', { timeout: 180_000 }, async () => {
  const production = await startProduction({ app })
  const { product, admin, gatewayPort, setupToken } = production
  after(async () => product.stop('SIGKILL'))
  const origin = `http://notes.localhost:${gatewayPort}`
  const person = (username: string) => ({
    username,
    password: secrets.keep(`the password of ${username}`, randomBytes(16).toString('hex')),
  })
  const [ada, alice, bob] = [person('ada'), person('alice'), person('bob')]
  secrets.keep('the link of the first administrator', setupToken)
  await makeAdministrator(production, ada)
  const { id } = (await admin('POST', '/users', alice)) as { readonly id: string }
  await admin('POST', '/users', bob)
  await admin('PUT', `/users/${id}/roles/member`)
  const web = await register(admin, {
    name: 'Web',
    kind: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: [redirectUri],
    scopes: ['openid', 'offline_access', 'notes:read'],
  })

  await passThroughGateway(origin, alice)
  await passThroughGateway(origin, bob)
  const tokens = await signInByCode(product.issuer, web, alice)
  await misuseTokens(product.issuer, web, tokens)
  await signInWrongly(product.issuer)
  for (const [port, host] of [
    [production.port, new URL(product.issuer).host],
    [gatewayPort, new URL(origin).host],
  ] as const)
    await plantEverywhere(port, host)
  assert.ok((await new Visitor(product.issuer).post('/setup', { token: setupToken, ...ada })).status >= 400)

  const listed = await countersign(['audit', 'list', '--limit', '200', '--json', '--data', product.dataDir])
  assert.equal(listed.code, 0)
  assert.match(listed.out, /family\.reused/)
  assert.equal(await product.stop(), 0)
  assert.ok(secrets.count > 60, `only ${secrets.count} secrets were said`)
  const log = product.log()
  // That the log is heard at all, the gateway's included.
  assert.match(log, /"part":"gateway".*an app did not answer/)
  assert.deepEqual(secrets.in(Buffer.from(log)), [], 'in the log')
  assert.doesNotMatch(log, /127\.0\.0\.1|203\.0\.113|::1/, 'an address is in the log')
  assert.deepEqual(secrets.in(Buffer.from(listed.out)), [], 'in the record')
  for (const name of filesOf(product.dataDir)) assert.deepEqual(secrets.in(readFileSync(name)), [], `in ${name}`)
})

async function register(
  admin: (method: 'POST', path: string, json: unknown) => Promise<unknown>,
  client: object,
): Promise<{ client_id: string; client_secret: string }> {
  const made = (await admin('POST', '/clients', client)) as { readonly client: { readonly clientId: string }; readonly secret: string }
  return { client_id: made.client.clientId, client_secret: secrets.keep('a client secret', made.secret) }
}

/** Signs in at the gateway, uses the app, lets it fail, and signs out. */
async function passThroughGateway(origin: string, person: { username: string; password: string }): Promise<void> {
  const traveller = new Traveller()
  const ask = async (path: string, form?: Readonly<Record<string, string>>): Promise<unknown> =>
    traveller.ask(`${origin}${path}`, form === undefined ? {} : { form })
  await traveller.open(`${origin}/?q=${secrets.plant('in a query')}`, person)
  for (const path of ['/broken', '/nonsense', '/a/']) await ask(`${path}?q=${secrets.plant('in a query of the app')}`)
  await ask(`/${secrets.plant('in a path')}`)
  await ask('/notes', { text: secrets.plant('in a form of the app') })
  await ask(`/.countersign/callback?state=${secrets.plant('as state')}&code=${secrets.plant('as code')}&iss=x`)
  await ask('/.countersign/sign-out', {})
  for (const [value, name] of traveller.carried)
    if (name === 'code' || name === 'state' || name.startsWith('countersign_')) secrets.keep(name, value)
}

/** The code flow by hand, the code used once, once more, and with another verifier. */
async function signInByCode(
  issuer: string,
  client: { client_id: string; client_secret: string },
  person: { username: string; password: string },
): Promise<TokenAnswer> {
  const visitor = new Visitor(issuer)
  const verifier = secrets.keep('a verifier', randomBytes(32).toString('base64url'))
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: 'openid offline_access notes:read',
    state: secrets.plant('as state of a client'),
    login_hint: secrets.plant('as hint'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const back = await authorize(visitor, `/authorize?${request.toString()}`, redirectUri, person)
  const code = secrets.keep('a code', back.searchParams.get('code') ?? '')
  for (const [name, value] of visitor.cookies) secrets.keep(`the cookie ${name}`, value)
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  const asked = async (more: Readonly<Record<string, string>>): Promise<TokenAnswer> => exchange(issuer, client, { ...form, ...more })
  assert.equal((await asked({ code_verifier: secrets.plant('as verifier').padEnd(43, 'x') })).error, 'invalid_grant')
  const tokens = await asked({ code_verifier: verifier })
  assert.equal(tokens.status, 200)
  const { access_token, refresh_token, id_token } = tokens
  for (const [name, value] of Object.entries({ access_token, refresh_token, id_token })) secrets.keep(name, value)
  return tokens
}

/** Tokens where they belong, where they do not, and after their end. */
async function misuseTokens(issuer: string, client: { client_id: string; client_secret: string }, tokens: TokenAnswer): Promise<void> {
  const { access_token = '', refresh_token = '', id_token = '' } = tokens
  const refresh = async (token: string): Promise<TokenAnswer> =>
    exchange(issuer, client, { grant_type: 'refresh_token', refresh_token: token })
  const second = await refresh(refresh_token)
  const third = await refresh(secrets.keep('a refresh token', second.refresh_token))
  for (const { access_token: token, refresh_token: next } of [second, third]) {
    secrets.keep('a refreshed access token', token)
    secrets.keep('a refreshed refresh token', next)
  }
  assert.equal((await refresh(refresh_token)).error, 'invalid_grant', 'reuse is a theft')
  const own = await exchange(issuer, client, { grant_type: 'client_credentials' })
  secrets.keep('a token of the client', own.access_token)
  for (const token of [access_token, own.access_token ?? '', id_token]) {
    for (const path of ['/userinfo', '/admin/v1/users', `/userinfo?access_token=${token}`, `/logout?id_token_hint=${token}`, `/${token}`])
      await fetch(new URL(path, issuer), { redirect: 'manual', headers: { authorization: `Bearer ${token}` } })
  }
  await exchange(issuer, { ...client, client_secret: secrets.plant('as client secret') }, { grant_type: 'client_credentials' })
  await exchange(issuer, { client_id: secrets.plant('as client id') }, { grant_type: 'client_credentials' })
  await refresh(`r1.${secrets.plant('as refresh token')}`)
}

/** A password as the user name, a wrong one, one in the wrong field. */
async function signInWrongly(issuer: string): Promise<void> {
  const visitor = new Visitor(issuer)
  const page = await visitor.get('/sign-in')
  assert.equal(field(page.text, 'username'), '')
  for (const form of [
    { username: secrets.plant('as user name'), password: secrets.plant('as password') },
    { username: 'alice', password: secrets.plant('as wrong password') },
    { username: 'alice', password: 'x', [secrets.plant('as field')]: secrets.plant('in a field') },
    { username: `${secrets.plant('as address')}@example.test`, password: '' },
    { username: 'alice', password: 'x', state: `f1.${secrets.plant('as sealed state')}` },
  ])
    assert.ok((await visitor.post('/sign-in', form)).status >= 400)
}

/** In every part of a request, in heads that can be read and in heads that cannot. */
async function plantEverywhere(port: number, host: string): Promise<void> {
  const plant = (where: string): string => secrets.plant(`${where} at ${host}`)
  const requests = [
    bare(host, 'GET', `/${plant('path')}?${plant('name')}=${plant('value')}`),
    bare(host, plant('method').toUpperCase(), '/sign-in'),
    bare(plant('host'), 'GET', '/sign-in'),
    bare(host, 'GET', '/%zz', { referer: `https://a.example/${plant('referer')}` }),
    bare(host, 'GET', '/sign-in', {
      'user-agent': plant('agent'),
      'x-request-id': plant('request id'),
      'x-forwarded-for': `203.0.113.7, ${plant('address')}`,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    }),
    bare(host, 'GET', `/sign-in?state=${plant('state in a query')}`),
    bare(host, 'GET', `/.countersign/callback?code=${plant('code')}&state=${plant('state of a callback')}&error=${plant('error')}`),
    bare(host, 'GET', `/admin/v1/users/${plant('id in a path')}`),
    // A line of the log's own making, were the target ever written as it is.
    bare(host, 'GET', `/%0a{"level":30,"msg":"${plant('line')}"}`),
    bare(host, 'GET', '/sign-in', { cookie: `countersign_session=s1.${plant('session')}; countersign_browser=${plant('browser')}` }),
    bare(host, 'GET', '/', { cookie: `countersign_gateway=g1.${plant('gateway session')}`, accept: 'text/html' }),
    bare(host, 'GET', '/', { cookie: `countersign_gateway=${plant('one')}; countersign_gateway=${plant('another')}` }),
    bare(host, 'GET', '/userinfo', { authorization: `Bearer ${plant('bearer')}` }),
    bare(host, 'GET', '/admin/v1/users', { authorization: `Basic ${plant('basic')}` }),
    bare(host, 'GET', '/admin/v1/users', { authorization: plant('authorization') }),
    withBody(host, '/token', formType, `client_id=${plant('id')}&client_id=${plant('second id')}`),
    withBody(host, '/token', 'application/json', JSON.stringify({ client_secret: plant('document') })),
    withBody(host, '/token', plant('type'), 'x'),
    withBody(host, '/admin/v1/users', 'application/json', `{"password":"${plant('broken document')}`),
    withBody(
      host,
      '/token',
      formType,
      `grant_type=${plant('grant')}&client_id=${plant('client')}&client_secret=${plant('secret')}&code=${plant('a code')}`,
    ),
    withBody(host, '/sign-in', formType, `username=${plant('user name')}&password=${plant('password')}`),
    withBody(host, '/consent', formType, `state=${plant('state')}&decision=${plant('decision')}`),
    Buffer.from(`POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${plant('smuggled')}`),
    Buffer.from(`${plant('no HTTP')}\r\n\r\n`),
    Buffer.from(`${plant('method')} /${plant('path')} HTTP/9.9\r\n${plant('head')}\r\n\r\n`),
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: a\nb: ${plant('bare line feed')}\r\n\r\n`),
    Buffer.from(`GET /${plant('path')} HTTP/1.1\r\nHost: ${plant('host')}.example\r\n\r\n`),
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n${plant('header')} : x\r\n\r\n`),
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nExpect: ${plant('expectation')}\r\n\r\n`),
  ]
  for (const bytes of requests) {
    const connection = new StrangerConnection(port, '127.0.0.1')
    const { status } = await connection.ask(bytes)
    assert.ok(status < 500, `${Buffer.from(bytes.subarray(0, 60)).toString('latin1')} was answered with ${status}`)
    connection.end()
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => statSync(name).isFile())
}
