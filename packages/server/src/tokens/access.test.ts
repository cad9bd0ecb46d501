import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier } from '#kernel'
import { accessClaims, type AccessGrant } from './access.ts'
import { accessTokenHash, idTokenClaims, idTokenSeconds, judgeIdTokenHint } from './id-token.ts'

const clientId = readClientIdentifier('app') ?? assert.fail()
const grant: AccessGrant = {
  token: newId('tok'),
  client: newId('cli'),
  clientId,
  subject: { is: 'client' },
  scopes: [],
  audience: ['https://api.example'],
  generation: 0,
  lifetimeSeconds: 900,
}

test('times are whole seconds, rounded down', () => {
  const { iat, exp } = accessClaims('i', grant, 1_999)
  assert.deepEqual([iat, exp], [1, 901])
})

test('a token does not outlive what it depends on', () => {
  assert.equal(accessClaims('i', { ...grant, endsByMs: 901_000 }, 1_999).exp, 901)
  assert.equal(accessClaims('i', { ...grant, endsByMs: 900_999 }, 1_999).exp, 900)
})

test('one audience is text, several are a list, none is a defect', () => {
  assert.equal(accessClaims('i', grant, 0).aud, 'https://api.example')
  assert.deepEqual(accessClaims('i', { ...grant, audience: ['a', 'b'] }, 0).aud, ['a', 'b'])
  assert.throws(() => accessClaims('i', { ...grant, audience: [] }, 0), /audience/)
})

test('without scopes there is no scope claim', () => {
  assert.equal('scope' in accessClaims('i', grant, 0), false)
  assert.equal(accessClaims('i', { ...grant, scopes: ['a', 'b'] }, 0).scope, 'a b')
})

test('an ID token says who signed in and how, and what is known of them replaces nothing', () => {
  const [user, session] = [newId('usr'), newId('ses')]
  const proof = { acr: '1fa', amr: ['pwd'], authTimeMs: 5_500 }
  const person = { name: 'Alice', sub: 'mallory', iss: 'https://evil.example', aud: 'x', exp: 0, nonce: 'x', sid: 'x' }
  const claims = idTokenClaims(
    'https://id.example',
    { user, session, clientId, proof, algorithm: 'ES256', nonce: 'n', accessToken: 't', person },
    10_000,
  )
  assert.deepEqual(claims, {
    iss: 'https://id.example',
    sub: user,
    aud: clientId,
    iat: 10,
    exp: 10 + idTokenSeconds,
    auth_time: 5,
    acr: '1fa',
    amr: ['pwd'],
    sid: session,
    nonce: 'n',
    at_hash: accessTokenHash('t', 'ES256'),
    name: 'Alice',
  })
})

/** OpenID Connect Core appendix A.3: an access token and the `at_hash` that goes with it. */
test('at_hash is computed as OpenID Connect Core appendix A.3 computes it', () => {
  for (const algorithm of ['RS256', 'PS256', 'ES256'] as const)
    assert.equal(accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', algorithm), '77QmUPtjPfzWtF2AnpK9RQ')
})

/** The left half of FIPS 180-4's SHA-512 of `abc`, from NIST's examples. */
test('at_hash of an EdDSA ID token is the left half of SHA-512', () => {
  const left = 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a'
  assert.equal(accessTokenHash('abc', 'EdDSA'), Buffer.from(left, 'hex').toString('base64url'))
})

test('an ID token that comes back is read whole or not at all', () => {
  const [user, session] = [newId('usr'), newId('ses')]
  const claims = { iss: 'i', sub: user, sid: session, aud: 'app', exp: 0 }
  assert.deepEqual(judgeIdTokenHint(claims, 'i'), { user, session, clientId })
  for (const wrong of [{ iss: 'j' }, { sub: session }, { sub: 7 }, { sid: user }, { sid: undefined }, { aud: ['app'] }, { aud: '' }]) {
    assert.equal(judgeIdTokenHint({ ...claims, ...wrong }, 'i'), undefined, JSON.stringify(wrong))
  }
})
