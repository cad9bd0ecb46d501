/**
 * What a command loads. Asking a server takes the program and the few files that
 * speak to it: no database, no listener, nothing that was installed beside it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'

const note = fileURLToPath(new URL('../note-loaded.ts', import.meta.url))
const folder = temporaryFolder('cli-loads')
const made = await countersign(['init', '--issuer', `http://localhost:${await freePort()}`, '--folder', folder])
assert.equal(made.code, 0, made.err)
const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
after(async () => product.stop('SIGKILL'))
const data = join(folder, 'data')

/** The files that a command loads, after it has done what it should. */
async function loadedBy(words: readonly string[]): Promise<readonly string[]> {
  const list = join(folder, 'loaded')
  const ran = await countersign(words, '', { NODE_OPTIONS: `--import=${note}`, NOTE_LOADED: list })
  assert.equal(ran.code, 0, ran.err)
  return readFileSync(list, 'utf8')
    .split('\n')
    .filter((url) => url.startsWith('file:') && !url.endsWith('/test/note-loaded.ts'))
}

const asking = /\/packages\/server\/src\/(?:cli|kernel|remote)\//

for (const words of [
  ['--help'],
  ['users', 'list', '--help'],
  ['completion', 'bash'],
  ['profiles', 'list'],
  ['users', 'list', '--data', data],
  ['sessions', 'list', '--data', data],
  ['policies', 'list', '--data', data],
  ['keys', 'list', '--data', data],
  ['audit', 'tail', '--data', data],
  ['audit', 'verify', '--data', data],
]) {
  test(`${words.filter((word) => word !== data).join(' ')} loads no server`, async () => {
    const loaded = await loadedBy(words)
    assert.ok(loaded.some((url) => url.endsWith('/src/cli/main.ts')))
    assert.deepEqual(
      loaded.filter((url) => !asking.test(url)),
      [],
    )
  })
}

test('what runs a part of the server loads it', async () => {
  const loaded = await loadedBy(['policy', 'check', ...globSync(fileURLToPath(new URL('../../policies/countersign/*', import.meta.url)))])
  assert.ok(loaded.some((url) => url.endsWith('/src/app/index.ts')))
})
