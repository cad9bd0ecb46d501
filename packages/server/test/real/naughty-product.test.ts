/**
 * Naughty strings in every parameter of every endpoint of the product, as a
 * stranger, as somebody who is signed in and as an administrator, and through
 * its gateway to the app. Whatever was written is theirs to fix: a 4xx and never
 * a 5xx, nothing for the operator to look at, and the server is there afterwards.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { naughty } from '../naughty.ts'
import { startDemo, type Product } from '../product.ts'
import { Traveller } from '../traveller.ts'
import { loopback, StrangerConnection, type StrangerAnswer } from './stranger-connection.ts'
import { bare, withBody } from './stranger-requests.ts'

interface Operation {
  readonly parameters?: readonly { readonly in: 'query' | 'path'; readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>> }
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const formType = 'application/x-www-form-urlencoded'

function endsSession(path: string): boolean {
  return path === '/sign-out' || path.startsWith('/logout')
}

/** Escapes everything, so that what is tried is the value and not the line that it stands in. */
function escaped(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll(/[!'()*~.-]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
}

/** What may stand in a header field at all. */
function inHeader(value: string): string {
  return value.replaceAll(/[^\t\x20-\x7e]/g, '').slice(0, 4_000)
}

/** Every operation with one value everywhere, and the same with the value as a name, and not escaped. */
function requestsFor(
  host: string,
  path: string,
  method: string,
  operation: Operation,
  value: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array[] {
  const { parameters = [], requestBody } = operation
  const short = value.slice(0, 2_000)
  const at = path.replaceAll(/\{[^}]*\}/g, () => escaped(short))
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const targets = [
    at,
    ...query.map((name) => `${at}?${name}=${escaped(short)}`),
    ...(query.length === 0
      ? []
      : [`${at}?${query.map((name) => `${name}=${escaped(value.slice(0, 200))}`).join('&')}`, `${at}?${escaped(short)}`]),
  ]
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  if (type === undefined || body === undefined) return targets.map((target) => bare(host, method, target, headers))
  const names = Object.keys(body.schema.properties ?? {})
  const bodies =
    type === formType
      ? [...names, short]
          .map((name) => `${name === short ? escaped(name) : name}=${escaped(value)}`)
          .concat(names.map((name) => `${name}=${escaped(short)}`).join('&'), value)
      : [
          ...names.map((name) => JSON.stringify({ [name]: value })),
          JSON.stringify(Object.fromEntries(names.map((name) => [name, value]))),
          JSON.stringify(Object.fromEntries(names.map((name) => [name, [{ [value.slice(0, 100)]: value }]]))),
          JSON.stringify(value),
          value,
        ]
  const asked = method === 'POST' ? bodies : bodies.slice(0, 1)
  return asked.map((text) => replaceMethod(withBody(host, at, type, text, headers), method))
}

function replaceMethod(bytes: Uint8Array, method: string): Uint8Array {
  return Buffer.concat([Buffer.from(method), bytes.subarray('POST'.length)])
}

/** Each kind of caller on a connection and from networks of its own, which change before a limit is met. */
class Caller {
  readonly #port: number
  readonly #lane: number
  #asked = 0
  #connection: StrangerConnection | undefined
  readonly statuses: Map<number, number> = new Map()

  constructor(port: number, lane: number) {
    this.#port = port
    this.#lane = lane
  }

  async ask(bytes: Uint8Array): Promise<StrangerAnswer> {
    if (this.#asked % 5 === 0) {
      this.#connection?.end()
      this.#connection = new StrangerConnection(this.#port, loopback(this.#lane, this.#asked / 5))
    }
    this.#asked += 1
    assert.ok(this.#connection)
    const answer = await this.#connection.ask(bytes)
    const { status } = answer
    assert.ok(status >= 200 && status < 500, `${status} for ${Buffer.from(bytes.subarray(0, 300)).toString('latin1')}`)
    assert.doesNotMatch(answer.head, /\r\nset-cookie: a=b/i)
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    return answer
  }

  end(): void {
    this.#connection?.end()
  }
}

test('naughty strings in every parameter of every endpoint', { timeout: 240_000 }, async (t) => {
  const product = await startDemo()
  after(async () => product.stop('SIGKILL'))
  const { host } = new URL(product.issuer)
  const { paths } = (await (await fetch(`${product.issuer}/openapi.json`)).json()) as Document
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })))
    // Whoever signs out first is a stranger for the rest.
    .toSorted((left, right) => Number(endsSession(left.path)) - Number(endsSession(right.path)))
  assert.ok(operations.length > 40)
  const session = await sessionOf(product)
  const callers = [
    { says: 'a stranger', headers: {}, about: (path: string) => !path.startsWith('/admin/') },
    {
      says: 'a person',
      headers: { cookie: session.identity, 'sec-fetch-site': 'same-origin' },
      about: (path: string) => /consent|sign|authorize|logout/.test(path),
    },
    {
      says: 'an administrator',
      headers: { authorization: `Bearer ${product.admin?.token ?? ''}` },
      about: (path: string) => path.startsWith('/admin/'),
    },
  ] as const
  const gateway = new Caller(product.gatewayPort, 9)
  const app = new URL(product.app ?? '').host
  for (const value of naughty) {
    for (const cookie of ['', session.gateway]) {
      for (const bytes of throughGateway(app, value, cookie === '' ? {} : { cookie, 'sec-fetch-site': 'same-origin' }))
        await gateway.ask(bytes)
    }
  }
  gateway.end()
  t.diagnostic(`the gateway: ${[...gateway.statuses].map(([status, count]) => `${status} × ${count}`).join(', ')}`)
  const answered = (gateway.statuses.get(200) ?? 0) + (gateway.statuses.get(303) ?? 0)
  assert.ok(answered > 5 * naughty.length, 'the app was reached, and answered somebody whom it knows')

  for (const [lane, { says, headers, about }] of callers.entries()) {
    const caller = new Caller(product.port, lane)
    for (const { path, method, operation } of operations.filter((one) => about(one.path)))
      for (const value of naughty) for (const bytes of requestsFor(host, path, method, operation, value, headers)) await caller.ask(bytes)
    caller.end()
    t.diagnostic(`${says}: ${[...caller.statuses].map(([status, count]) => `${status} × ${count}`).join(', ')}`)
  }
  assert.equal((await fetch(`${product.issuer}/readyz`)).status, 200)
  assert.equal(product.log(), '')
  assert.equal(await product.stop(), 0)
})

