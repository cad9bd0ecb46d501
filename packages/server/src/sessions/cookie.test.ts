import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { newCookie, readCookie } from './cookie.ts'

test('a cookie is read back to the hash that is stored, and shows nothing when printed', () => {
  const { value, hash } = newCookie()
  assert.match(value.reveal(), /^s1\.[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(readCookie(value.reveal()), hash)
  assert.ok(!`${value} ${JSON.stringify(value)} ${inspect(value)}`.includes(value.reveal().slice(3)))
  assert.notEqual(newCookie().value.reveal(), value.reveal())
})

const letters = newCookie().value.reveal().slice(3)
const strange = [
  { says: 'nothing', value: '' },
  { says: 'another version', value: `s2.${letters}` },
  { says: 'one letter less', value: `s1.${letters.slice(1)}` },
  { says: 'one letter more', value: `s1.${letters}A` },
  { says: 'a letter that is none', value: `s1.${letters.slice(1)}*` },
  { says: 'a second spelling of the same bytes', value: `s1.${'A'.repeat(42)}B` },
] as const

for (const row of strange) {
  test(`no cookie of ours is ${row.says}`, () => assert.equal(readCookie(row.value), undefined))
}
