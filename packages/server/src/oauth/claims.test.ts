import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personClaims } from './claims.ts'

const person = { username: 'alice', name: 'Alice', email: 'a@example.com', emailVerified: true, picture: 'https://p.example/a' }

test('a scope tells what it names and nothing else (OpenID Connect Core section 5.4)', () => {
  assert.deepEqual(personClaims(person, ['openid', 'notes:read']), {})
  assert.deepEqual(personClaims(person, ['profile']), { name: 'Alice', preferred_username: 'alice', picture: 'https://p.example/a' })
  assert.deepEqual(personClaims(person, ['email']), { email: 'a@example.com', email_verified: true })
})

test('what is not known is not told, and an address is unverified until it was verified', () => {
  assert.deepEqual(personClaims({ username: 'bob' }, ['profile', 'email']), { preferred_username: 'bob' })
  assert.deepEqual(personClaims({ username: 'bob', email: 'b@example.com' }, ['email']), { email: 'b@example.com', email_verified: false })
})
