/** The steps of a request, in their order, and what each of them lets through. @module */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { Type } from 'typebox'
import { callerIs, type Edge, type LimitDecision, type Route, type SpinePorts } from '#http'
import { newId, refusals, Unavailable, type Principal, type UserPrincipal } from '#kernel'
import { serve } from '../serve.ts'

const alice: UserPrincipal = {
  is: 'user',
  id: newId('usr'),
  proof: { acr: '1fa', amr: ['pwd'], authTimeMs: 0 },
  credential: { kind: 'access_token' },
}

const over: LimitDecision = {
  allowed: false,
  name: 'token',
  burst: 10,
  windowSeconds: 5,
  remaining: 0,
  resetSeconds: 5,
  retryAfterSeconds: 3,
}

const testRefusals = { 'thing.unknown': 'There is no such thing.', 'thing.unmapped': 'Nobody mapped this.' } as const
const refuse = refusals(testRefusals)

const done = { status: 200, body: { json: { done: true } } } as const

function edgeOf(changes: Partial<Route>): Edge {
  const route: Route = {
    method: 'POST',
    path: '/things/:thing',
    caller: 'principal',
    action: 'things:write',
    resource: { type: 'Thing', param: 'thing' },
    limit: 'api',
    schema: {
      params: Type.Object({ thing: Type.String({ maxLength: 8 }) }),
      body: Type.Object({ name: Type.String() }),
      answers: { 200: 'empty' },
    },
    answers: 'problem',
    summary: 'Writes a thing.',
    handle: () => Promise.resolve(done),
    ...changes,
  }
  return { name: 'things', routes: [route], refusals: { 'thing.unknown': { status: 404 } } }
}

const post = { method: 'POST', url: '/things/t1', payload: { name: 'a' } } as const

test('whoever sent the head in time and the body late was judged by the clock of the head', async () => {
  let nowMs = 1_000
  const clock = { wallMs: () => nowMs, monotonicMs: () => 0 }
  const body = Readable.from(
    (function* () {
      yield '{"name":'
      nowMs = 31_000
      yield '"a"}'
    })(),
  )
  const seen: number[] = []
  const { inject, recorded } = await serve(
    [
      edgeOf({
        handle: (op) => {
          seen.push(op.nowMs)
          throw refuse('thing.unknown')
        },
      }),
    ],
    {
      identify: (op) => {
        seen.push(op.nowMs)
        return Promise.resolve(alice)
      },
    },
    { clock },
  )
  const headers = { 'content-type': 'application/json', 'content-length': '12' }
  assert.equal((await inject({ method: 'POST', url: '/things/t1', headers, payload: body })).statusCode, 404)
  assert.deepEqual(seen, [31_000, 31_000])
  assert.deepEqual(
    recorded.map(({ event, op }) => [event.what, op.actor]),
    [
      ['access.allowed', alice],
      ['request.refused', alice],
    ],
    'whose it was is not forgotten',
  )
})

test('the steps run in the order of the list, and recording a permit comes before handling', async () => {
  const order: string[] = []
  const plenty = { ...over, allowed: true, remaining: 9, retryAfterSeconds: 0 }
  const note = <Value>(step: string, value: Value): Value => {
    order.push(step)
    return value
  }
  const edge = edgeOf({ handle: () => Promise.resolve(note('handle', done)) })
  const { inject } = await serve([edge], {
    limitByAddress: () => note('limit by address', plenty),
    identify: () => Promise.resolve(note('identify', alice)),
    limitByPrincipal: () => note('limit by principal', plenty),
    decide: (_op, _principal, action, resource, { address, method, path }) => {
      assert.deepEqual({ action, resource }, { action: 'things:write', resource: { type: 'Thing', id: 't1' } })
      assert.deepEqual({ address, method, path }, { address: '127.0.0.1', method: 'POST', path: '/things/t1' })
      return Promise.resolve(
        note('decide', { effect: 'allow', record: { store: 's', digest: 'd', effect: 'allow', policies: [], action } }),
      )
    },
    recordAllowed: () => note('record', undefined),
  })
  const response = await inject(post)
  assert.equal(response.statusCode, 200, response.body)
  assert.deepEqual(order, ['limit by address', 'identify', 'limit by principal', 'decide', 'record', 'handle'])
})

