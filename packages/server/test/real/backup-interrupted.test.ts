/**
 * A backup or a restore that is killed leaves nothing, or the whole; and an
 * older release's data directory can be backed up and restored.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/app/config.ts'
import { composeHouse } from '../../src/app/compose.ts'
import { openGround } from '../../src/app/ground.ts'
import { createLog } from '../../src/app/log.ts'
import { findInstanceFact } from '#store'
import { person } from '../fixtures/make.ts'
import { temporaryFolder } from '../product.ts'
import { runCommand } from '../terminal.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

async function run(words: readonly string[]): Promise<{ readonly folder: string }> {
  const { code, out, err } = await runCommand([...words, '--json'])
  assert.equal(code, 0, err)
  return out === '' ? { folder: '' } : (JSON.parse(out) as { readonly folder: string })
}

/** Runs a command and kills it after a time. True when it had ended by itself. */
async function killedAfter(ms: number, words: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [program, ...words], { stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  if (code !== null) assert.equal(code, 0)
  return code !== null
}

test('a restore killed at any moment leaves nothing or a restored system, and can be run again', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder('killed')
  const config = join(folder, 'countersign.yaml')
  const data = join(folder, 'data')
  const database = join(data, 'countersign.db')
  await run(['init', '--issuer', 'http://localhost:1', '--folder', folder])
  const { folder: backup } = await run(['backup', '--config', config, '--out', join(folder, 'backups')])
  rmSync(data, { recursive: true })
  const words = ['restore', backup, '--config', config]
  const beganMs = performance.now()
  assert.ok(await killedAfter(60_000, words))
  const wholeMs = performance.now() - beganMs
  const seen = { nothing: 0, whole: 0 }
  for (let round = 0; round < 8; round += 1) {
    rmSync(data, { recursive: true, force: true })
    await killedAfter(wholeMs * (0.35 + round * 0.08), words)
    if (existsSync(database)) seen.whole += 1
    else {
      seen.nothing += 1
      const names = existsSync(data) ? readdirSync(data) : []
      assert.deepEqual(
        names.filter((name) => name !== 'lock' && name !== 'restoring'),
        [],
      )
      assert.ok(await killedAfter(60_000, words), 'the next restore goes through')
    }
    await checkRestored(folder)
  }
  assert.ok(seen.nothing > 0, 'no round was killed in time')
})

/** It opens, in its second life. */
async function checkRestored(folder: string): Promise<void> {
  const config = readConfig(readFileSync(join(folder, 'countersign.yaml'), 'utf8'), folder, {})
  const { store, operation } = await openGround(config, { stamp: 'production', rootKey: 'refuse' })
  try {
    assert.equal(await store.read(operation('test'), async (db) => findInstanceFact(db, 'epoch')), '2')
  } finally {
    await store.close()
  }
}

test('a backup killed at any moment leaves no backup or a whole one, and can be run again', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder('killed')
  const config = join(folder, 'countersign.yaml')
  await run(['init', '--issuer', 'http://localhost:1', '--folder', folder])
  const out = join(folder, 'backups')
  const words = ['backup', '--config', config, '--out', out]
  const beganMs = performance.now()
  assert.ok(await killedAfter(60_000, words))
  const wholeMs = performance.now() - beganMs
  for (let round = 0; round < 8; round += 1) {
    rmSync(out, { recursive: true, force: true })
    await killedAfter(wholeMs * (0.4 + round * 0.07), words)
    const found = existsSync(out) ? readdirSync(out).filter((name) => /^backup-[^.]*$/.test(name)) : []
    for (const name of found) {
      rmSync(join(folder, 'data'), { recursive: true })
      await run(['restore', join(out, name), '--config', config])
    }
  }
  await run(words)
})

for (const fixture of globSync(fileURLToPath(new URL('../fixtures/data-*', import.meta.url)))) {
  test(`the data directory ${basename(fixture)} is backed up as it is, and its backup restores`, async () => {
    const folder = temporaryFolder('fixture')
    const data = join(folder, 'data')
    const config = join(folder, 'countersign.yaml')
    mkdirSync(data, { mode: 0o700 })
    copyFileSync(join(fixture, 'countersign.db'), join(data, 'countersign.db'))
    copyFileSync(join(fixture, 'root.key'), join(folder, 'root.key'))
    chmodSync(join(folder, 'root.key'), 0o600)
    const settings = {
      version: 1,
      issuer: readFileSync(join(fixture, 'issuer'), 'utf8'),
      dataDirectory: 'data',
      rootKeyFile: 'root.key',
      listen: { host: 'localhost', port: 0 },
    }
    writeFileSync(config, JSON.stringify(settings))
    const before = readFileSync(join(data, 'countersign.db'))
    const { folder: backup } = await run(['backup', '--config', config, '--out', join(folder, 'backups')])
    assert.deepEqual(readFileSync(join(data, 'countersign.db')), before, 'a backup migrated the data')
    rmSync(data, { recursive: true })
    await run(['restore', backup, '--config', config])
    const read = readConfig(JSON.stringify(settings), folder, {})
    const ground = await openGround(read, { stamp: 'production', rootKey: 'refuse' })
    const house = await composeHouse({ config: read, ground, log: createLog('error', 'test'), version: '0' })
    try {
      const op = house.operation('test')
      assert.equal((await house.identity.checkPassword(op, { ...person, knownBrowser: false })).is, 'right')
      await house.audit.settle(op)
      assert.equal((await house.audit.verify(op)).is, 'intact')
    } finally {
      await house.close()
    }
  })
}
