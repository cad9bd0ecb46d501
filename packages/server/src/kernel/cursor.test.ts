import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, newId, readCursor, utf8, writeCursor } from '#kernel'

test('a cursor comes back as the place it was made of', () => {
  const place = { atMs: 1_790_000_000_000, id: newId('usr') }
  assert.deepEqual(readCursor('usr', writeCursor(place)), place)
  assert.deepEqual(readCursor('usr', writeCursor({ ...place, atMs: 0 })), { ...place, atMs: 0 })
})

const id = newId('usr')
const forged = [
  { says: 'nothing', text: '' },
  { says: 'another version', text: writeCursor({ atMs: 1, id }).replace('p1.', 'p2.') },
  { says: 'another kind of id', text: writeCursor({ atMs: 1, id: newId('ses') }) },
  { says: 'a time with a leading zero', text: `p1.${base64url(utf8(`01.${id}`))}` },
  { says: 'a negative time', text: `p1.${base64url(utf8(`-1.${id}`))}` },
  { says: 'a time beyond exact integers', text: `p1.${base64url(utf8(`9999999999999999.${id}`))}` },
  { says: 'no base64url', text: 'p1.*' },
  { says: 'a second spelling', text: `${writeCursor({ atMs: 1, id })}=` },
  { says: 'a page of text', text: `p1.${'A'.repeat(300)}` },
] as const

for (const row of forged) {
  test(`a cursor is not read from ${row.says}`, () => assert.equal(readCursor('usr', row.text), undefined))
}