function throughGateway(host: string, value: string, headers: Readonly<Record<string, string>>): readonly Uint8Array[] {
  const short = value.slice(0, 1_000)
  const get = (target: string, more: Readonly<Record<string, string>> = {}) => bare(host, 'GET', target, { ...headers, ...more })
  const raw = short.replaceAll(/[^\x21-\x7e]/g, '')
  return [
    get(`/${escaped(short)}`),
    get(`/${raw}`),
    get(`/notes/${escaped(short)}/delete`),
    get(`/assets/notes.css?${raw}`),
    get(`/list?q=${escaped(short)}`),
    get(`/.countersign/callback?state=${escaped(short)}&code=${escaped(short)}&iss=${escaped(short)}`),
    get(`/.countersign/callback?state=${escaped(short)}&error=${escaped(short)}`),
    get(`/oidc/callback?state=${escaped(short)}&code=${escaped(short)}`),
    get('/list', { 'x-forwarded-for': inHeader(value), 'user-agent': inHeader(value), 'countersign-assertion': inHeader(value) }),
    get('/assets/notes.css', { cookie: `countersign_gateway=${inHeader(short)}` }),
    get('/assets/notes.css', { range: inHeader(value), 'if-none-match': inHeader(value), accept: inHeader(value) }),
    withBody(host, '/notes', formType, `text=${escaped(value.slice(0, 20_000))}`, headers),
    withBody(host, '/notes', formType, value, headers),
    withBody(host, '/notes', inHeader(value), value, headers),
    withBody(host, `/notes/${escaped(short)}/delete`, formType, '', headers),
  ]
}

/** Cookies of alice, who has a session at both. */
async function sessionOf(product: Product): Promise<{ readonly identity: string; readonly gateway: string }> {
  const alice = product.accounts?.find(({ username }) => username === 'alice')
  assert.ok(alice && product.app !== undefined)
  const traveller = new Traveller()
  assert.equal((await traveller.open(product.app, alice)).status, 200)
  const cookie = (name: string): string => [...traveller.carried].find(([, carried]) => carried === name)?.[0] ?? ''
  return {
    identity: `countersign_session=${cookie('countersign_session')}`,
    gateway: `countersign_gateway=${cookie('countersign_gateway')}`,
  }
}