const stops: readonly {
  says: string
  ports: Partial<SpinePorts>
  request?: object
  status: number
  code: string
  counted?: boolean
  recorded?: boolean
}[] = [
  { says: 'too many requests from the address', ports: { limitByAddress: () => over }, status: 429, code: 'limit.exceeded', counted: true },
  { says: 'no credential', ports: {}, status: 401, code: 'http.no_credential', counted: true },
  {
    says: 'a known caller over its limit is counted, not written',
    ports: { identify: () => Promise.resolve(alice), limitByPrincipal: () => over },
    status: 429,
    code: 'limit.exceeded',
    counted: true,
  },
  {
    says: 'the wrong shape from a known caller',
    ports: { identify: () => Promise.resolve(alice) },
    request: { ...post, payload: { name: 1 } },
    status: 400,
    code: 'request.malformed',
    recorded: true,
  },
  {
    says: 'a key that the schema does not name',
    ports: { identify: () => Promise.resolve(alice) },
    request: { ...post, payload: { name: 'a', role: 'owner' } },
    status: 400,
    code: 'request.malformed',
    recorded: true,
  },
  {
    says: 'a parameter that is too long by one',
    ports: { identify: () => Promise.resolve(alice) },
    request: { ...post, url: '/things/123456789' },
    status: 400,
    code: 'request.malformed',
    recorded: true,
  },
  {
    says: 'a denied action',
    ports: {
      identify: () => Promise.resolve(alice),
      decide: (_op, _principal, action) =>
        Promise.resolve({
          effect: 'deny',
          publicReason: 'Viewers cannot write.',
          record: { store: 's', digest: 'd', effect: 'deny', policies: ['p'], action },
        }),
    },
    status: 403,
    code: 'access.denied',
    recorded: true,
  },
  {
    says: 'an engine that answers neither allow nor deny',
    ports: {
      identify: () => Promise.resolve(alice),
      decide: (_op, _principal, action) =>
        Promise.resolve({ effect: 'maybe' as 'allow', record: { store: 's', digest: 'd', effect: 'deny', policies: [], action } }),
    },
    status: 403,
    code: 'access.denied',
    recorded: true,
  },
  {
    says: 'an engine that throws',
    ports: { identify: () => Promise.resolve(alice), decide: () => Promise.reject(new Error('broken')) },
    status: 500,
    code: 'server.defect',
  },
  {
    says: 'an engine that is out',
    ports: { identify: () => Promise.resolve(alice), decide: () => Promise.reject(new Unavailable('engine')) },
    status: 503,
    code: 'server.unavailable',
  },
  {
    says: 'identification that is out',
    ports: { identify: () => Promise.reject(new Unavailable('store')) },
    status: 503,
    code: 'server.unavailable',
  },
  {
    says: 'buckets that are out',
    ports: { limitByAddress: () => Promise.reject(new Unavailable('buckets')) },
    status: 503,
    code: 'server.unavailable',
  },
  {
    says: 'a full buffer of the record',
    ports: {
      identify: () => Promise.resolve(alice),
      recordAllowed: () => {
        throw new Unavailable('audit')
      },
    },
    status: 503,
    code: 'server.unavailable',
  },
  {
    says: 'a refusal that cannot be recorded is an outage, not an answer',
    ports: { identify: () => Promise.resolve(alice), recordRefusal: () => Promise.reject(new Unavailable('store')) },
    request: { ...post, payload: { name: 1 } },
    status: 503,
    code: 'server.unavailable',
  },
]

for (const { says, ports, request = post, status, code, counted = false, recorded = false } of stops) {
  test(`nothing is handled: ${says}`, async () => {
    let handled = false
    const edge = edgeOf({ handle: () => Promise.resolve(((handled = true), done)) })
    const served = await serve([edge], ports)
    const response = await served.inject(request)
    assert.equal(response.statusCode, status, response.body)
    assert.equal(response.json<{ code: string }>().code, code)
    assert.equal(handled, false)
    assert.deepEqual(served.counted, counted ? [code] : [])
    const refused = served.recorded.filter(({ event }) => event.outcome === 'refused')
    assert.deepEqual(
      refused.map(({ op, event }) => ({ actor: op.actor, code: event.facts?.['code'] })),
      recorded ? [{ actor: alice, code }] : [],
    )
  })
}

test('a denial says what its policy wants strangers to read, and its event holds the decision and what it was about', async () => {
  const record = { store: 's', digest: 'd', effect: 'deny', policies: ['p7'], action: 'things:write' } as const
  const served = await serve([edgeOf({})], {
    identify: () => Promise.resolve(alice),
    decide: () => Promise.resolve({ effect: 'deny', publicReason: 'Viewers cannot write.', record }),
  })
  const response = await served.inject(post)
  assert.equal(response.json<{ detail: string }>().detail, 'Viewers cannot write.')
  assert.doesNotMatch(response.body, /p7/)
  assert.deepEqual(served.recorded[0]?.event.decision, { ...record, resource: 'Thing t1' })
})

