import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beyondScopes, grantableClaims, personClaims as claimsOf, standardClaims, type Person } from './claims.ts'

const personClaims = (of: Person, scopes: readonly string[], claims?: readonly string[]) =>
  claimsOf(of, { at: 'userinfo', scopes, claims }, standardClaims)

const person = {
  username: 'alice',
  name: 'Alice',
  email: 'a@example.com',
  emailVerified: true,
  picture: 'https://p.example/a',
  phoneNumber: '+4612345678',
  address: { streetAddress: 'Storgatan 1', postalCode: '111 22' },
}

test('a scope tells what it names and nothing else (OpenID Connect Core section 5.4)', () => {
  assert.deepEqual(personClaims(person, ['openid', 'notes:read']), {})
  assert.deepEqual(personClaims(person, ['profile']), { name: 'Alice', preferred_username: 'alice', picture: 'https://p.example/a' })
  assert.deepEqual(personClaims(person, ['email']), { email: 'a@example.com', email_verified: true })
  assert.deepEqual(personClaims(person, ['phone']), { phone_number: '+4612345678', phone_number_verified: false })
  assert.deepEqual(personClaims(person, ['address']), { address: { street_address: 'Storgatan 1', postal_code: '111 22' } })
})

test('what is not known is not told, and an address is unverified until it was verified', () => {
  assert.deepEqual(personClaims({ username: 'bob' }, ['profile', 'email', 'phone', 'address']), { preferred_username: 'bob' })
  assert.deepEqual(personClaims({ username: 'bob', email: 'b@example.com' }, ['email']), { email: 'b@example.com', email_verified: false })
})

test('a claim that was granted singly is told beside the scopes, and one that nobody knows is not (OpenID Connect Core section 5.5)', () => {
  assert.deepEqual(personClaims(person, ['openid'], ['email', 'nonsense', 'constructor']), { email: 'a@example.com' })
  assert.deepEqual(personClaims(person, ['email'], ['name']), { name: 'Alice', email: 'a@example.com', email_verified: true })
})

test('a client may ask singly for claims of scopes that it is registered for, and for no others', () => {
  const asked = { scopes: ['openid'], claims: { idToken: ['email', 'name', 'toString'], userinfo: ['picture', 'sub'] } }
  const may = (scopes: readonly string[]) => grantableClaims(asked, { scopes }, standardClaims)
  assert.deepEqual(may(['openid', 'email']), { idToken: ['email'], userinfo: [] })
  assert.deepEqual(may(['openid', 'profile']), { idToken: ['name'], userinfo: ['picture'] })
  assert.equal(may(['openid', 'notes:read']), undefined)
  assert.equal(grantableClaims({ ...asked, scopes: ['notes:read'] }, { scopes: ['email'] }, standardClaims), undefined)
})

test('a person is asked for the claims that no scope tells, each once', () => {
  const claims = { idToken: ['email', 'name'], userinfo: ['email', 'picture'] }
  assert.deepEqual(beyondScopes(claims, ['openid', 'profile'], standardClaims), ['email'])
  assert.deepEqual(beyondScopes(claims, ['openid'], standardClaims), ['email', 'name', 'picture'])
  assert.deepEqual(beyondScopes(undefined, ['openid'], standardClaims), [])
})
