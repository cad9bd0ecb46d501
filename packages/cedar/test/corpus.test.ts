import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { casesBelow, runCase, unpack } from './corpus.ts'

const archive = join(resolve(process.env['TEST_VECTORS'] ?? ''), 'cedar-corpus.tar.xz')
/** Requests in that part of the corpus; fewer would be a corpus that was cut. */
const leastRequests = 43_000

function missingArchive(): string | false {
  if (process.env['TEST_VECTORS'] !== undefined && existsSync(archive)) return false
  const reason = 'cedar-corpus.tar.xz is not there: TEST_VECTORS names the folder of outside vectors, see docs/reference/vectors.md'
  if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason)
  return reason
}

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
