import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { archive, casesBelow, missingArchive, runCase, unpack } from './corpus.ts'

/** Requests in that part of the corpus; fewer would be a corpus that was cut. */
const leastRequests = 43_000

test('every request of Cedar’s public corpus is answered as its specification answers it', { skip: missingArchive() }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cedar-corpus-'))
  t.after(() => rmSync(folder, { recursive: true }))
  unpack(archive, folder)
  let passed = 0
  const wrong: string[] = []
  for (const file of casesBelow(folder)) {
    for (const outcome of runCase(folder, file)) {
      if (outcome.wrong === undefined) passed += 1
      else wrong.push(`${outcome.says}: ${outcome.wrong}`)
    }
  }
  assert.deepEqual(wrong.slice(0, 20), [])
  assert.ok(passed > leastRequests, `${passed} requests`)
})
