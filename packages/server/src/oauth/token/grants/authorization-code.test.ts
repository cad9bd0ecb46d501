import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import type { Confirmation } from '#tokens'
import type { Client } from '../../clients/client.ts'
import { newCode, type AuthorizationCode } from '../../codes/code.ts'
import { checkCode, readCodeRequest } from './authorization-code.ts'
import type { GrantRefusalCode } from './refusals.ts'

const client = { id: newId('cli'), redirectUris: ['https://app.example/cb'], unsafelyWithoutPkce: false }
const exempt = { ...client, unsafelyWithoutPkce: true }
const issued: AuthorizationCode = {
  id: newId('cod'),
  client: client.id,
  user: newId('usr'),
  session: newId('ses'),
  family: newId('fam'),
  redirectUri: 'https://app.example/cb',
  challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  nonce: undefined,
  scopes: ['openid'],
  audience: ['https://one.example'],
  resources: ['https://one.example', 'https://two.example'],
  proof: { acr: '1fa', amr: [], authTimeMs: 0 },
  sessionEndsAtMs: 10_000,
  generation: 0,
  expiresAtMs: 1_000,
}
const request = { redirectUri: issued.redirectUri, challenge: issued.challenge }

interface Row {
  readonly says: string
  readonly code?: AuthorizationCode | 'none'
  readonly client?: Pick<Client, 'id' | 'redirectUris' | 'unsafelyWithoutPkce'>
  /** What the code was asked for with. */
  readonly challenge?: string
  readonly request?: typeof request & { readonly resource?: string }
  readonly dpopJkt?: string
  readonly confirmation?: Confirmation
  readonly nowMs?: number
  readonly refused?: GrantRefusalCode | undefined
}

const rows: readonly Row[] = [
  { says: 'a moment before expiry', nowMs: 999 },
  { says: 'at expiry', nowMs: 1_000, refused: 'grant.unknown_code' },
  { says: 'a moment after expiry', nowMs: 1_001, refused: 'grant.unknown_code' },
  { says: 'a code that never existed', code: 'none', refused: 'grant.unknown_code' },
  { says: 'another client’s code', client: { ...client, id: newId('cli') }, refused: 'grant.mismatch' },
  { says: 'another redirect_uri', request: { ...request, redirectUri: 'https://app.example/cb/' }, refused: 'grant.mismatch' },
  {
    says: 'a redirect_uri that was taken from the client meanwhile',
    client: { ...client, redirectUris: ['https://app.example/other'] },
    refused: 'grant.withdrawn',
  },
  { says: 'another verifier', request: { ...request, challenge: 'x' }, refused: 'grant.mismatch' },
  { says: 'no verifier', request: { ...request, challenge: '' }, refused: 'grant.parameter_missing' },
  {
    says: 'no verifier, by an exempt client that sent a challenge',
    client: exempt,
    request: { ...request, challenge: '' },
    refused: 'grant.parameter_missing',
  },
  { says: 'neither, by an exempt client', client: exempt, challenge: '', request: { ...request, challenge: '' } },
  {
    says: 'neither, by a client that is exempt no more',
    challenge: '',
    request: { ...request, challenge: '' },
    refused: 'grant.withdrawn',
  },
  {
    says: 'a verifier where the challenge was stripped from the request (RFC 9700 section 4.8.2)',
    client: exempt,
    challenge: '',
    refused: 'grant.mismatch',
  },
  { says: 'a resource that was granted', request: { ...request, resource: 'https://two.example' } },
  { says: 'a resource that was not granted', request: { ...request, resource: 'https://three.example' }, refused: 'grant.resource' },
  { says: 'the key that the code is bound to', dpopJkt: 'key', confirmation: { jkt: 'key' }, refused: undefined },
  { says: 'another key', dpopJkt: 'key', confirmation: { jkt: 'other' }, refused: 'grant.mismatch' },
  { says: 'a certificate in place of the key', dpopJkt: 'key', confirmation: { 'x5t#S256': 'key' }, refused: 'grant.mismatch' },
  { says: 'no key where the code is bound to one', dpopJkt: 'key', refused: 'grant.mismatch' },
]

for (const row of rows) {
  test(`code exchange, ${row.says}`, () => {
    const code = row.code === 'none' ? undefined : { ...issued, challenge: row.challenge ?? issued.challenge, dpopJkt: row.dpopJkt }
    const attempt = () =>
      checkCode(code, row.client ?? client, { confirmation: row.confirmation, ...(row.request ?? request) }, row.nowMs ?? 0)
    if (row.refused === undefined) attempt()
    else assert.throws(attempt, { name: 'Refusal', code: row.refused })
  })
}

/** RFC 7636 appendix B. */
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const sent = { code: newCode().text.reveal(), redirect_uri: 'https://app.example/cb', code_verifier: verifier }

test('the challenge is computed as RFC 7636 appendix B computes it', () => {
  assert.equal(readCodeRequest(sent).challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
})

const malformed: readonly { readonly more: Readonly<Record<string, string>>; readonly refused: GrantRefusalCode | undefined }[] = [
  { more: { code: '' }, refused: 'grant.parameter_missing' },
  { more: { redirect_uri: '' }, refused: 'grant.parameter_missing' },
  { more: { code_verifier: '' }, refused: undefined },
  { more: { code_verifier: 'a'.repeat(42) }, refused: 'grant.parameter_missing' },
  { more: { code_verifier: 'a'.repeat(43) }, refused: undefined },
  { more: { code_verifier: 'a'.repeat(128) }, refused: undefined },
  { more: { code_verifier: 'a'.repeat(129) }, refused: 'grant.parameter_missing' },
  { more: { code_verifier: `${'a'.repeat(43)}/` }, refused: 'grant.parameter_missing' },
  { more: { code: `c2.${'A'.repeat(43)}` }, refused: 'grant.unknown_code' },
  { more: { code: `c1.${'A'.repeat(42)}` }, refused: 'grant.unknown_code' },
  { more: { code: `c1.${'A'.repeat(42)}B` }, refused: 'grant.unknown_code' },
  { more: { code: `c1.${'A'.repeat(43)}` }, refused: undefined },
]

for (const { more, refused } of malformed) {
  test(`a code request with ${JSON.stringify(more).slice(0, 70)}: ${refused ?? 'is read'}`, () => {
    const attempt = () => readCodeRequest({ ...sent, ...more })
    if (refused === undefined) attempt()
    else assert.throws(attempt, { name: 'Refusal', code: refused })
  })
}
