/** Every answer, good or bad: its headers, its cookies, the style of its refusals. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import type { Answer, AnswerStyle, Edge, Route } from '#http'
import { newId, Refusal, type UserPrincipal } from '#kernel'
import { serve } from '../serve.ts'

const https = { origins: ['https://id.example.test'] }

const alice: UserPrincipal = {
  is: 'user',
  id: newId('usr'),
  proof: { acr: '1fa', amr: ['pwd'], authTimeMs: 0 },
  credential: { kind: 'session' },
}

function route(path: `/${string}`, answers: AnswerStyle, answer: () => Answer, changes: Partial<Route> = {}): Route {
  return {
    method: 'GET',
    path,
    caller: 'anyone',
    limit: 'page',
    schema: { answers: {} },
    answers,
    summary: '',
    handle: () => Promise.resolve().then(answer),
    ...changes,
  }
}

function no(code: string): never {
  throw new Refusal(code, 'Say "no" \\ ünd <b>.', 'private word')
}

const edge: Edge = {
  name: 'all',
  refusals: {
    'test.invalid_client': { status: 401, error: 'invalid_client' },
    'test.invalid_token': { status: 401, error: 'invalid_token' },
    'test.scope': { status: 403, error: 'insufficient_scope' },
    'test.no': { status: 400, error: 'invalid_grant', headers: { 'x-more': '1' } },
  },
  routes: [
    route('/json', 'problem', () => ({ status: 200, body: { json: { a: 1 } } })),
    route('/page', 'page', () => ({ status: 200, body: { html: '<p>hi</p>', formTargets: ['https://app.example.test'] } })),
    route('/text', 'problem', () => ({ status: 200, body: { text: 'hi' } })),
    route('/bytes', 'problem', () => ({ status: 200, body: { bytes: new Uint8Array([1, 2]), type: 'font/woff2' } })),
    route('/empty', 'problem', () => ({ status: 204, body: 'empty' })),
    route('/redirect', 'page', () => ({ status: 303, body: { redirect: '/page' } })),
    route('/kept', 'problem', () => ({ status: 200, headers: { 'Cache-Control': 'public, max-age=60' }, body: { text: '' } })),
    route('/set', 'page', () => ({
      status: 200,
      cookies: [
        { name: 'countersign_session', value: 's1.abc' },
        { name: 'countersign_browser', value: '', maxAgeSeconds: 0, sameSite: 'strict' },
      ],
      body: 'empty',
    })),
    route('/broken', 'problem', () => ({ status: 200, headers: { 'x-bad': 'a\r\nset-cookie: b=c' }, body: 'empty' })),
    route('/weaker', 'problem', () => ({ status: 200, headers: { 'content-security-policy': 'default-src *' }, body: 'empty' })),
    route('/frame', 'page', () => ({ status: 200, body: { html: '', formTargets: ['https://a.test; script-src *'] } })),
    ...(['problem', 'oauth', 'authzen', 'page'] as const).map((style) => route(`/no/${style}`, style, () => no('test.no'))),
    route('/401/client', 'oauth', () => no('test.invalid_client')),
    route('/401/token', 'oauth', () => no('test.invalid_token')),
    route('/403/scope', 'oauth', () => no('test.scope')),
    route('/401/none', 'problem', () => no(''), { caller: 'principal' }),
    route('/defect', 'page', () => {
      throw new Error('inner')
    }),
    route('/form', 'page', () => ({ status: 200, body: 'empty' }), {
      method: 'POST',
      schema: { body: Type.Object({}), bodyType: 'form', answers: {} },
    }),
    route('/other-sites', 'page', () => ({ status: 200, body: 'empty' }), {
      method: 'POST',
      unsafelyFromAnySite: true,
      schema: { body: Type.Object({}), bodyType: 'form', answers: {} },
    }),
    route('/api', 'problem', () => ({ status: 200, body: 'empty' }), {
      method: 'POST',
      caller: 'principal',
      schema: { body: Type.Object({}), answers: {} },
    }),
  ],
}

const paths = [...edge.routes.filter(({ method }) => method === 'GET').map(({ path }) => path), '/nowhere', '/%zz', '/form']

const always = {
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^(no-referrer|same-origin)$/,
  'content-security-policy': /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'permissions-policy': /camera=\(\)/,
  'cache-control': /./,
  'x-request-id': /^req_[0-9A-Za-z]{22}$/,
}

for (const path of paths) {
  test(`WEB-3 every header stands on ${path}`, async () => {
    for (const options of [{}, https]) {
      const { inject } = await serve([edge], {}, options)
      const response = await inject({ method: 'GET', url: path, headers: { 'x-forwarded-proto': 'https' } })
      for (const [name, pattern] of Object.entries(always)) assert.match(String(response.headers[name]), pattern, `${name} on ${path}`)
      assert.equal(response.headers['server'], undefined)
      assert.equal(response.headers['x-powered-by'], undefined)
      const hsts = options === https ? 'max-age=63072000; includeSubDomains' : undefined
      assert.equal(response.headers['strict-transport-security'], hsts)
      if (path !== '/kept') assert.equal(response.headers['cache-control'], 'no-store')
    }
  })
}

test('nothing is loaded by an answer that is no page, and a page loads what has its nonce', async () => {
  const { inject } = await serve([edge])
  const data = await inject({ url: '/json' })
  assert.equal(data.headers['content-security-policy'], "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
  const page = await inject({ url: '/page' })
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /script-src 'nonce-[A-Za-z0-9_-]{22}'; /)
  assert.match(policy, /style-src 'self' 'nonce-[A-Za-z0-9_-]{22}'; /)
  assert.match(policy, /form-action 'self' https:\/\/app\.example\.test; /)
  assert.doesNotMatch(policy, /unsafe/)
  const again = await inject({ url: '/page' })
  assert.notEqual(again.headers['content-security-policy'], policy, 'a nonce is used once')
})

const defects = ['/broken', '/weaker', '/frame', '/defect']
for (const path of defects) {
  test(`an answer that would be unsafe to send is a defect: ${path}`, async () => {
    const { inject, troubles } = await serve([edge])
    const response = await inject({ url: path })
    assert.equal(response.statusCode, 500)
    assert.equal(response.headers['set-cookie'], undefined)
    assert.equal(troubles.length, 1)
    assert.doesNotMatch(response.body, /inner/)
  })
}

test('cookies are for the host alone on https, and plain on loopback http', async () => {
  const loopback = await serve([edge])
  assert.deepEqual((await loopback.inject({ url: '/set' })).headers['set-cookie'], [
    'countersign_session=s1.abc; Path=/; HttpOnly; SameSite=Lax',
    'countersign_browser=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
  ])
  const behindProxy = await serve([edge], {}, { ...https, trustedProxies: ['127.0.0.1'] })
  const response = await behindProxy.inject({ url: '/set', headers: { 'x-forwarded-proto': 'https' } })
  assert.deepEqual(response.headers['set-cookie'], [
    '__Host-countersign_session=s1.abc; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-countersign_browser=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
  ])
})

test('a refusal as a problem, RFC 9457', async () => {
  const { inject } = await serve([edge])
  const response = await inject({ url: '/no/problem' })
  assert.equal(response.statusCode, 400)
  assert.equal(response.headers['content-type'], 'application/problem+json')
  assert.equal(response.headers['x-more'], '1')
  assert.deepEqual(response.json(), {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'Say "no" \\ ünd <b>.',
    code: 'test.no',
    request_id: response.headers['x-request-id'],
  })
})

test('a refusal as RFC 6749 section 5.2 writes it, in printable ASCII', async () => {
  const { inject } = await serve([edge])
  const response = await inject({ url: '/no/oauth' })
  assert.deepEqual(response.json(), {
    error: 'invalid_grant',
    error_description: 'Say no  nd <b>.',
    code: 'test.no',
    request_id: response.headers['x-request-id'],
  })
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers['pragma'], 'no-cache')
})

const challenges = [
  { path: '/401/client', says: 'Basic realm="clients", charset="UTF-8"' },
  { path: '/401/token', says: 'Bearer error="invalid_token", error_description="Say no  nd <b>."' },
  { path: '/403/scope', says: 'Bearer error="insufficient_scope", error_description="Say no  nd <b>."' },
  { path: '/401/none', says: 'Bearer' },
]
for (const { path, says } of challenges) {
  test(`the challenge of ${path}`, async () => {
    const { inject } = await serve([edge])
    assert.equal((await inject({ url: path })).headers['www-authenticate'], says)
  })
}

test('a refusal as AuthZEN writes it is a string', async () => {
  const { inject } = await serve([edge])
  assert.equal((await inject({ url: '/no/authzen' })).json(), 'Say "no" \\ ünd <b>.')
})

test('a refusal as a page holds the sentence and the request id, and nothing private', async () => {
  const { inject } = await serve([edge])
  const response = await inject({ url: '/no/page' })
  assert.equal(response.headers['content-type'], 'text/html; charset=utf-8')
  assert.match(response.body, /Say &quot;no&quot; \\ ünd &lt;b&gt;\./)
  assert.ok(response.body.includes(String(response.headers['x-request-id'])))
  assert.doesNotMatch(response.body, /private/)
})

test('a page that cannot be made does not hide the refusal', async () => {
  const { inject, troubles } = await serve(
    [edge],
    {},
    {
      renderPage: () => {
        throw new Error('broken template')
      },
    },
  )
  const response = await inject({ url: '/no/page' })
  assert.equal(response.statusCode, 400)
  assert.match(response.body, /Say &quot;no&quot;/)
  assert.deepEqual(troubles[0]?.causes, ['Error: broken template'])
})

test('what is not there is told to people on a page, and to programs as a problem', async () => {
  const { inject, counted } = await serve([edge])
  const person = await inject({ url: '/nowhere', headers: { accept: 'text/html,*/*' } })
  assert.equal(person.statusCode, 404)
  assert.match(String(person.headers['content-type']), /^text\/html/)
  const program = await inject({ url: '/nowhere' })
  assert.equal(program.json<{ code: string }>().code, 'route.unknown')
  assert.deepEqual(counted, ['route.unknown', 'route.unknown'])
})

