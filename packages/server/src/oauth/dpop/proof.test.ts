import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, sha256 } from '#kernel'
import { verifySelfSigned } from '#keys'
import { judgeProof } from './proof.ts'

/** RFC 9449 section 4.1, figure 2. */
const example =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'

test('the proof of RFC 9449 section 4.1 is of the key of section 6.1, and for its request', () => {
  const verified = verifySelfSigned('dpop+jwt', example)
  assert.equal(verified?.thumbprint, '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  assert.equal(verified.algorithm, 'ES256')
  const expected = { method: 'POST', url: 'https://server.example.com/token', nowMs: 1_562_262_616_000 }
  assert.deepEqual(judgeProof(verified.claims, expected), { jti: '-BwC3ESc6acc2lTc', nonce: undefined, overAtMs: 1_562_262_706_000 })
})

test('the hash of RFC 9449 section 7.1 is that of its access token', () => {
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
  const claims = {
    jti: 'e1j3V_bKic8-LAEB',
    htm: 'GET',
    htu: 'https://resource.example.org/protectedresource',
    iat: 1_562_262_618,
    ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
  }
  const expected = { method: 'GET', url: claims.htu, accessToken, nowMs: 1_562_262_618_000 }
  assert.equal(typeof judgeProof(claims, expected), 'object')
  assert.equal(judgeProof(claims, { ...expected, accessToken: `${accessToken}x` }), 'ath')
})

const nowMs = 1_800_000_000_000
const now = nowMs / 1000
const usual = { jti: 'j', htm: 'POST', htu: 'https://id.example/token', iat: now }

const rows: readonly { readonly says: string; readonly claims: Readonly<Record<string, unknown>>; readonly wrong?: string }[] = [
  { says: 'as it should be', claims: {} },
  { says: 'for an address with a query and a fragment', claims: { htu: 'https://id.example/token?a=b#c' } },
  { says: 'for the address in another spelling', claims: { htu: 'HTTPS://ID.example:443/./token' } },
  { says: 'for another path', claims: { htu: 'https://id.example/token/' }, wrong: 'htu' },
  { says: 'for another port', claims: { htu: 'https://id.example:444/token' }, wrong: 'htu' },
  { says: 'for another scheme', claims: { htu: 'http://id.example/token' }, wrong: 'htu' },
  { says: 'for an address with a name in front', claims: { htu: 'https://me@id.example/token' }, wrong: 'htu' },
  { says: 'for no address', claims: { htu: '/token' }, wrong: 'htu' },
  { says: 'for an endless address', claims: { htu: `https://id.example/token?${'a'.repeat(2048)}` }, wrong: 'htu' },
  { says: 'for a list of addresses', claims: { htu: ['https://id.example/token'] }, wrong: 'htu' },
  { says: 'for another method', claims: { htm: 'GET' }, wrong: 'htm' },
  { says: 'for the method in small letters', claims: { htm: 'post' }, wrong: 'htm' },
  { says: 'without a jti', claims: { jti: undefined }, wrong: 'jti' },
  { says: 'with an empty jti', claims: { jti: '' }, wrong: 'jti' },
  { says: 'with a jti of 255 characters', claims: { jti: 'j'.repeat(255) } },
  { says: 'with a jti of 256 characters', claims: { jti: 'j'.repeat(256) }, wrong: 'jti' },
  { says: 'without a time', claims: { iat: undefined }, wrong: 'iat' },
  { says: 'with a time that is a text', claims: { iat: String(now) }, wrong: 'iat' },
  { says: 'of 89 seconds ago', claims: { iat: now - 89 } },
  { says: 'of 90 seconds ago', claims: { iat: now - 90 }, wrong: 'iat' },
  { says: 'of in half a minute', claims: { iat: now + 30 } },
  { says: 'of in 31 seconds', claims: { iat: now + 31 }, wrong: 'iat' },
  { says: 'with the hash of a token where none comes', claims: { ath: base64url(sha256('t')) }, wrong: 'ath' },
  { says: 'with a nonce that is a number', claims: { nonce: 7 }, wrong: 'nonce' },
]

for (const { says, claims, wrong } of rows) {
  test(`a DPoP proof ${says} is ${wrong === undefined ? 'good' : 'none'}`, () => {
    const judged = judgeProof({ ...usual, ...claims }, { method: 'POST', url: 'https://id.example/token', nowMs })
    assert.equal(typeof judged === 'string' ? judged : undefined, wrong)
  })
}