test('a handler sees who asks, what was decided, and values of the shapes that its schema names', async () => {
  let seen: { principal: Principal | undefined; decision: unknown; body: unknown; params: unknown } | undefined
  const edge = edgeOf({
    handle: (op, { principal, decision, body, params }) => {
      assert.equal(op.actor, alice)
      seen = { principal, decision: decision?.policies, body, params: { ...params } }
      return Promise.resolve(done)
    },
  })
  const { inject } = await serve([edge], { identify: () => Promise.resolve(alice) })
  await inject(post)
  assert.deepEqual(seen, { principal: alice, decision: ['test'], body: { name: 'a' }, params: { thing: 't1' } })
})

test('a refusal that no table of the edge answers is a defect', async () => {
  const served = await serve([edgeOf({ handle: () => Promise.reject(refuse('thing.unmapped', 'private word')) })], {
    identify: () => Promise.resolve(alice),
  })
  const response = await served.inject(post)
  assert.equal(response.statusCode, 500)
  assert.doesNotMatch(response.body, /unmapped|private/)
  assert.equal(served.troubles.length, 1)
})

test('what a defect was stays in the log, with everything that caused it', async () => {
  const served = await serve([edgeOf({ handle: () => Promise.reject(new Error('outer', { cause: new TypeError('inner') })) })], {
    identify: () => Promise.resolve(alice),
  })
  const response = await served.inject({ ...post, url: '/things/t1?secret=1' })
  assert.equal(response.statusCode, 500)
  assert.doesNotMatch(response.body, /outer|inner/)
  assert.deepEqual(served.troubles[0]?.causes, ['Error: outer', 'TypeError: inner'])
  assert.equal(served.troubles[0]?.route, 'POST /things/:thing')
  assert.equal(served.troubles[0]?.requestId, response.headers['x-request-id'])
  assert.doesNotMatch(JSON.stringify(served.troubles), /secret=1/)
})

test('an outage says when to come back', async () => {
  const served = await serve([edgeOf({ handle: () => Promise.reject(new Unavailable('password pool', undefined, 7)) })], {
    identify: () => Promise.resolve(alice),
  })
  const response = await served.inject(post)
  assert.equal(response.statusCode, 503)
  assert.equal(response.headers['retry-after'], '7')
  assert.doesNotMatch(response.body, /password pool/)
})

test('a limit says when to come back', async () => {
  const { inject } = await serve([edgeOf({})], { limitByAddress: () => over })
  const response = await inject(post)
  assert.equal(response.headers['retry-after'], '3')
})

test('an answer says how much is left', async () => {
  const left = { ...over, allowed: true, remaining: 4, resetSeconds: 3, retryAfterSeconds: 0 }
  const { inject } = await serve([edgeOf({})], { identify: () => Promise.resolve(alice), limitByPrincipal: () => left })
  const response = await inject(post)
  assert.equal(response.headers['ratelimit-policy'], '"token";q=10;w=5')
  assert.equal(response.headers['ratelimit'], '"token";r=4;t=3')
})

test('a refusal after a handler found out who calls is recorded as theirs', async () => {
  const edge = edgeOf({
    caller: 'client',
    handle: (op) => {
      assert.equal(callerIs(op, alice).actor, alice)
      return Promise.reject(refuse('thing.unknown'))
    },
  })
  const { action: _action, ...route } = edge.routes[0] as Route
  const served = await serve([{ ...edge, routes: [route] }])
  assert.equal((await served.inject(post)).statusCode, 404)
  assert.deepEqual(
    served.recorded.map(({ op, event }) => [op.actor, event.facts?.['code']]),
    [[alice, 'thing.unknown']],
  )
  assert.deepEqual(served.counted, [])
})

test('a route that wants a session is not satisfied by another credential of nobody', async () => {
  const asked: string[] = []
  const { action: _action, ...route } = edgeOf({ caller: 'session' }).routes[0] as Route
  const served = await serve([{ name: 'things', refusals: {}, routes: [route] }], {
    identify: (_op, _presented, accepts) => {
      asked.push(accepts)
      return Promise.resolve(undefined)
    },
  })
  assert.equal((await served.inject(post)).json<{ code: string }>().code, 'http.no_session')
  assert.deepEqual(asked, ['session'])
})
