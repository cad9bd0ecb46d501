/**
 * Asks the admin API of a test's house, and holds each answer against what the
 * endpoint declares: its status, the shape of its body, the code of a refusal.
 * It keeps count of the endpoints that were asked.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { Ajv, type ValidateFunction } from 'ajv'
import type { Response as InjectedResponse } from 'light-my-request'
import { httpRefusalAnswers, type Edge, type RefusalAnswer, type Route } from '#http'
import { openTestHouse, type ShownEvent, type TestHouse, type TestHouseWishes, type TestPerson } from '../../house.ts'

type Method = Route['method']

/** What came back, already held against the declaration. */
export interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  /** The code of a refusal. */
  readonly code: string | undefined
  readonly request: string
  /** What a change says in `If-Match`. */
  readonly etag: string | undefined
}

export interface AskingHouse extends TestHouse {
  readonly admin: Edge
  /** Asks as an owner unless another token is given; `'none'` sends none. */
  readonly ask: (method: Method, path: string, body?: unknown, token?: string, ifMatch?: string) => Promise<Answered>
  /** Changes a thing as it is now: reads it, and sends its version. */
  readonly change: (path: string, change: object, token?: string) => Promise<Answered>
  /** Whom {@link AskingHouse.ask} asks as. */
  readonly owner: TestPerson
  /** Every item of a list, asked for page by page of at most `limit`. */
  readonly all: <Item>(path: string, limit: number) => Promise<readonly Item[]>
  /** Endpoints that were not asked with an answer that is no refusal, as `GET /admin/v1/users`. */
  readonly unasked: () => readonly string[]
  /** The events of one request, allowed reads excepted: those come within a second. */
  readonly eventsOf: (request: string) => Promise<readonly ShownEvent[]>
  /** Waits until the request has an event of this name, five seconds at most. */
  readonly eventually: (request: string, what: string) => Promise<ShownEvent>
}

export async function openAskingHouse(wishes: TestHouseWishes = {}): Promise<AskingHouse> {
  const house = await openTestHouse(wishes)
  const admin = house.house.edges.find(({ name }) => name === 'admin')
  assert.ok(admin)
  const owner = await house.user('first-owner', 'owner')
  const ownerToken = freshToken(house, owner)
  const unasked = new Set(admin.routes.map(nameOf))
  const declared = createDeclarations()
  const ask: AskingHouse['ask'] = async (method, path, body, given, ifMatch) => {
    const token = given ?? (await ownerToken())
    const route = requireRoute(admin, method, `/admin/v1${path}`)
    const headers = {
      ...(token === 'none' ? {} : { authorization: `Bearer ${token}` }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }
    const response = await house.inject({ method, url: `/admin/v1${path}`, headers, ...payload })
    const answered = declared.check(admin, route, response)
    if (answered.code === undefined) unasked.delete(nameOf(route))
    return answered
  }
  return {
    ...house,
    admin,
    owner,
    ask,
    change: async (path, change, token) => ask('PATCH', path, change, token, (await ask('GET', path, undefined, token)).etag ?? '"none"'),
    all: async <Item>(path: string, limit: number) => {
      const found: Item[] = []
      let cursor = ''
      do {
        const { json } = await ask('GET', `${path}?limit=${limit}${cursor}`)
        const { items, next } = json as unknown as { readonly items: readonly Item[]; readonly next?: string }
        assert.ok(items.length <= limit)
        found.push(...items)
        cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
      } while (cursor !== '')
      return found
    },
    unasked: () => [...unasked],
    eventsOf: async (request) => (await house.events(200)).filter((event) => event.request === request && event.what !== 'access.allowed'),
    eventually: async (request, what) => {
      for (let tries = 0; tries < 100; tries += 1) {
        const found = (await house.events(200)).find((event) => event.request === request && event.what === what)
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`${request} never had ${what}`)
    },
  }
}

/** Stories move the clock, and a token lives for 15 minutes: it is asked for again after ten. */
function freshToken(house: TestHouse, owner: TestPerson): () => Promise<string> {
  let token = ''
  let mintedAtMs = -Infinity
  return async () => {
    if (house.clock.wallMs() - mintedAtMs > 600_000) {
      token = await house.tokenOf(owner)
      mintedAtMs = house.clock.wallMs()
    }
    return token
  }
}

/** The endpoint as people write it. */
export function nameOf({ method, path }: Route): string {
  return `${method} ${path}`
}

function requireRoute(edge: Edge, method: Method, url: string): Route {
  const path = url.split('?')[0] ?? ''
  const fits = (route: Route): boolean => route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path)
  const route = edge.routes.find(fits)
  assert.ok(route, `there is no ${method} ${path}`)
  return route
}

const problemKeys = ['code', 'detail', 'request_id', 'status', 'title', 'type']

function createDeclarations(): { check(edge: Edge, route: Route, response: InjectedResponse): Answered } {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true })
  const compiled = new Map<object, ValidateFunction>()
  const validate = (schema: object): ValidateFunction => {
    const known = compiled.get(schema) ?? ajv.compile(schema)
    compiled.set(schema, known)
    return known
  }
  return {
    check: (edge, route, response) => {
      const { statusCode: status, body } = response
      const name = `${nameOf(route)} ${status}`
      const request = String(response.headers['x-request-id'])
      const { etag } = response.headers
      assert.equal(response.headers['cache-control'], 'no-store', name)
      const shape = route.schema.answers[status]
      if (shape === 'empty') {
        assert.equal(body, '', name)
        return { status, json: {}, code: undefined, request, etag }
      }
      if (shape === 'lines') {
        assert.equal(response.headers['content-type'], 'application/x-ndjson', name)
        return { status, json: { lines: body.split('\n') }, code: undefined, request, etag }
      }
      const json = response.json<Record<string, unknown>>()
      if (shape === undefined) return { status, json, code: refusalOf(edge, name, response, json), request, etag }
      assert.ok(typeof shape === 'object', `${name}: the admin API answers in JSON`)
      const valid = validate(shape)
      assert.ok(valid(json), `${name}: ${JSON.stringify(valid.errors)} in ${body}`)
      return { status, json, code: undefined, request, etag }
    },
  }
}

/** A problem of RFC 9457 with a code that the edge or the server declares for this status. */
function refusalOf(edge: Edge, name: string, { statusCode, headers }: InjectedResponse, json: Record<string, unknown>): string {
  assert.match(String(headers['content-type']), /^application\/problem\+json/, name)
  assert.deepEqual(
    Object.keys(json)
      .filter((key) => key !== 'errors')
      .sort(),
    problemKeys,
    name,
  )
  const code = String(json['code'])
  const table: Readonly<Record<string, RefusalAnswer>> = { ...httpRefusalAnswers, ...edge.refusals }
  assert.equal(table[code]?.status, statusCode, `${name}: ${code} is not declared for this status`)
  return code
}
