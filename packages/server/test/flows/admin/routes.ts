/** Routes of the gateway through the admin API. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'

/** The gateway of the house: one host, and where it listens. */
export const gatewaySettings = {
  listen: { host: '127.0.0.1', port: 9_001 },
  hosts: [
    {
      origin: 'http://notes.localhost:9001',
      name: 'Notes',
      policyStore: 'notes',
      upstream: 'http://127.0.0.1:3000',
      audience: 'notes-app',
      routes: [{ path: '/*', action: 'read', resource: { type: 'Collection', id: 'notes' } }],
    },
  ],
} as const

interface ReadingPath {
  readonly path: string
  readonly action: 'read'
  readonly resource: { readonly type: string; readonly id: string }
}

const reading: ReadingPath = { path: '/*', action: 'read', resource: { type: 'Collection', id: 'notes' } }

interface GoodRoute {
  readonly origin: string
  readonly name: string
  readonly policyStore: string
  readonly upstream: string
  readonly paths: readonly (ReadingPath | { readonly path: string; readonly open: 'anyone' })[]
}

/** A route that nothing is wrong with. */
export const goodRoute: GoodRoute = {
  origin: 'http://wiki.localhost:9001',
  name: 'Wiki',
  policyStore: 'notes',
  upstream: 'http://127.0.0.1:3001',
  paths: [reading, { path: '/assets/*', open: 'anyone' }],
}

interface Shown {
  readonly id: string
  readonly origin: string
  readonly configured: boolean
}

interface ShownClient {
  readonly id: string
  readonly clientId: string
  readonly redirectUris: readonly string[]
}

