import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import type { Family, StoredToken } from './family.ts'
import { checkNarrowed, judgeRefresh, repeatWithinMs, type Presenter, type RefreshJudgement, type RefreshRefusalCode } from './judge.ts'

const client = newId('cli')
const successor = Uint8Array.of(1)
const family: Family = {
  id: newId('fam'),
  client,
  user: newId('usr'),
  session: newId('ses'),
  scopes: ['openid'],
  audience: ['https://api.example'],
  lives: 'offline',
  proof: { acr: '1fa', amr: ['pwd'], authTimeMs: 0 },
  startedAtMs: 0,
  endsAtMs: 100_000,
  endedAtMs: undefined,
}
const fresh: StoredToken = {
  number: 1,
  expiresAtMs: 50_000,
  spentAtMs: undefined,
  spentBy: undefined,
  successor: undefined,
  sender: undefined,
  successorSpent: false,
}
const spent: StoredToken = { ...fresh, spentAtMs: 1_000, spentBy: 'secret:a', successor }
const presenter: Presenter = { client, proof: 'secret:a' }
const atEdge = 1_000 + repeatWithinMs

interface Row {
  readonly says: string
  readonly family?: Partial<Family>
  readonly token?: StoredToken
  readonly presenter?: Partial<Presenter>
  readonly nowMs: number
  readonly expected: RefreshJudgement | RefreshRefusalCode
}

const rows: readonly Row[] = [
  { says: 'a fresh token is rotated', nowMs: 0, expected: { is: 'rotate' } },
  { says: 'a moment before its idle end', nowMs: 49_999, expected: { is: 'rotate' } },
  { says: 'at its idle end', nowMs: 50_000, expected: 'refresh.expired' },
  { says: 'a moment after its idle end', nowMs: 50_001, expected: 'refresh.expired' },
  { says: 'a moment before the end of its family', nowMs: 40_000, family: { endsAtMs: 40_001 }, expected: { is: 'rotate' } },
  { says: 'at the end of its family', nowMs: 40_000, family: { endsAtMs: 40_000 }, expected: 'refresh.expired' },
  { says: 'a moment after the end of its family', nowMs: 40_001, family: { endsAtMs: 40_000 }, expected: 'refresh.expired' },
  { says: 'a spent token of a family that is over', nowMs: 1_000, token: spent, family: { endsAtMs: 1_000 }, expected: 'refresh.expired' },
  { says: 'the family has ended', nowMs: 0, family: { endedAtMs: 0 }, expected: 'refresh.ended' },
  {
    says: 'a spent token of an ended family tells nothing new',
    nowMs: 99_000,
    token: spent,
    family: { endedAtMs: 0 },
    expected: 'refresh.ended',
  },
  { says: 'another client', nowMs: 0, presenter: { client: newId('cli') }, expected: { is: 'theft', why: 'another-client' } },
  {
    says: 'another client with an expired token',
    nowMs: 50_000,
    presenter: { client: newId('cli') },
    expected: { is: 'theft', why: 'another-client' },
  },
  {
    says: 'another client with a spent token at once',
    nowMs: 1_000,
    token: spent,
    presenter: { client: newId('cli') },
    expected: { is: 'theft', why: 'another-client' },
  },
  { says: 'a spent token at once', nowMs: 1_000, token: spent, expected: { is: 'repeat', successor } },
  { says: 'a spent token from a clock that is behind', nowMs: 999, token: spent, expected: { is: 'repeat', successor } },
  { says: 'a spent token a moment before ten seconds', nowMs: atEdge - 1, token: spent, expected: { is: 'repeat', successor } },
  { says: 'a spent token at ten seconds', nowMs: atEdge, token: spent, expected: { is: 'repeat', successor } },
  { says: 'a spent token after ten seconds', nowMs: atEdge + 1, token: spent, expected: { is: 'theft', why: 'reused' } },
  {
    says: 'a spent token whose successor was used',
    nowMs: 1_000,
    token: { ...spent, successorSpent: true },
    expected: { is: 'theft', why: 'reused' },
  },
  {
    says: 'a spent token without a successor',
    nowMs: 1_000,
    token: { ...spent, successor: undefined },
    expected: { is: 'theft', why: 'reused' },
  },
  {
    says: 'a spent token by another proof of the same client',
    nowMs: 1_000,
    token: spent,
    presenter: { proof: 'secret:b' },
    expected: { is: 'theft', why: 'another-sender' },
  },
]

for (const row of rows) {
  test(`refresh, ${row.says}`, () => {
    const attempt = () => judgeRefresh({ ...family, ...row.family }, row.token ?? fresh, { ...presenter, ...row.presenter }, row.nowMs)
    if (typeof row.expected === 'string') assert.throws(attempt, { name: 'Refusal', code: row.expected })
    else assert.deepEqual(attempt(), row.expected)
  })
}

test('a refresh may narrow its scopes and never widen them', () => {
  assert.deepEqual(checkNarrowed(['a', 'b'], undefined), ['a', 'b'])
  assert.deepEqual(checkNarrowed(['a', 'b'], ['b']), ['b'])
  assert.deepEqual(checkNarrowed(['a', 'b'], ['b', 'a']), ['b', 'a'])
  assert.throws(() => checkNarrowed(['a', 'b'], ['a', 'c']), { name: 'Refusal', code: 'refresh.scope' })
})
