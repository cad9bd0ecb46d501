/** Whom the admin API refuses, and what they learn from it. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type Operation, type TenantId } from '#kernel'
import type { Route } from '#http'
import { newFamilyId } from '#tokens'
import { findConsentById, putConsent } from '../../../src/oauth/consents/store.ts'
import { goodPassword } from '../../people.ts'
import { nameOf, type AskingHouse } from './asking.ts'
import { goodRoute } from './routes.ts'

/** What endpoints with a body are asked, so that nothing but the id or the caller can be wrong. */
export const bodies: Readonly<Record<string, unknown>> = {
  'POST /admin/v1/users': { username: 'somebody' },
  'PATCH /admin/v1/users/:user': { state: 'active' },
  'POST /admin/v1/groups': { name: 'Somebodies' },
  'PATCH /admin/v1/groups/:group': { name: 'Others' },
  'POST /admin/v1/clients': { name: 'Something', kind: 'confidential', grantTypes: ['client_credentials'] },
  'PATCH /admin/v1/clients/:client': { name: 'Else' },
  'POST /admin/v1/routes': goodRoute,
  'PATCH /admin/v1/routes/:route': { name: 'Else' },
  'POST /admin/v1/audit/verify': {},
  'PUT /admin/v1/policies/:store': { files: [{ name: 'a.cedar', text: '' }] },
  'POST /admin/v1/policies/:store/roll-back': { digest: 'A'.repeat(43) },
  'POST /admin/v1/policies/check': { store: 'notes', files: [{ name: 'a.cedar', text: '' }] },
  'POST /admin/v1/backups': { holds: 'keys', keys: 'beside' },
}

/** The path with ids of ours or of nobody. */
export function pathOf({ path }: Route, ids: Readonly<Record<string, string>>): string {
  return path.replace('/admin/v1', '').replaceAll(/:(\w+)/g, (_all, name: string) => ids[name] ?? (name === 'number' ? '1' : 'auditor'))
}