export function routesAreAdministered(house: AskingHouse): void {
  const at = (name: string): GoodRoute => ({ ...goodRoute, origin: `http://${name}.localhost:9001` })
  const create = async (name: string): Promise<{ readonly path: string; readonly etag: string | undefined }> => {
    house.clock.forwardMs(1)
    const { status, json, etag } = await house.ask('POST', '/routes', at(name))
    assert.equal(status, 201, JSON.stringify(json))
    return { path: `/routes/${String(json['id'])}`, etag }
  }
  const events = async (request: string): Promise<readonly string[]> => (await house.eventsOf(request)).map(({ what }) => what).sort()
  const clientOf = async (name: string): Promise<ShownClient | undefined> =>
    (await house.all<ShownClient>('/clients', 50)).find(({ clientId }) => clientId === `gateway ${name}.localhost:9001`)

  test('a route is made, read, changed and deleted with its client, and the record says so', async () => {
    const made = await house.ask('POST', '/routes', goodRoute)
    const { id, createdAtMs, ...rest } = made.json
    assert.deepEqual([made.status, rest, createdAtMs], [201, { ...goodRoute, configured: false, served: true }, house.clock.wallMs()])
    assert.deepEqual(await events(made.request), ['client.created', 'route.created'])
    const path = `/routes/${String(id)}`
    const read = await house.ask('GET', path)
    assert.deepEqual([read.json, read.etag], [made.json, made.etag])
    assert.deepEqual((await clientOf('wiki'))?.redirectUris, ['http://wiki.localhost:9001/.countersign/callback'])

    const moved = await house.ask('PATCH', path, { upstream: 'http://127.0.0.1:3002' }, undefined, made.etag)
    assert.deepEqual(moved.json, { ...made.json, upstream: 'http://127.0.0.1:3002' })
    assert.deepEqual(await events(moved.request), ['route.changed'])
    const same = await house.ask('PATCH', path, { upstream: 'http://127.0.0.1:3002' }, undefined, moved.etag)
    assert.deepEqual([same.etag, await events(same.request)], [moved.etag, []], 'nothing changed')
    const renamed = await house.ask('PATCH', path, { name: 'The wiki' }, undefined, moved.etag)
    assert.deepEqual(await events(renamed.request), ['client.changed', 'route.changed'])

    const impact = await house.ask('GET', `${path}/impact`)
    const broken = { origin: goodRoute.origin, paths: 2, open: 1, client: 'gateway wiki.localhost:9001' }
    assert.deepEqual([impact.json, impact.etag], [broken, renamed.etag], 'what is looked at is what is deleted')
    assert.equal((await house.ask('DELETE', path, undefined, undefined, made.etag)).code, 'routes.changed')
    const gone = await house.ask('DELETE', path, undefined, undefined, impact.etag)
    assert.deepEqual([gone.status, await events(gone.request)], [204, ['client.deleted', 'route.deleted']])
    assert.equal(await clientOf('wiki'), undefined)
    for (const [method, body] of [['GET'], ['PATCH', { name: 'Again' }], ['DELETE']] as const)
      assert.equal((await house.ask(method, path, body, undefined, '"v1"')).code, 'admin.not_found')
  })

  test('two changes of what was read once: one is made, and whoever did not read cannot change', async () => {
    const { path, etag } = await create('raced')
    const both = await Promise.all(
      [3_003, 3_004].map(async (port) => house.ask('PATCH', path, { upstream: `http://127.0.0.1:${port}` }, undefined, etag)),
    )
    assert.deepEqual(both.map(({ code }) => code ?? 'made').sort(), ['made', 'routes.changed'])
    const winner = both.find(({ code }) => code === undefined)
    assert.equal((await house.ask('GET', path)).json['upstream'], winner?.json['upstream'])
    assert.equal((await house.ask('PATCH', path, { name: 'Unread' })).code, 'request.version_missing')
    await house.ask('DELETE', path)
  })

  test('routes are listed page by page, those of the configuration first, and those are changed there alone', async () => {
    const made = [await create('one'), await create('two'), await create('three')].map(({ path }) => path.replace('/routes/', ''))
    const all = await house.all<Shown>('/routes', 2)
    const [configured, ...stored] = all
    assert.deepEqual([configured?.origin, configured?.configured], ['http://notes.localhost:9001', true])
    assert.deepEqual(
      stored.map(({ id }) => id),
      made,
    )
    const path = `/routes/${configured?.id ?? ''}`
    const read = await house.ask('GET', path)
    assert.equal(read.json['audience'], 'notes-app')
    assert.equal((await house.ask('PATCH', path, { name: 'Mine' }, undefined, read.etag)).code, 'admin.configured')
    assert.equal((await house.ask('DELETE', path)).code, 'admin.configured')
    assert.equal((await house.ask('GET', `${path}/impact`)).json['refused'], 'admin.configured')
    assert.equal((await house.ask('GET', '/routes?cursor=p1.x')).code, 'routes.bad_cursor')
    for (const id of made) await house.ask('DELETE', `/routes/${id}`)
  })

  test('a route shadows no other one and is told no assertion of another app', async () => {
    const { path, etag } = await create('alone')
    const conflicts = [
      [at('notes'), 'routes.configured_origin'],
      [at('alone'), 'routes.taken'],
      [{ ...at('thief'), audience: 'notes-app' }, 'routes.audience_taken'],
      [{ ...at('thief'), audience: 'http://notes.localhost:9001' }, 'routes.audience_taken'],
      [{ ...at('thief'), audience: 'http://alone.localhost:9001' }, 'routes.audience_taken'],
    ] as const
    for (const [route, code] of conflicts) assert.equal((await house.ask('POST', '/routes', route)).code, code)
    const stolen = await house.ask('PATCH', path, { audience: 'notes-app' }, undefined, etag)
    assert.equal(stolen.code, 'routes.audience_taken')
    assert.equal(await clientOf('thief'), undefined, 'nothing of it was kept')
    await house.ask('DELETE', path)
  })

  test('the client of a route is changed with its route alone', async () => {
    const { path } = await create('kept')
    const { id } = (await clientOf('kept')) ?? assert.fail()
    const { etag } = await house.ask('GET', `/clients/${id}`)
    const { json: impact } = await house.ask('GET', `/clients/${id}/impact`)
    assert.deepEqual([impact['refused'], impact['declaredBy']], ['admin.gateway_client', 'route'])
    const evil = { redirectUris: ['https://evil.example/callback'] }
    const asked = [
      house.ask('PATCH', `/clients/${id}`, evil, undefined, etag),
      house.ask('DELETE', `/clients/${id}`),
      house.ask('POST', `/clients/${id}/secrets`),
      house.ask('PUT', `/clients/${id}/roles/owner`),
    ]
    for (const { code } of await Promise.all(asked)) assert.equal(code, 'admin.gateway_client')
    await house.ask('DELETE', path)
  })

  test("somebody's own client does not become one that people are not asked about", async () => {
    const client = { clientId: 'gateway planted.localhost:9001', name: 'Planted', kind: 'confidential', grantTypes: ['client_credentials'] }
    const { status } = await house.ask('POST', '/clients', client)
    assert.equal(status, 201)
    assert.equal((await house.ask('POST', '/routes', at('planted'))).code, 'client.exists')
    assert.ok(!(await house.all<Shown>('/routes', 50)).some(({ origin }) => origin === 'http://planted.localhost:9001'))
  })

  hostileRoutes(house)
}