test('another method gets 405 and hears which are possible', async () => {
  const { inject } = await serve([edge])
  const response = await inject({ method: 'DELETE', url: '/json' })
  assert.equal(response.statusCode, 405)
  assert.equal(response.headers['allow'], 'GET, HEAD')
  assert.equal(response.json<{ code: string }>().code, 'route.method_not_allowed')
})

test('HEAD is GET without the body', async () => {
  const { inject } = await serve([edge])
  const response = await inject({ method: 'HEAD', url: '/json' })
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers['content-length'], '7')
  assert.equal(response.body, '')
})

const sites = [
  { says: 'our own page', headers: { 'sec-fetch-site': 'same-origin' }, status: 200 },
  { says: 'the address bar', headers: { 'sec-fetch-site': 'none' }, status: 200 },
  { says: 'a sibling host', headers: { 'sec-fetch-site': 'same-site' }, status: 403 },
  { says: 'another site', headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
  {
    says: 'another site that also claims our origin',
    headers: { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:9000' },
    status: 403,
  },
  { says: 'an older browser on our page', headers: { origin: 'http://localhost:9000' }, status: 200 },
  { says: 'an older browser on another port', headers: { origin: 'http://localhost:9001' }, status: 403 },
  { says: 'a page without an origin', headers: { origin: 'null' }, status: 403 },
  { says: 'no browser at all', headers: {}, status: 200 },
]
for (const { says, headers, status } of sites) {
  test(`a form sent by ${says} gets ${status}`, async () => {
    const { inject } = await serve([edge], { identify: () => Promise.resolve(alice) })
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
    assert.equal((await inject({ method: 'POST', url: '/form', headers: form })).statusCode, status)
    assert.equal((await inject({ method: 'POST', url: '/other-sites', headers: form })).statusCode, 200)
    // An API call under a session cookie is as forgeable as a form.
    assert.equal((await inject({ method: 'POST', url: '/api', headers, payload: {} })).statusCode, status)
  })
}

const tokenHolder = { ...alice, credential: { kind: 'access_token' } } as const

test('a call with a token may come from any site, since no browser adds tokens by itself', async () => {
  const { inject } = await serve([edge], { identify: () => Promise.resolve(tokenHolder) })
  const response = await inject({ method: 'POST', url: '/api', headers: { 'sec-fetch-site': 'cross-site' }, payload: {} })
  assert.equal(response.statusCode, 200)
})
