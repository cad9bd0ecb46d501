import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionsWithin } from './open-files.ts'

const rows: readonly (readonly [files: number | 'unknown', connections: number])[] = [
  ['unknown', 10_000],
  [1_048_576, 10_000],
  [20_256, 10_000],
  [20_254, 9_999],
  [1_024, 384],
  [290, 17],
  [256, 16],
  [0, 16],
]
for (const [files, connections] of rows) {
  test(`with ${files} files that may be open there are at most ${connections} connections`, () => {
    assert.equal(connectionsWithin(10_000, files), connections)
  })
}
