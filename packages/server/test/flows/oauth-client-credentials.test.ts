import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basic, claimsOf, form, issuer, openHouse } from './oauth-house.ts'

const house = await openHouse()
const { client, secret } = await house.clients.create(house.op(), {
  name: 'Reports',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  scopes: ['notes:read', 'notes:write', 'openid'],
  audiences: ['https://api.example', 'https://other.example'],
})
const password = secret?.reveal() ?? ''
const headers = { authorization: basic(client.clientId, password) }
const ask = async (fields: Record<string, string>, more: Record<string, string> = headers) =>
  house.inject(form('/token', { grant_type: 'client_credentials', ...fields }, more))

test('a client gets a token for itself, and the record says so (RFC 6749 section 4.4)', async () => {
  house.recording.events.length = 0
  const response = await ask({ scope: 'notes:read' })
  assert.equal(response.statusCode, 200)
  const body = response.json()
  assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
  assert.equal(body.expires_in, 900)
  assert.equal(body.scope, 'notes:read')
  const { jti, iat, exp, gen, ...claims } = claimsOf(body.access_token)
  assert.equal(Number(exp) - Number(iat), 900)
  assert.equal(typeof gen, 'number')
  assert.deepEqual(claims, { iss: issuer, aud: 'https://api.example', sub: client.id, client_id: client.clientId, scope: 'notes:read' })
  assert.deepEqual(
    house.recording.events.map(({ what, about, outcome, facts, actor }) => ({
      what,
      about,
      outcome,
      facts,
      actor: 'id' in actor && actor.id,
    })),
    [{ what: 'grant.client_credentials', about: jti, outcome: 'done', facts: { client: client.id }, actor: client.id }],
  )
  const { actor } = house.recording.events[0] ?? assert.fail()
  assert.deepEqual('proof' in actor && [actor.proof.acr, actor.credential.kind], ['client', 'client'])
  const principal = await house.tokens.verifyAccessToken(house.op(), body.access_token, 'https://api.example')
  assert.deepEqual([principal.is, principal.id, principal.credential.scopes], ['service', client.id, ['notes:read']])
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers['pragma'], 'no-cache')
  assert.equal(response.headers['access-control-allow-origin'], '*')
})

test('without a scope it gets all that are its own, and none about a person', async () => {
  assert.equal((await ask({})).json().scope, 'notes:read notes:write')
})

test('by form as well as by Basic', async () => {
  const response = await ask({ client_id: client.clientId, client_secret: password }, {})
  assert.equal(response.statusCode, 200)
})

test('a resource that is registered becomes the audience (RFC 8707)', async () => {
  const { access_token: token } = (await ask({ resource: 'https://other.example' })).json()
  assert.equal(claimsOf(token)['aud'], 'https://other.example')
})

const refusals = [
  { says: 'a wrong secret', headers: { authorization: basic(client.clientId, `${password}x`) }, status: 401, error: 'invalid_client' },
  { says: 'an unknown client', headers: { authorization: basic('nobody', password) }, status: 401, error: 'invalid_client' },
  { says: 'no secret', fields: { client_id: client.clientId }, headers: {}, status: 401, error: 'invalid_client' },
  { says: 'nobody at all', headers: {}, status: 401, error: 'invalid_client' },
  { says: 'two methods', fields: { client_secret: password }, status: 400, error: 'invalid_request' },
  { says: 'two client ids', fields: { client_id: 'another' }, status: 400, error: 'invalid_request' },
  { says: 'no grant type', fields: { grant_type: '' }, status: 400, error: 'invalid_request' },
  { says: 'an unknown grant type', fields: { grant_type: 'password' }, status: 400, error: 'unsupported_grant_type' },
  { says: 'a grant that is not registered', fields: { grant_type: 'authorization_code' }, status: 400, error: 'unauthorized_client' },
  { says: 'a scope too many', fields: { scope: 'notes:read admin' }, status: 400, error: 'invalid_scope' },
  { says: 'a scope about a person', fields: { scope: 'openid' }, status: 400, error: 'invalid_scope' },
  { says: 'a malformed scope', fields: { scope: 'notes:read  notes:write' }, status: 400, error: 'invalid_scope' },
  { says: 'an unregistered resource', fields: { resource: 'https://api.example/' }, status: 400, error: 'invalid_target' },
]

for (const row of refusals) {
  test(`a token request is refused: ${row.says}`, async () => {
    house.recording.events.length = 0
    const response = await ask(row.fields ?? {}, row.headers ?? headers)
    assert.equal(response.statusCode, row.status)
    const body = response.json()
    assert.equal(body.error, row.error)
    assert.doesNotMatch(response.body, /access_token/)
    assert.equal(response.headers['access-control-allow-origin'], '*')
    if (row.status === 401) assert.match(String(response.headers['www-authenticate']), /^Basic /)
    assert.deepEqual(house.recording.names(), [])
  })
}

test('a refusal to a client that proved itself is recorded; one to a stranger is counted', async () => {
  const recorded = house.recorded.length
  await ask({ scope: 'admin' })
  assert.deepEqual(
    house.recorded.slice(recorded).map(({ event }) => event.facts),
    [{ code: 'grant.scope', method: 'POST' }],
  )
  const counted = house.counted.length
  await ask({}, { authorization: basic(client.clientId, 'wrong') })
  assert.deepEqual(house.counted.slice(counted), ['client_auth.failed'])
  assert.equal(house.recorded.length, recorded + 1)
})

test('failures are limited, and the right secret passes all the same', async () => {
  const wrong = { authorization: basic(client.clientId, 'wrong') }
  let status = 0
  for (let tries = 0; tries < 200 && status !== 429; tries += 1) status = (await ask({}, wrong)).statusCode
  assert.equal(status, 429)
  assert.equal((await ask({}, wrong)).json().code, 'limit.too_many_attempts')
  assert.equal((await ask({})).statusCode, 200)
})
