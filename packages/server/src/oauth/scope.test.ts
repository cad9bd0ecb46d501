import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isScope, readScopes } from './scope.ts'

test('a list of scopes is read as RFC 6749 section 3.3 writes it', () => {
  assert.deepEqual(readScopes('a'), ['a'])
  assert.deepEqual(readScopes('a b:c a'), ['a', 'b:c'])
  for (const text of ['', ' ', 'a ', ' a', 'a  b', 'a\tb', 'a"', 'a\\', 'é', 'a\n'])
    assert.equal(readScopes(text), undefined, JSON.stringify(text))
})

test('a scope has at most 128 characters', () => {
  assert.equal(isScope('a'.repeat(128)), true)
  assert.equal(isScope('a'.repeat(129)), false)
})
