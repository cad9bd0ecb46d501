import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { prefixesOf, readEmail, readPrefix, readUsername } from './normal-form.ts'

const usernames = [
  { says: 'lower case letters', typed: 'alice', normal: 'alice' },
  { says: 'upper case folds', typed: 'ALICE', normal: 'alice' },
  { says: 'dots and plus signs stay', typed: 'A.l+ice-_9', normal: 'a.l+ice-_9' },
  { says: 'a decomposed letter is composed', typed: 'Zoe\u0308', normal: 'zo\u00eb' },
  { says: 'sharp s folds to two letters', typed: 'Straße', normal: 'strasse' },
  { says: 'its capital too', typed: 'STRAẞE', normal: 'strasse' },
  { says: 'a final sigma is a sigma', typed: 'ΟΔΥΣΣΕΥΣ', normal: 'οδυσσευσ' },
  { says: 'one code point', typed: 'x', normal: 'x' },
  { says: '64 code points', typed: 'x'.repeat(64), normal: 'x'.repeat(64) },
  { says: '65 code points', typed: 'x'.repeat(65), normal: undefined },
  { says: '64 code points outside the basic plane', typed: '𐐨'.repeat(64), normal: '𐐨'.repeat(64) },
  { says: '65 code points outside the basic plane', typed: '𐐨'.repeat(65), normal: undefined },
  { says: 'nothing', typed: '', normal: undefined },
  { says: 'a space', typed: 'alice moreau', normal: undefined },
  { says: 'an at sign, which belongs to email addresses', typed: 'alice@example', normal: undefined },
  { says: 'a separator first', typed: '.alice', normal: undefined },
  { says: 'a separator last', typed: 'alice-', normal: undefined },
  { says: 'a NUL', typed: 'ali\u0000ce', normal: undefined },
  { says: 'a line end', typed: 'alice\n', normal: undefined },
  { says: 'a right-to-left override', typed: 'alice\u202e', normal: undefined },
  { says: 'a zero width joiner', typed: 'al\u200dice', normal: undefined },
  { says: 'half a surrogate pair', typed: 'alice\ud800', normal: undefined },
  { says: 'an unassigned code point', typed: 'alice\u{e0fff}', normal: undefined },
  { says: 'a private code point', typed: 'alice\ue000', normal: undefined },
] as const

for (const row of usernames) {
  test(`a user name, ${row.says}`, () => assert.equal(readUsername(row.typed), row.normal))
}

const emails = [
  { says: 'plain', typed: 'alice@example.com', normal: 'alice@example.com' },
  { says: 'both parts fold', typed: 'Alice.B+Notes@EXAMPLE.com', normal: 'alice.b+notes@example.com' },
  { says: 'a domain of other letters becomes A-labels', typed: 'zoë@Bücher.example', normal: 'zoë@xn--bcher-kva.example' },
  { says: 'A-labels are the same domain', typed: 'zoë@xn--bcher-kva.example', normal: 'zoë@xn--bcher-kva.example' },
  { says: 'a host of one label', typed: 'alice@localhost', normal: 'alice@localhost' },
  { says: 'a local part of 64 bytes', typed: `${'a'.repeat(64)}@example.com`, normal: `${'a'.repeat(64)}@example.com` },
  { says: 'a local part of 65 bytes', typed: `${'a'.repeat(65)}@example.com`, normal: undefined },
  { says: 'no at sign', typed: 'alice', normal: undefined },
  { says: 'no local part', typed: '@example.com', normal: undefined },
  { says: 'no domain', typed: 'alice@', normal: undefined },
  { says: 'two at signs', typed: 'alice@b@example.com', normal: undefined },
  { says: 'an address of a machine', typed: 'alice@127.0.0.1', normal: undefined },
  { says: 'an address literal', typed: 'alice@[127.0.0.1]', normal: undefined },
  { says: 'an address in disguise', typed: 'alice@0x7f000001', normal: undefined },
  { says: 'a quoted local part', typed: '"a b"@example.com', normal: undefined },
  { says: 'two dots', typed: 'a..b@example.com', normal: undefined },
  { says: 'a line end', typed: 'alice@example.com\nbcc', normal: undefined },
  { says: 'an escape in the domain', typed: 'alice@ex%61mple.com', normal: undefined },
  { says: 'a port', typed: 'alice@example.com:25', normal: undefined },
] as const

for (const row of emails) {
  test(`an email address, ${row.says}`, () => assert.equal(readEmail(row.typed), row.normal))
}

test('an email address of 254 characters is the longest', () => {
  const domain = `${'d'.repeat(61)}.${'d'.repeat(61)}.${'d'.repeat(61)}`
  const local = 'a'.repeat(254 - 1 - domain.length - 1 - 3)
  assert.ok(readEmail(`${local}@${domain}.com`))
  const longest = `${'a'.repeat(64)}@${'d'.repeat(62)}.${'d'.repeat(62)}.${'d'.repeat(62)}`
  assert.equal(longest.length, 253)
  assert.ok(readEmail(longest))
  assert.equal(readEmail(`${longest}dd`), undefined)
})

test('a normal form is its own normal form', () => {
  const again = (text: string): void => {
    const name = readUsername(text)
    if (name !== undefined) assert.equal(readUsername(name), name)
    const email = readEmail(`${text}@example.com`)
    if (email !== undefined) assert.equal(readEmail(email), email)
  }
  for (let point = 0; point < 0x20000; point += 1) if (point < 0xd800 || point > 0xdfff) again(String.fromCodePoint(point))
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), again))
})

test('two spellings that differ in case alone have one normal form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
      const name = readUsername(text)
      if (name !== undefined) assert.equal(readUsername(text.toUpperCase()), name)
    }),
  )
})

test('prefixes are 2 to 12 code points', () => {
  assert.deepEqual(prefixesOf('a'), [])
  assert.deepEqual(prefixesOf('ab'), ['ab'])
  assert.deepEqual(prefixesOf('𐐨bc'), ['𐐨b', '𐐨bc'])
  assert.equal(prefixesOf('x'.repeat(40)).length, 11)
})

const searches = [
  { says: 'one code point is too few', typed: 'a', found: undefined },
  { says: 'two', typed: 'Al', found: { indexed: 'al', whole: 'al' } },
  { says: 'twelve', typed: 'abcdefghijkl', found: { indexed: 'abcdefghijkl', whole: 'abcdefghijkl' } },
  { says: 'thirteen', typed: 'abcdefghijklm', found: { indexed: 'abcdefghijkl', whole: 'abcdefghijklm' } },
  { says: 'longer than any address', typed: 'a'.repeat(255), found: undefined },
] as const

for (const row of searches) {
  test(`a search by prefix, ${row.says}`, () => assert.deepEqual(readPrefix(row.typed), row.found))
}