export function strangersAreRefused(house: AskingHouse): void {
  const unknown = {
    user: newId('usr'),
    group: newId('grp'),
    client: newId('cli'),
    session: newId('ses'),
    token: newId('fam'),
    route: newId('rte'),
    consent: newId('con'),
  }
  const ask = async (route: Route, ids: Readonly<Record<string, string>>, token?: string) =>
    house.ask(route.method, pathOf(route, ids), bodies[nameOf(route)], token, route.version === 'required' ? '"v1"' : undefined)

  for (const route of house.admin.routes) {
    const name = nameOf(route)
    const named = [...route.path.matchAll(/:(user|group|client|session|token|consent|route)/g)].map(([, kind = '']) => kind)

    test(`${name} is for nobody without a token`, async () => {
      const without = await ask(route, unknown, 'none')
      const forged = await ask(route, unknown, 'at.not.ours')
      assert.deepEqual([without.code, forged.code], ['http.no_credential', 'token.not_valid'])
      const events = await house.events(200)
      assert.ok(!events.some(({ request }) => request === without.request || request === forged.request), 'a stranger writes no row')
    })

    test(`${name} is not for somebody without a role, and the event names the decision`, async () => {
      const answered = await ask(route, unknown, await nobodyToken())
      assert.deepEqual([answered.status, answered.code], [403, 'access.denied'])
      const [event, ...others] = await house.eventsOf(answered.request)
      assert.deepEqual(others, [])
      assert.deepEqual(
        [event?.what, event?.about, event?.outcome, event?.facts?.['code']],
        ['request.refused', route.path, 'refused', 'access.denied'],
      )
      const [kind] = named
      const resource = kind === undefined ? undefined : `${route.resource?.type} ${unknown[kind as 'user']}`
      assert.deepEqual([event?.decision?.effect, event?.decision?.action, event?.decision?.resource], ['deny', route.action, resource])
      assert.doesNotMatch(JSON.stringify(answered.json), /operators-look|owners-do-everything/, 'policy ids are for those who may see them')
    })

    for (const kind of named) {
      test(`${name} does not know ids of nothing, of other kinds and of other tenants`, async () => {
        const other = await anotherTenant()
        for (const id of [unknown[kind as 'user'], other[kind as 'user'], newId('fam'), ...Object.values(other)]) {
          const answered = await ask(route, { ...unknown, [kind]: id })
          if (kind === 'user' && id === house.owner.id) continue
          assert.deepEqual([answered.status, answered.code], [404, 'admin.not_found'], id)
        }
        // Whoever resolves `%2e%2e` asks for another path, which may not know the method.
        for (const id of ['x', `${unknown[kind as 'user']}0`, 'usr_%C3%A9', '%2e%2e'])
          assert.ok([400, 404, ...(id === '%2e%2e' ? [405] : [])].includes((await ask(route, { ...unknown, [kind]: id })).status), id)
      })
    }
  }

  test('what belongs to another tenant is in no list, and was not touched', async () => {
    const other = await anotherTenant()
    for (const path of [
      '/users?limit=200',
      '/groups?limit=200',
      '/clients?limit=200',
      '/routes?limit=200',
      '/sessions?limit=200',
      `/sessions?user=${other.user}`,
      '/tokens?limit=200',
      '/consents?limit=200',
      `/consents?user=${other.user}`,
      `/consents?client=${other.client}`,
      `/tokens?user=${other.user}`,
      `/tokens?client=${other.client}`,
      '/audit/events?limit=200',
      `/audit/events?about=${other.user}`,
    ]) {
      // What we ourselves asked for, by an id that we wrote, is in our own decisions.
      const text = JSON.stringify((await house.ask('GET', path)).json, (key, value: unknown) => (key === 'decision' ? undefined : value))
      for (const id of Object.values(other)) assert.ok(!text.includes(id), `${path} shows ${id}`)
    }
    const op = elsewhere()
    assert.equal((await house.house.identity.findUser(op, other.user))?.state, 'active')
    assert.equal((await house.house.identity.findGroup(op, other.group))?.name, 'Elsewhere')
    assert.ok(await house.house.clients.get(op, other.client))
    assert.ok(await house.house.sessions.get(op, other.session))
    assert.ok(await house.house.tokens.findFamily(op, other.token))
    assert.equal((await house.house.routing.find(op, other.route))?.name, goodRoute.name)
    assert.ok(await house.house.ground.store.read(op, async (db) => findConsentById(db, op, other.consent)))
  })

  test('a token for something else is refused: another audience, and the ID token', async () => {
    const api = await house.client({
      name: 'Other API',
      kind: 'confidential',
      grantTypes: ['client_credentials'],
      audiences: ['https://api.example'],
    })
    await house.house.identity.assignRole(house.house.operation('test'), { to: api.id, role: 'owner' })
    const token = await house.tokenOf({ id: api.id, clientId: api.clientId, secret: api.secret ?? '' })
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'token.not_valid')
  })

  test('a token that has run out is refused, at the second that it says', async () => {
    const service = await house.service('Short', 'owner')
    const token = await house.tokenOf(service)
    house.clock.forwardMs(900_000 - 1_000)
    assert.equal((await house.ask('GET', '/clients', undefined, token)).status, 200)
    house.clock.forwardMs(1_000)
    assert.equal((await house.ask('GET', '/clients', undefined, token)).code, 'token.not_valid')
  })

  test('a session cookie is no credential here, and beside a token it is refused', async () => {
    const person = await house.user('cookie-owner', 'owner')
    const browser = await house.signIn(person)
    const cookie = `countersign_session=${browser.cookies.get('countersign_session')}`
    const alone = await house.inject({ method: 'GET', url: '/admin/v1/users', headers: { cookie } })
    assert.deepEqual([alone.statusCode, alone.json()['code']], [401, 'http.no_credential'])
    const authorization = `Bearer ${await house.tokenOf(person)}`
    const both = await house.inject({ method: 'GET', url: '/admin/v1/users', headers: { cookie, authorization } })
    assert.deepEqual([both.statusCode, both.json()['code']], [400, 'credentials.disagree'])
  })

  test('an Authorization header that is no bearer token is said to be unreadable', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'bearer é']) {
      const answer = await house.inject({ method: 'GET', url: '/admin/v1/users', headers: { authorization } })
      assert.equal(answer.statusCode, 401)
      assert.equal(answer.json()['code'], 'credentials.malformed')
      assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
    }
  })

  const nobodyToken = once(async () => house.tokenOf(await house.user('nobody-special')))
  const tenant: TenantId = newId('ten')
  const elsewhere = (): Operation => ({ ...house.house.operation('test'), tenant })
  const anotherTenant = once(async () => {
    const { identity, sessions, clients, tokens, ground } = house.house
    const user = await identity.createUser(elsewhere(), { username: 'elsewhere', password: goodPassword, roles: ['owner'] })
    const found = await identity.findUser(elsewhere(), user)
    const { session } = await sessions.begin(elsewhere(), { user, generation: found?.generation ?? 0, acr: '1fa', amr: ['pwd'] })
    const { client } = await clients.create(elsewhere(), { name: 'Elsewhere', kind: 'confidential', grantTypes: ['client_credentials'] })
    const group = await identity.createGroup(elsewhere(), { name: 'Elsewhere' })
    const { id: token } = await ground.store.write(elsewhere(), async (tx) =>
      tokens.startFamily(tx, elsewhere(), {
        id: newFamilyId(),
        client: client.id,
        user,
        session: session.id,
        scopes: [],
        audience: ['https://api.example'],
        lives: 'offline',
        proof: { acr: '1fa', amr: ['pwd'], authTimeMs: session.authTimeMs },
        accessToken: newId('tok'),
      }),
    )
    const consent = newId('con')
    await ground.store.write(elsewhere(), async (tx) =>
      putConsent(tx, tenant, { id: consent, user, client: client.id, scopes: [], claims: [], givenAtMs: session.authTimeMs }),
    )
    const routed = await house.house.routing.create(elsewhere(), goodRoute)
    assert.ok(routed.is === 'done')
    return { user, group, client: client.id, session: session.id, token, consent, route: routed.route.id }
  })
}

/** Makes something when it is first asked for. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return async () => (made ??= make())
}
