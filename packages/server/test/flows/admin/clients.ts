/** Clients through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basic, form } from '../oauth-house.ts'
import type { Answered, AskingHouse } from './asking.ts'

const service = { name: 'Reports', kind: 'confidential', grantTypes: ['client_credentials'], scopes: ['notes:read'] } as const

export function clientsAreAdministered(house: AskingHouse): void {
  const register = async (more: object = {}): Promise<Answered & { id: string; clientId: string; secret: string }> => {
    const answered = await house.ask('POST', '/clients', { ...service, ...more })
    assert.equal(answered.status, 201)
    const { client, secret } = answered.json as {
      readonly client: { readonly id: string; readonly clientId: string }
      readonly secret: string
    }
    return { ...answered, id: client.id, clientId: client.clientId, secret }
  }
  const token = async (clientId: string, secret: string) =>
    house.inject(form('/token', { grant_type: 'client_credentials' }, { authorization: basic(clientId, secret) }))

  test('a client is registered, and its secret is shown this once and works', async () => {
    const made = await register()
    assert.match(made.secret, /^\S{32,}$/)
    assert.equal((await token(made.clientId, made.secret)).statusCode, 200)
    assert.ok((await house.eventsOf(made.request)).some(({ what, about }) => what === 'client.created' && about === made.id))
    const read = await house.ask('GET', `/clients/${made.id}`)
    const listed = await house.ask('GET', '/clients?limit=200')
    assert.deepEqual(
      (listed.json['items'] as readonly { readonly id: string }[]).find(({ id }) => id === made.id),
      read.json,
    )
    assert.deepEqual(read.json, (made.json as { readonly client: object }).client)
    for (const text of [JSON.stringify(read.json), JSON.stringify(listed.json), JSON.stringify(await house.events())])
      assert.ok(!text.includes(made.secret), 'the secret is nowhere else')
  })

  test('a public client has no secret', async () => {
    const asked = {
      name: 'Phone',
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['com.example.phone:/cb'],
      clientId: 'phone',
    }
    const made = await house.ask('POST', '/clients', asked)
    assert.equal(made.status, 201)
    assert.ok(!('secret' in made.json))
    assert.equal((made.json as { readonly client: { readonly clientId: string } }).client.clientId, 'phone')
    assert.equal((await house.ask('POST', '/clients', asked)).code, 'client.exists')
  })

  test('a role is given to a client and taken, and counts from the next request on', async () => {
    const service = await house.service('Reader')
    const held = await house.tokenOf(service)
    const path = `/clients/${service.id}`
    assert.equal((await house.ask('GET', '/users', undefined, held)).code, 'access.denied')
    const given = await house.ask('PUT', `${path}/roles/auditor`)
    assert.deepEqual([given.status, given.json['roles']], [200, ['auditor']])
    assert.ok((await house.eventsOf(given.request)).some(({ what, about }) => what === 'role.assigned' && about === service.id))
    assert.equal((await house.ask('GET', '/users', undefined, held)).status, 200)
    assert.deepEqual((await house.ask('DELETE', `${path}/roles/auditor`)).json['roles'], [])
    assert.equal((await house.ask('GET', '/users', undefined, held)).code, 'access.denied')
  })

  test('a client that is deleted leaves no role behind', async () => {
    const service = await house.service('Only one', 'archivist')
    const gone = await house.ask('DELETE', `/clients/${service.id}`)
    assert.ok((await house.eventsOf(gone.request)).some(({ what, about }) => what === 'role.withdrawn' && about === service.id))
    assert.equal(await house.house.identity.isRoleHeld(house.house.operation('test'), 'archivist'), false)
  })

  test('a client that is deleted is out at once: its token and its secret', async () => {
    const admin = await house.service('Deleted', 'owner')
    const held = await house.tokenOf(admin)
    assert.equal((await house.ask('GET', '/clients', undefined, held)).status, 200)
    const gone = await house.ask('DELETE', `/clients/${admin.id}`)
    assert.equal(gone.status, 204)
    assert.ok((await house.eventsOf(gone.request)).some(({ what, about }) => what === 'client.deleted' && about === admin.id))
    assert.equal((await house.ask('GET', '/clients', undefined, held)).code, 'token.not_valid')
    assert.equal((await token(admin.clientId, admin.secret)).statusCode, 401)
    assert.equal((await house.ask('GET', `/clients/${admin.id}`)).code, 'admin.not_found')
    assert.equal((await house.ask('DELETE', `/clients/${admin.id}`)).code, 'admin.not_found')
  })

  test('clients are listed page by page, each once', async () => {
    for (const name of ['A', 'B', 'C']) await register({ name })
    const seen = (await house.all<{ readonly id: string }>('/clients', 2)).map(({ id }) => id)
    assert.equal(new Set(seen).size, seen.length)
    assert.ok(seen.length >= 3)
  })

  for (const row of [
    { says: 'no name', more: { name: undefined }, code: 'request.malformed' },
    { says: 'an empty name', more: { name: '' }, code: 'request.malformed' },
    { says: 'a name of 129 characters', more: { name: 'x'.repeat(129) }, code: 'request.malformed' },
    { says: 'a name with a control character', more: { name: 'a\u001b[2Jb' }, code: 'client.invalid_metadata' },
    { says: 'a name that turns the text around', more: { name: 'a\u202eb' }, code: 'client.invalid_metadata' },
    { says: 'another kind', more: { kind: 'secret' }, code: 'request.malformed' },
    { says: 'no grants', more: { grantTypes: [] }, code: 'request.malformed' },
    { says: 'a grant that is not offered', more: { grantTypes: ['password'] }, code: 'request.malformed' },
    { says: 'a public client for itself', more: { kind: 'public' }, code: 'client.invalid_metadata' },
    { says: 'a code without a redirect', more: { grantTypes: ['authorization_code'] }, code: 'client.invalid_metadata' },
    {
      says: 'a redirect to plain http',
      more: { grantTypes: ['authorization_code'], redirectUris: ['http://app.example/cb'] },
      code: 'client.invalid_redirect_uri',
    },
    {
      says: 'a redirect to a script',
      more: { grantTypes: ['authorization_code'], redirectUris: ['javascript:alert(1)'] },
      code: 'client.invalid_redirect_uri',
    },
    { says: 'a client_id beyond ASCII', more: { clientId: 'Zoë' }, code: 'client.invalid_metadata' },
    { says: 'the trust of our own apps', more: { firstParty: true }, code: 'request.malformed' },
  ]) {
    test(`a client is not registered with ${row.says}`, async () => {
      assert.equal((await house.ask('POST', '/clients', { ...service, ...row.more })).code, row.code)
    })
  }
}