/** What is wrong, and the member that is told to be; `malformed` where it has not even the shape. */
const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['a host with a user', { origin: 'http://notes.localhost:9001@evil.localhost:9001' }, 'origin'],
  ['a host with a final dot', { origin: 'http://wiki.localhost.:9001' }, 'origin'],
  ['a host with an empty label', { origin: 'http://wiki..localhost:9001' }, 'origin'],
  ['a host in another script', { origin: 'http://wíki.localhost:9001' }, 'origin'],
  ['a host in capitals', { origin: 'http://WIKI.localhost:9001' }, 'origin'],
  ['every host', { origin: 'http://*.localhost:9001' }, 'origin'],
  ['a path in the origin', { origin: 'http://wiki.localhost:9001/x' }, 'malformed'],
  ['a backslash in the origin', { origin: 'http://wiki.localhost:9001\\x' }, 'origin'],
  ['a line break in the origin', { origin: 'http://wiki.localhost:9001\n' }, 'origin'],
  ["the scheme's own port, said", { origin: 'http://wiki.localhost:80' }, 'origin'],
  ['another scheme than the gateway', { origin: 'https://wiki.example' }, 'origin'],
  ['plain http off this machine', { origin: 'http://wiki.example:9001' }, 'origin'],
  ['the identity server itself', { origin: 'http://localhost:9000' }, 'origin'],
  ['no scheme of the web', { origin: 'ftp://wiki.localhost:9001' }, 'malformed'],
  ['metadata of a cloud', { upstream: 'http://169.254.169.254' }, 'upstream'],
  ['the same as a number', { upstream: 'http://2852039166' }, 'upstream'],
  ['the same in octal', { upstream: 'http://0251.0376.0251.0376' }, 'upstream'],
  ['the same as IPv6', { upstream: 'http://[::ffff:169.254.169.254]' }, 'upstream'],
  ['the same through NAT64', { upstream: 'http://[64:ff9b::169.254.169.254]' }, 'upstream'],
  ['metadata by IPv6', { upstream: 'http://[fd00:ec2::254]' }, 'upstream'],
  ['link-local', { upstream: 'http://[fe80::1]:3000' }, 'upstream'],
  ["nobody's address", { upstream: 'http://0.0.0.0:3000' }, 'upstream'],
  ['every address', { upstream: 'http://[::]:3000' }, 'upstream'],
  ['a group', { upstream: 'http://224.0.0.1:3000' }, 'upstream'],
  ["the gateway's own listener", { upstream: 'http://127.0.0.1:9001' }, 'upstream'],
  ['the same by name', { upstream: 'http://localhost:9001' }, 'upstream'],
  ['the same by IPv6', { upstream: 'http://[::1]:9001' }, 'upstream'],
  ['the same by IPv4 in IPv6', { upstream: 'http://[::ffff:127.0.0.1]:9001' }, 'upstream'],
  ['a name and a password for the app', { upstream: 'http://user:secret@127.0.0.1:3001' }, 'upstream'],
  ['a socket', { upstream: 'unix:/run/admin.sock' }, 'malformed'],
  ['a socket as a host', { upstream: 'http://unix:admin.sock' }, 'upstream'],
  ['https to the app', { upstream: 'https://127.0.0.1:3001' }, 'malformed'],
  ['a path behind the app', { upstream: 'http://127.0.0.1:3001/admin' }, 'malformed'],
  ['a port that is none', { upstream: 'http://127.0.0.1:0' }, 'upstream'],
  ['a path upwards', { paths: [{ ...reading, path: '/a/../b' }] }, 'paths'],
  ['a path upwards in escapes', { paths: [{ ...reading, path: '/a/%2e%2e/b' }] }, 'paths'],
  ['an escaped slash', { paths: [{ ...reading, path: '/a%2fb' }] }, 'paths'],
  ['an escaped slash, twice', { paths: [{ ...reading, path: '/a%252fb' }] }, 'paths'],
  ['a doubled slash', { paths: [{ ...reading, path: '/a//b' }] }, 'paths'],
  ['a parameter in a path', { paths: [{ ...reading, path: '/a;b' }] }, 'paths'],
  ['a query in a path', { paths: [{ ...reading, path: '/a?b' }] }, 'paths'],
  ['a star in the middle', { paths: [{ ...reading, path: '/a/*/b' }] }, 'paths'],
  ["the gateway's own paths", { paths: [{ ...reading, path: '/.countersign/callback' }] }, 'paths'],
  ['paths that differ in case', { paths: [reading, { ...reading, path: '/A' }, { ...reading, path: '/a' }] }, 'paths'],
  ['one path twice', { paths: [reading, reading] }, 'paths'],
  ['open and decided', { paths: [{ ...reading, open: 'anyone' }] }, 'paths'],
  ['neither open nor decided', { paths: [{ path: '/*' }] }, 'paths'],
  ['a method that is not forwarded', { paths: [{ ...reading, methods: ['TRACE'] }] }, 'paths'],
  ['an action that its store does not know', { paths: [{ ...reading, action: 'own' }] }, 'paths.0'],
  ['no path', { paths: [] }, 'malformed'],
  ['open for somebody', { paths: [{ path: '/*', open: 'everybody' }] }, 'malformed'],
  ["Countersign's own policies", { policyStore: 'countersign' }, 'policyStore'],
  ['no such policies', { policyStore: 'nothing' }, 'policyStore'],
  ['a name that turns text around', { name: 'Wiki\u202e' }, 'name'],
  ['a header that frames', { addHeaders: { 'transfer-encoding': 'chunked' } }, 'addHeaders'],
  ['a cookie for everybody', { addHeaders: { 'set-cookie': 'a=b' } }, 'addHeaders'],
  ['a header of two lines', { addHeaders: { 'x-a': 'b\r\nset-cookie: a=b' } }, 'addHeaders'],
  ['a control character in the audience', { audience: 'a\u0000b' }, 'malformed'],
  ['an id of its own', { id: 'rte_0000000000000000000000' }, 'malformed'],
  ['a client of its choice', { clientId: 'countersign-cli' }, 'malformed'],
  ['that it is configured', { configured: true }, 'malformed'],
  ['another tenant', { tenant: 'ten_0000000000000000000000' }, 'malformed'],
]

