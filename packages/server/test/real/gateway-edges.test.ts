import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { get, issuer, navigating, openHouse, problemOf, signIn, type House } from './gateway-house.ts'

const answering = { app: (_request: unknown, response: { end(text: string): void }) => response.end('ok') }

async function withHouse(wishes: Parameters<typeof openHouse>[0], body: (house: House) => Promise<void>): Promise<void> {
  const house = await openHouse(wishes)
  try {
    await body(house)
  } finally {
    await house.close()
  }
}

const secure = 'https://notes.example.test'
const behindProxy = {
  ...answering,
  host: { origin: secure },
  listen: { tlsEndedBy: { name: 'the test', addresses: ['127.0.0.1'] } },
} as const

test('on https cookies have the __Host- prefix and Secure, and a cookie without the prefix is not seen', async () => {
  await withHouse(behindProxy, async ({ port, server }) => {
    const host = 'notes.example.test'
    const byProxy = { host, 'x-forwarded-proto': 'https' }
    const begun = await get(port, '/', { headers: { ...navigating, ...byProxy } })
    const [cookie = ''] = begun.headers['set-cookie'] ?? []
    assert.match(cookie, /^__Host-countersign_flow_0=w1\.[\w-]+; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/)
    assert.match(begun.headers['strict-transport-security'] ?? '', /max-age=63072000; includeSubDomains/)
    const back = server.authorize(begun.headers.location ?? '', server.begin('editor', 'alice'))
    const pair = cookie.split(';')[0] ?? ''
    const done = await get(port, `${back.pathname}${back.search}`, { headers: { ...navigating, ...byProxy, cookie: pair } })
    assert.equal(done.headers.location, `${secure}/`)
    const session = (done.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
    assert.match(session, /^__Host-countersign_gateway=/)
    assert.equal((await get(port, '/', { headers: { ...byProxy, cookie: session } })).status, 200)
    assert.equal((await get(port, '/', { headers: { ...byProxy, cookie: session.replace('__Host-', '') } })).status, 401)
  })
})

test('what a named proxy says of the caller is believed, and a caller of it who came without TLS is refused', async () => {
  const seen: (string | string[] | undefined)[] = []
  const routes = [{ path: '/*', open: 'anyone' as const }]
  const app = (request: { headers: NodeJS.Dict<string | string[]> }, response: { end(text: string): void }): void => {
    seen.push(request.headers['x-forwarded-for'], request.headers['x-forwarded-proto'])
    response.end('ok')
  }
  await withHouse({ ...behindProxy, app, routes }, async ({ port }) => {
    const headers = { host: 'notes.example.test', 'x-forwarded-for': '6.6.6.6, 198.51.100.7' }
    assert.equal((await get(port, '/', { headers: { ...headers, 'x-forwarded-proto': 'https' } })).status, 200)
    assert.deepEqual(seen, ['198.51.100.7', 'https'])
    const plain = await get(port, '/', { headers: { ...headers, 'x-forwarded-proto': 'http' } })
    assert.equal(problemOf(plain), 'request.not_https')
  })
})

test('OAUTH-6 whoever goes around the proxy is refused, whatever they write', async () => {
  const around = { ...behindProxy, listen: { tlsEndedBy: { name: 'the test', addresses: ['203.0.113.1'] } } } as const
  await withHouse({ ...around, routes: [{ path: '/*', open: 'anyone' }] }, async ({ port }) => {
    for (const claim of [{}, { 'x-forwarded-proto': 'https' }]) {
      const answer = await get(port, '/', { headers: { host: 'notes.example.test', ...claim } })
      assert.equal(problemOf(answer), 'request.not_https')
    }
  })
})

test('a policy is told one spelling of a path, so that no other leads around a forbid', async () => {
  const lab = `
    @id("all") permit (principal, action, resource);
    @id("closed") @public_reason("Closed.") forbid (principal, action, resource)
    when { context has path && (context.path == "/admin" || context.path like "/admin/*") };`
  const routes = [{ path: '/*', action: 'use', resource: { type: 'Thing', id: 'thing' } }]
  await withHouse({ ...answering, lab, host: { policyStore: 'lab' }, routes }, async (house) => {
    const cookie = await signIn(house, house.server.begin('editor', 'alice'))
    const statusOf = async (path: string) => (await get(house.port, path, { headers: { cookie } })).status
    for (const path of ['/', '/elsewhere', '/administrators']) assert.equal(await statusOf(path), 200, path)
    for (const path of ['/admin', '/admin/', '/admin?a', '/admin/users', '/%61dmin', '/adm%69n/', '/%61%64%6D%69%6E/users'])
      assert.equal(await statusOf(path), 403, path)
  })
})

test('an address that asks too often is told when to come back', async () => {
  const requests = { classes: { proxied: { address: { burst: 2, perSecond: 0.001 } } } }
  await withHouse({ ...answering, requests }, async ({ port }) => {
    assert.equal((await get(port, '/assets/a')).status, 200)
    assert.equal((await get(port, '/assets/a')).status, 200)
    const refused = await get(port, '/assets/a')
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
  })
})

test('a person who asks too often is told so from every address', async () => {
  const requests = { classes: { proxied: { principal: { burst: 2, perSecond: 0.001 } } } }
  await withHouse({ ...answering, requests }, async (house) => {
    const cookie = await signIn(house, house.server.begin('editor', 'alice'))
    const statuses: number[] = []
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await get(house.port, '/notes', { headers: { cookie } })).status)
    assert.deepEqual(statuses, [200, 200, 429])
    assert.equal((await get(house.port, '/assets/a', { headers: { cookie } })).status, 200)
  })
})

test('a cookie counts for the person to whom it was given, whoever the server says has the session now', async () => {
  await withHouse(answering, async (house) => {
    const alice = house.server.begin('editor', 'alice')
    const cookie = await signIn(house, alice)
    house.server.sessions.set(alice.id, { ...alice, user: newId('usr') })
    await house.server.announce([], true)
    assert.equal((await get(house.port, '/notes', { headers: { cookie } })).status, 401)
  })
})

test('a code that was issued for a session that has ended meanwhile signs nobody in', async () => {
  await withHouse(answering, async ({ port, server }) => {
    const alice = server.begin('editor', 'alice')
    const begun = await get(port, '/', { headers: navigating })
    const back = server.authorize(begun.headers.location ?? '', alice)
    server.sessions.delete(alice.id)
    const cookie = (begun.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? ''
    const done = await get(port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie } })
    assert.equal(done.status, 400)
    assert.equal(done.headers['set-cookie'], undefined)
    assert.equal(new URL(begun.headers.location ?? '').origin, issuer)
  })
})

test('hosts that contradict each other are said in one sentence, before anything listens', async () => {
  const routes = [{ path: '/*', action: 'read' }]
  const twice = (upstream: string) => [
    { origin: 'http://notes.localhost:9001', name: 'Again', policyStore: 'notes', upstream, clientId: 'again', routes },
  ]
  await assert.rejects(openHouse({ ...answering, moreHosts: twice }), /is there twice/)
  const mixed = (upstream: string) => [{ origin: secure, name: 'Other', policyStore: 'notes', upstream, clientId: 'other', routes }]
  await assert.rejects(openHouse({ ...answering, moreHosts: mixed }), /All hosts must be https, or none/)
  await assert.rejects(openHouse({ ...answering, host: { origin: 'http://notes.localhost:9001/' } }), /is no origin/)
  await assert.rejects(openHouse({ ...answering, host: { upstream: 'https://app.test' } }), /is not an address of an app/)
})
