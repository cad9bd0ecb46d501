/**
 * Runs outside suites: `npm run conformance -- cedar FILE.tar.xz` unpacks an
 * archive in the layout of Cedar's public corpus and runs every case of it. The
 * last line counts: `N passed, N failed`.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casesBelow, runCase, unpack } from '../packages/cedar/test/corpus.ts'

/** Failures that are told one by one. */
const mostTold = 50

const [suite, archive, ...more] = process.argv.slice(2)
if (suite !== 'cedar' || archive === undefined || more.length > 0) {
  console.error('usage: npm run conformance -- cedar FILE.tar.xz')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
let passed = 0
let failed = 0
try {
  unpack(archive, folder)
  for (const file of casesBelow(folder)) {
    for (const { says, wrong } of runCase(folder, file)) {
      if (wrong === undefined) passed += 1
      else if ((failed += 1) <= mostTold) console.log(`FAILED ${says}: ${wrong}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