function hostileRoutes(house: AskingHouse): void {
  for (const [says, wrong, member] of hostile) {
    test(`a route with ${says} is refused, when it is made and when it is changed`, async () => {
      const made = await house.ask('POST', '/routes', { ...goodRoute, ...wrong })
      assert.deepEqual(
        [made.status, memberOf(made.json)],
        member === 'malformed' ? [400, member] : [422, member],
        JSON.stringify(made.json),
      )
      if ('origin' in wrong) return
      const good = await house.ask('POST', '/routes', goodRoute)
      const path = `/routes/${String(good.json['id'])}`
      const changed = await house.ask('PATCH', path, wrong, undefined, good.etag)
      assert.equal(memberOf(changed.json), member)
      assert.equal((await house.ask('GET', path)).etag, good.etag)
      await house.ask('DELETE', path)
    })
  }

  test('another origin is another route', async () => {
    const good = await house.ask('POST', '/routes', goodRoute)
    const path = `/routes/${String(good.json['id'])}`
    for (const wrong of [{ origin: 'http://other.localhost:9001' }, {}])
      assert.equal((await house.ask('PATCH', path, wrong, undefined, good.etag)).code, 'request.malformed')
    await house.ask('DELETE', path)
  })
}

function memberOf(json: Readonly<Record<string, unknown>>): string {
  if (json['code'] === 'request.malformed') return 'malformed'
  const [first] = (json['mistakes'] ?? []) as readonly { readonly member: string }[]
  return first?.member ?? `nothing: ${String(json['code'])}`
}
