import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const words = ['list', 'get', 'create', 'update', 'delete', 'redirect-uri']

for (const [typed, meant] of [
  ['lst', 'list'],
  ['lisst', 'list'],
  ['gte', 'get'],
  ['updtae', 'update'],
  ['udpaet', 'update'],
  ['udpaetx', undefined],
  ['redirct_uri', 'redirect-uri'],
  ['ls', 'list'],
  ['rm', 'delete'],
  ['show', 'get'],
  ['frobnicate', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
] as const) {
  test(`${JSON.stringify(typed.slice(0, 20))} is taken for ${meant ?? 'nothing'}`, () => assert.equal(nearest(typed, words), meant))
}
