/** Acknowledged means durable, as the kernel saw it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missing } from '../parts.ts'
import { temporaryDirectory } from '../store.ts'

const openDirectory = fileURLToPath(new URL('./store-open.ts', import.meta.url))
const writes = 20

test('an fsync of the log stands between each write and its acknowledgement', { skip: missing('strace') }, () => {
  const directory = temporaryDirectory()
  const trace = join(directory, 'trace')
  const data = join(directory, 'data')
  const child = spawnSync(
    'strace',
    [
      '-f',
      '-y',
      '-e',
      'trace=fsync,fdatasync,write,pwrite64',
      '-e',
      'signal=none',
      '-s',
      '64',
      '-o',
      trace,
      process.execPath,
      openDirectory,
      data,
      String(writes),
    ],
    { input: '', encoding: 'utf8', timeout: 60_000 },
  )
  assert.equal(child.status, 0, child.stderr)

  /** What happened to the log since the last acknowledgement. */
  let state: 'untouched' | 'written' | 'synced' = 'untouched'
  let acknowledged = 0
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    if (/\b(write|pwrite64)\(\d+<[^>]*countersign\.db-wal>/.test(line)) state = 'written'
    else if (/\b(fsync|fdatasync)\(\d+<[^>]*countersign\.db-wal>\)\s*= 0/.test(line)) state = 'synced'
    else if (/\bwrite\(1<[^>]*>, "acknowledged \d+/.test(line)) {
      acknowledged += 1
      assert.equal(state, 'synced', `acknowledgement ${acknowledged} left while the log was ${state}`)
      state = 'untouched'
    }
  }
  assert.equal(acknowledged, writes)
})
