/** Clients through the admin API. @module */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
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

  test('whoever saw an older version of a client deletes nothing', async () => {
    const made = await register({ name: 'Seen' })
    const path = `/clients/${made.id}`
    const { etag } = await house.ask('GET', path)
    const changed = await house.change(path, { name: 'Changed' })
    assert.equal((await house.ask('DELETE', path, undefined, undefined, etag)).code, 'client.changed')
    assert.equal((await house.ask('DELETE', path, undefined, undefined, changed.etag)).status, 204)
  })

  test('clients are listed page by page, each once', async () => {
    for (const name of ['A', 'B', 'C']) await register({ name })
    const seen = (await house.all<{ readonly id: string }>('/clients', 2)).map(({ id }) => id)
    assert.equal(new Set(seen).size, seen.length)
    assert.ok(seen.length >= 3)
  })

  test('a client is changed by whoever saw its latest version, and what is taken away ends its tokens', async () => {
    const made = await register({ scopes: ['notes:read', 'notes:write'] })
    const path = `/clients/${made.id}`
    const first = await house.ask('GET', path)
    const renamed = await house.ask('PATCH', path, { name: 'Renamed', accessTokenSeconds: 600 }, undefined, first.etag)
    assert.deepEqual(
      [renamed.json['name'], renamed.json['accessTokenSeconds'], renamed.json['scopes']],
      ['Renamed', 600, ['notes:read', 'notes:write']],
    )
    assert.notEqual(renamed.etag, first.etag)
    assert.equal((await house.ask('PATCH', path, { name: 'Late' }, undefined, first.etag)).code, 'client.changed')
    assert.equal((await house.ask('PATCH', path, { name: 'Blind' })).code, 'request.version_missing')
    const narrowed = await house.ask('PATCH', path, { scopes: ['notes:read'] }, undefined, renamed.etag)
    assert.deepEqual(narrowed.json['scopes'], ['notes:read'])
    const [event] = await house.eventsOf(narrowed.request)
    assert.deepEqual([event?.what, event?.about, event?.facts?.['endsTokens']], ['client.changed', made.id, true])
  })

  test('of many changes to one version, one is made', async () => {
    const made = await register()
    const { etag } = await house.ask('GET', `/clients/${made.id}`)
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, at) => house.ask('PATCH', `/clients/${made.id}`, { name: `N${at}` }, undefined, etag)),
    )
    assert.deepEqual(
      answers.map(({ status }) => status).sort((left, right) => left - right),
      [200, 412, 412, 412, 412, 412],
    )
  })

  test('a secret is changed without an outage: two live together, then the old one goes', async () => {
    const made = await register()
    const path = `/clients/${made.id}/secrets`
    const added = await house.ask('POST', path)
    const next = String(added.json['secret'])
    const told = async ({ request }: Answered): Promise<unknown> =>
      (await house.eventsOf(request)).map(({ what, about, facts }) => [what, about, facts?.['number']])
    assert.deepEqual(await told(added), [['client.secret_added', made.id, 2]])
    assert.equal((await token(made.clientId, made.secret)).statusCode, 200)
    assert.equal((await token(made.clientId, next)).statusCode, 200)
    assert.equal((await house.ask('POST', path)).code, 'client.too_many_secrets')
    const listed = await house.ask('GET', path)
    assert.deepEqual(
      (listed.json['items'] as readonly { readonly number: number }[]).map(({ number }) => number),
      [1, 2],
    )
    assert.ok(!JSON.stringify(listed.json).includes(next))
    const removed = await house.ask('DELETE', `${path}/1`)
    assert.deepEqual([removed.status, await told(removed)], [204, [['client.secret_removed', made.id, 1]]])
    assert.equal((await token(made.clientId, made.secret)).statusCode, 401)
    assert.equal((await token(made.clientId, next)).statusCode, 200)
    assert.equal((await house.ask('DELETE', `${path}/1`)).code, 'admin.not_found')
    for (const number of ['0', '-1', 'x', '1e1']) assert.equal((await house.ask('DELETE', `${path}/${number}`)).code, 'request.malformed')
  })

  test('a client with a key of its own has no secret, and its private half is refused', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'mine' }
    const made = await house.ask('POST', '/clients', { ...service, jwks: { keys: [jwk] } })
    const { client } = made.json as {
      readonly client: {
        readonly id: string
        readonly tokenEndpointAuthMethod: string
        readonly jwks: { readonly keys: readonly object[] }
      }
    }
    assert.deepEqual([made.status, 'secret' in made.json, client.tokenEndpointAuthMethod], [201, false, 'private_key_jwt'])
    assert.deepEqual(client.jwks.keys, [{ ...jwk, use: 'sig' }])
    assert.equal((await house.ask('POST', `/clients/${client.id}/secrets`)).code, 'client.invalid_metadata')
    for (const keys of [[{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }], [{ ...jwk, alg: 'none' }], [jwk, jwk], [{}]])
      assert.equal((await house.ask('POST', '/clients', { ...service, jwks: { keys } })).code, 'client.invalid_metadata')
    assert.equal((await house.ask('POST', '/clients', { ...service, jwks: { keys: [] } })).code, 'request.malformed')
    assert.equal(
      (await house.ask('POST', '/clients', { ...service, kind: 'public', jwks: { keys: [jwk] } })).code,
      'client.invalid_metadata',
    )
  })

  test('how a client proves itself is said, and null leaves it to its proofs again', async () => {
    const made = await register({ tokenEndpointAuthMethod: 'client_secret_post' })
    const path = `/clients/${made.id}`
    const posted = async () =>
      house.inject(form('/token', { grant_type: 'client_credentials', client_id: made.clientId, client_secret: made.secret }))
    assert.equal((await posted()).statusCode, 200)
    assert.equal((await token(made.clientId, made.secret)).statusCode, 401, 'the other way of sending a secret')
    const reset = await house.change(path, { tokenEndpointAuthMethod: null })
    assert.equal(reset.json['tokenEndpointAuthMethod'], 'client_secret_basic')
    assert.equal((await token(made.clientId, made.secret)).statusCode, 200)
    for (const tokenEndpointAuthMethod of ['none', 'private_key_jwt'])
      assert.equal((await house.change(path, { tokenEndpointAuthMethod })).code, 'client.invalid_metadata', tokenEndpointAuthMethod)
  })

  test('null sets a member of the metadata back, and nothing else', async () => {
    const made = await register({ accessTokenSeconds: 60, dpopBoundAccessTokens: true, idTokenClaims: 'minimal' })
    const reset = await house.change(`/clients/${made.id}`, { accessTokenSeconds: null, dpopBoundAccessTokens: null })
    const { accessTokenSeconds, dpopBoundAccessTokens, idTokenClaims } = reset.json
    assert.deepEqual([accessTokenSeconds, dpopBoundAccessTokens, idTokenClaims], [900, false, 'minimal'])
    assert.equal((await house.ask('POST', '/clients', { ...service, accessTokenSeconds: null })).code, 'request.malformed')
  })

  test('a client that goes over to keys and back has the secrets of neither time before', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const made = await register()
    const path = `/clients/${made.id}`
    const over = await house.change(path, { jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }] } })
    assert.equal(over.json['tokenEndpointAuthMethod'], 'private_key_jwt')
    assert.ok((await house.eventsOf(over.request)).some(({ what }) => what === 'client.secret_removed'))
    assert.equal((await token(made.clientId, made.secret)).statusCode, 401)
    const back = await house.change(path, { jwks: null })
    assert.deepEqual([back.json['tokenEndpointAuthMethod'], 'jwks' in back.json], ['client_secret_basic', false])
    assert.equal((await token(made.clientId, made.secret)).statusCode, 401)
    const added = await house.ask('POST', `${path}/secrets`)
    assert.equal((await token(made.clientId, String(added.json['secret']))).statusCode, 200)
  })

  test('a client of the configuration is shown and not changed', async () => {
    const own = await house.house.clients.ensure(house.house.operation('test'), {
      clientId: 'countersign-cli',
      name: 'Command line',
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['http://127.0.0.1/callback'],
    })
    const path = `/clients/${own.id}`
    const read = await house.ask('GET', path)
    assert.equal(read.json['configured'], true)
    const tries = [
      await house.ask('PATCH', path, { name: 'Mine' }, undefined, read.etag),
      await house.ask('POST', `${path}/secrets`),
      await house.ask('DELETE', `${path}/secrets/1`),
      await house.ask('DELETE', path),
    ]
    assert.deepEqual(
      tries.map(({ code }) => code),
      tries.map(() => 'admin.configured'),
    )
    assert.equal((await house.ask('GET', path)).etag, read.etag)
  })

  test('a client is registered for tokens that are bound to a key and for pushed requests, and no longer', async () => {
    const made = await register({ dpopBoundAccessTokens: true, requirePushedRequests: true })
    const read = await house.ask('GET', `/clients/${made.id}`)
    assert.deepEqual([read.json['dpopBoundAccessTokens'], read.json['requirePushedRequests']], [true, true])
    await house.ask('PATCH', `/clients/${made.id}`, { dpopBoundAccessTokens: false, requirePushedRequests: false }, undefined, read.etag)
    const after = (await house.ask('GET', `/clients/${made.id}`)).json
    assert.deepEqual([after['dpopBoundAccessTokens'], after['requirePushedRequests']], [false, false])
  })

  for (const change of [
    { firstParty: true },
    { kind: 'public' },
    { clientId: 'x' },
    { id: 'cli_x' },
    { roles: ['owner'] },
    { configured: false },
    { tokenEndpointAuthMethod: 'tls' },
    { jwks: { keys: [] } },
    { name: null },
    { idTokenClaims: 'all' },
    { dpopBoundAccessTokens: 'yes' },
    { requirePushedRequests: 'yes' },
    { unsafelyWithoutPkce: 'yes' },
    {},
  ]) {
    test(`nobody changes a client by ${JSON.stringify(change)}`, async () => {
      const made = await register()
      const { etag } = await house.ask('GET', `/clients/${made.id}`)
      assert.equal((await house.ask('PATCH', `/clients/${made.id}`, change, undefined, etag)).code, 'request.malformed')
    })
  }

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
