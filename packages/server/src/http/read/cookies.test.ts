import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cookieLine } from '../send.ts'
import { readCookies } from './cookies.ts'

const read = [
  { says: 'no header', header: undefined, secure: false, is: {} },
  { says: 'somebody else’s cookies, however broken', header: 'a=1; =x; "; a=2; \u00ff', secure: false, is: {} },
  { says: 'ours among others', header: 'a=1; countersign_session=s1.x; a=2', secure: false, is: { countersign_session: 's1.x' } },
  { says: 'without spaces', header: 'a=1;countersign_session=s1.x', secure: false, is: { countersign_session: 's1.x' } },
  {
    says: 'both of ours',
    header: 'countersign_session=1; countersign_browser=2',
    secure: false,
    is: { countersign_session: '1', countersign_browser: '2' },
  },
  { says: 'on https, with the prefix', header: '__Host-countersign_session=1', secure: true, is: { countersign_session: '1' } },
  { says: 'on https, a planted one without the prefix', header: 'countersign_session=1', secure: true, is: {} },
  { says: 'on http, one with the prefix', header: '__Host-countersign_session=1', secure: false, is: {} },
  { says: 'a name in other letters', header: '__host-countersign_session=1; Countersign_session=1', secure: true, is: {} },
  { says: 'an empty value', header: 'countersign_session=', secure: false, is: { countersign_session: '' } },
  {
    says: 'as long as a browser keeps',
    header: `countersign_session=${'a'.repeat(4096)}`,
    secure: false,
    is: { countersign_session: 'a'.repeat(4096) },
  },
]
for (const { says, header, secure, is } of read) {
  test(`read: ${says}`, () => assert.deepEqual({ ...readCookies(header, secure) }, is))
}

const refused = [
  { says: 'ours twice', header: 'countersign_session=1; countersign_session=2', code: 'request.duplicate_parameter' },
  { says: 'ours twice with the same value', header: 'countersign_session=1; countersign_session=1', code: 'request.duplicate_parameter' },
  { says: 'a quoted value', header: 'countersign_session="1"', code: 'request.malformed' },
  { says: 'a space inside', header: 'countersign_session=1 2', code: 'request.malformed' },
  { says: 'a comma', header: 'countersign_session=1,2', code: 'request.malformed' },
  { says: 'a letter beyond ASCII', header: 'countersign_session=ü', code: 'request.malformed' },
  { says: 'longer than a browser keeps', header: `countersign_session=${'a'.repeat(4097)}`, code: 'request.malformed' },
  { says: 'a strange name of ours', header: 'countersign_se ssion=1', code: 'request.malformed' },
  { says: 'no equals sign after a second one', header: 'countersign_session=1; countersign_session', code: 'request.duplicate_parameter' },
]
for (const { says, header, code } of refused) {
  test(`refused: ${says}`, () => assert.throws(() => readCookies(header, false), { name: 'Refusal', code }))
}

test('whatever comes is read or refused', () => {
  const pieces = fc.constantFrom('countersign_', 'session', '__Host-', '=', ';', ' ', '"', ',', 'a', '\u00ff', '\\')
  fc.assert(
    fc.property(fc.string({ unit: pieces }), fc.boolean(), (header, secure) => {
      try {
        readCookies(header, secure)
      } catch (error) {
        assert.equal((error as Error).name, 'Refusal')
      }
    }),
  )
})

test('what we set is what we read', () => {
  const value = fc.string({ unit: fc.constantFrom(...'abcXYZ0189-_.~!#$%&()*+/:<=>?@[]^`{|}'.split('')), maxLength: 200 })
  fc.assert(
    fc.property(value, fc.boolean(), (text, secure) => {
      const sent = cookieLine({ name: 'countersign_session', value: text }, secure).split(';')[0]
      assert.equal(readCookies(sent, secure)['countersign_session'], text)
    }),
  )
})

const mistakes = [
  { says: 'a name that is not ours', cookie: { name: 'session', value: 'a' } },
  { says: 'a value that ends the cookie', cookie: { name: 'countersign_a', value: 'a; Domain=evil.test' } },
  { says: 'a path', cookie: { name: 'countersign_a', value: 'a', path: '/x' } },
]
for (const { says, cookie } of mistakes) {
  test(`a cookie cannot be set with ${says}`, () => assert.throws(() => cookieLine(cookie, true), { name: 'Error' }))
}
