import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier } from '#kernel'
import { accessClaims } from './access.ts'
import { believeAnyAudience, judgeAccessClaims, marksOf, principalOf } from './verify.ts'

const issuer = 'https://id.example'
const audience = 'https://api.example'
const client = newId('cli')
const [user, session, family, token] = [newId('usr'), newId('ses'), newId('fam'), newId('tok')]
const clientId = readClientIdentifier('app') ?? assert.fail()
const proof = { acr: '1fa', amr: ['pwd'], authTimeMs: 5_000 }
const grant = {
  token,
  client,
  clientId,
  scopes: ['a', 'b'],
  audience: [audience, 'https://other.example'],
  generation: 3,
  lifetimeSeconds: 100,
}
const nowMs = 1_000_000
const claims: Readonly<Record<string, unknown>> = {
  ...accessClaims(issuer, { ...grant, subject: { is: 'user', user, session, family, proof } }, nowMs),
}
const own: Readonly<Record<string, unknown>> = { ...accessClaims(issuer, { ...grant, subject: { is: 'client' } }, nowMs) }

const judge = (given: Readonly<Record<string, unknown>>, at: number = nowMs) => judgeAccessClaims(given, { issuer, audience }, at)

test('a person’s token names the person, the client and everything it can be revoked by', () => {
  const believed = judge(claims)
  assert.deepEqual(marksOf(believed), { generation: 3, token, client, user, session, family })
  const credential = { kind: 'access_token', scopes: ['a', 'b'], audience, token }
  assert.deepEqual(principalOf(believed), { is: 'user', id: user, session, client: clientId, proof, credential })
})

test('a client’s own token names the client', () => {
  const believed = judge(own)
  assert.deepEqual(marksOf(believed), { generation: 3, token, client })
  const { id, is, proof: proven } = principalOf(believed)
  assert.deepEqual([is, id, proven], ['service', client, { acr: 'client', amr: [], authTimeMs: nowMs }])
})

test('offline access names no session', () => {
  const offline = { ...accessClaims(issuer, { ...grant, subject: { is: 'user', user, session: undefined, family, proof } }, nowMs) }
  assert.equal('sid' in offline, false)
  assert.equal('session' in principalOf(judge(offline)), false)
  assert.equal(marksOf(judge(offline)).session, undefined)
})

const without = (name: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))

const rows: readonly {
  readonly says: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly nowMs?: number
  readonly holds?: true
}[] = [
  { says: 'a moment before it expires', claims, nowMs: 1_099_999, holds: true },
  { says: 'when it expires', claims, nowMs: 1_100_000 },
  { says: 'a moment after it expired', claims, nowMs: 1_100_001 },
  { says: 'a moment before it begins', claims: { ...claims, nbf: 1_001 }, nowMs: 1_000_999 },
  { says: 'when it begins', claims: { ...claims, nbf: 1_001 }, nowMs: 1_001_000, holds: true },
  { says: 'a beginning that is no time', claims: { ...claims, nbf: '1' } },
  { says: 'one audience as text', claims: { ...claims, aud: audience }, holds: true },
  { says: 'another audience', claims: { ...claims, aud: 'https://other.example' } },
  { says: 'an audience that begins like it', claims: { ...claims, aud: [`${audience}.evil.example`] } },
  { says: 'no audience', claims: without('aud') },
  { says: 'another issuer', claims: { ...claims, iss: 'https://id.example/' } },
  { says: 'an expiry as text', claims: { ...claims, exp: '9999999999' } },
  ...['iss', 'exp', 'iat', 'jti', 'sub', 'client_id', 'gen', 'fam', 'cli', 'acr', 'amr', 'auth_time'].map((name) => ({
    says: `no ${name}`,
    claims: without(name),
  })),
  { says: 'no session', claims: without('sid'), holds: true },
  { says: 'no scope', claims: without('scope'), holds: true },
  { says: 'a session that cannot be read', claims: { ...claims, sid: 'x' } },
  { says: 'a family that cannot be read', claims: { ...claims, fam: session } },
  { says: 'a generation as text', claims: { ...claims, gen: '3' } },
  { says: 'a subject that is neither a person nor a client', claims: { ...claims, sub: session } },
  { says: 'a proof that is no list', claims: { ...claims, amr: 'pwd' } },
]

for (const row of rows) {
  test(`an access token, ${row.says}: ${row.holds === true ? 'holds' : 'does not'}`, () => {
    const attempt = () => judge(row.claims, row.nowMs)
    if (row.holds === true) attempt()
    else assert.throws(attempt, { name: 'Refusal', code: 'token.not_valid' })
  })
}

test('whoever only wants a token gone need not name its audience', () => {
  assert.equal(believeAnyAudience(claims, issuer, nowMs)?.token, token)
  assert.equal(believeAnyAudience({ ...claims, aud: audience }, issuer, nowMs)?.token, token)
  assert.equal(believeAnyAudience(claims, issuer, 1_100_000), undefined)
  assert.equal(believeAnyAudience({ ...claims, aud: 7 }, issuer, nowMs), undefined)
})
