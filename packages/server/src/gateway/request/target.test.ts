import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, property, stringMatching } from 'fast-check'
import { readTarget } from './target.ts'

const plain = [
  { raw: '/', path: '/', query: undefined, routed: '' },
  { raw: '/notes', path: '/notes', query: undefined, routed: '/notes' },
  { raw: '/notes/', path: '/notes/', query: undefined, routed: '/notes' },
  { raw: '/notes?', path: '/notes', query: '', routed: '/notes' },
  { raw: '/notes?a=b?c', path: '/notes', query: 'a=b?c', routed: '/notes' },
  { raw: '/n%6ftes/1', path: '/n%6ftes/1', query: undefined, routed: '/notes/1' },
  { raw: '/caf%C3%A9', path: '/caf%C3%A9', query: undefined, routed: '/café' },
  { raw: '/a%20b/c+d', path: '/a%20b/c+d', query: undefined, routed: '/a b/c+d' },
  { raw: '/...', path: '/...', query: undefined, routed: '/...' },
  { raw: '/.well-known/x', path: '/.well-known/x', query: undefined, routed: '/.well-known/x' },
  { raw: '/100%25', path: '/100%25', query: undefined, routed: '/100%' },
  { raw: '/a?next=//evil/../%2e%2e;%00', path: '/a', query: 'next=//evil/../%2e%2e;%00', routed: '/a' },
] as const

for (const { raw, ...parts } of plain) {
  test(`the target ${raw} has one reading`, () => assert.deepEqual(readTarget(raw), { raw, ...parts }))
}

const ambiguous = [
  ['nothing', ''],
  ['a name without a slash', 'notes'],
  ['the asterisk form', '*'],
  ['the absolute form', 'http://notes.localhost/'],
  ['a doubled slash', '/a//b'],
  ['a doubled slash at the beginning', '//evil.example/'],
  ['a dot segment', '/notes/./1'],
  ['a parent segment', '/notes/../admin'],
  ['a parent segment at the end', '/notes/..'],
  ['an encoded dot', '/notes/%2e%2e/admin'],
  ['half an encoded parent', '/notes/.%2E/admin'],
  ['a parent segment with a path parameter', '/notes/..;/admin'],
  ['a path parameter', '/admin;x=1'],
  ['an encoded semicolon', '/admin%3bx'],
  ['an encoded slash', '/notes%2Fadmin'],
  ['an encoded backslash', '/notes%5cadmin'],
  ['a backslash', '/notes\\admin'],
  ['NUL', '/notes%00.png'],
  ['an encoded line feed', '/notes%0aX'],
  ['an encoded delete', '/notes%7f'],
  ['an encoded question mark', '/notes%3fx'],
  ['an encoded hash', '/notes%23x'],
  ['a hash', '/notes#x'],
  ['a twice-encoded slash', '/notes%252fadmin'],
  ['a thrice-encoded dot', '/notes/%25252e%25252e/admin'],
  ['a percent sign alone', '/100%'],
  ['a broken escape', '/100%zz'],
  ['an overlong slash', '/notes%c0%afadmin'],
  ['a broken UTF-8 sequence', '/caf%c3'],
  ['a space', '/a b'],
  ['a tab', '/a\tb'],
  ['a byte above ASCII', '/café'],
  ['a byte above ASCII in the query', '/?é'],
] as const

for (const [says, raw] of ambiguous) test(`a target with ${says} is refused`, () => assert.equal(readTarget(raw), undefined))

test('a target is at most 8,000 characters long, its path 3,500', () => {
  assert.notEqual(readTarget(`/${'a'.repeat(3_499)}`), undefined)
  assert.equal(readTarget(`/${'a'.repeat(3_500)}`), undefined)
  assert.notEqual(readTarget(`/?${'a'.repeat(7_998)}`), undefined)
  assert.equal(readTarget(`/?${'a'.repeat(7_999)}`), undefined)
})

test('what is read is forwarded as it came, and reads the same when a server resolves it', () => {
  check(
    property(stringMatching(/^\/[a-z./%2e5cf?;\\]{0,12}$/), (raw) => {
      const target = readTarget(raw)
      if (target === undefined) return
      const resolved = new URL(`http://app.test${target.raw}`)
      assert.equal(resolved.pathname, target.path)
      assert.equal(resolved.host, 'app.test')
    }),
    { numRuns: 2_000 },
  )
})
