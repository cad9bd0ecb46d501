/** Cedar's own build is in a thread of its own: what it answers, what becomes of one that does not, and who starts without one. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Unavailable } from '#kernel'
import { createCedarEngine, createRemoteEngine, decide, readContent, type Ask, type StoreSource } from '#policy'
import { composeHouse } from '../../src/app/compose.ts'
import { readConfig } from '../../src/app/config.ts'
import { openGround } from '../../src/app/ground.ts'
import { createLog } from '../../src/app/log.ts'
import { createClerk, usualClerkLimits, type Clerk, type ClerkLimits } from '../../src/app/referee/clerk.ts'
import { aUser, labSet, shippedSet } from '../policies.ts'
import { temporaryFolder } from '../product.ts'

const engine = createCedarEngine()
const set = labSet(engine, '@id("all") permit (principal, action, resource);')
const ask: Ask = { principal: aUser, roles: ['member'], action: 'use', resource: { type: 'Thing', id: 't' }, facts: { nowMs: 0 } }
const source = readContent(set.content) as StoreSource

function clerk(limits: Partial<ClerkLimits> = {}, program?: URL): Clerk {
  const made = createClerk({ ...usualClerkLimits, ...limits }, program)
  after(async () => made.close())
  return made
}

/** A program in the place of the thread's. */
function standIn(text: string): URL {
  const path = join(temporaryFolder('clerk'), 'stand-in.mjs')
  writeFileSync(path, `import { parentPort } from 'node:worker_threads'\n${text}\n`)
  return pathToFileURL(path)
}

test('what the thread compiles is what this process would', async () => {
  const one = clerk()
  const there = createRemoteEngine(async (given) => one.compile(given))
  for (const own of [set, shippedSet(engine, 'notes'), shippedSet(engine, 'countersign')])
    assert.deepEqual(await there.compile(readContent(own.content) as StoreSource), { is: 'compiled', set: own })
})

test('mistakes are told as they are here, and a text that ends the build’s stack leaves a thread that goes on', async () => {
  const wrong = (text: string): StoreSource => ({ ...source, policies: [{ name: 'p.cedar', text }] })
  const deep = wrong(`@id("deep") permit (principal, action, resource) when { ${'('.repeat(20_000)}true${')'.repeat(20_000)} };`)
  const one = clerk()
  for (const given of [wrong('permit (principal'), deep]) {
    const compiled = await one.compile(given)
    assert.equal(compiled.is, 'mistaken')
    assert.deepEqual(compiled, engine.compile(given))
  }
  assert.equal((await one.compile(source)).is, 'compiled')
})

test('Cedar’s own build decides as the engine does, and again in the thread that comes after', async () => {
  const one = clerk({ tasks: 3 })
  for (let times = 0; times < 8; times += 1) {
    const { missing: _, ...decision } = await one.decide(set, ask)
    assert.deepEqual(decision, decide(engine, set, ask))
  }
})

test('more than may wait are refused, and those that waited are answered', async () => {
  const one = clerk({ waiting: 2 })
  const asked = await Promise.allSettled([1, 2, 3].map(async () => one.decide(set, ask)))
  assert.deepEqual(
    asked.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
})

const broken = [
  { says: 'never answers', text: 'parentPort.on("message", () => {})' },
  { says: 'counts for ever', text: 'parentPort.on("message", () => { for (;;); })' },
  { says: 'ends', text: 'parentPort.on("message", () => process.exit(3))' },
  { says: 'throws', text: 'parentPort.on("message", () => { throw new Error("no") })' },
  { says: 'runs out of memory', text: 'parentPort.on("message", () => { const all = []; for (;;) all.push([{}, {}, {}]) })' },
  { says: 'says something else', text: 'parentPort.on("message", () => parentPort.postMessage({ is: "decided?" }))' },
]

for (const { says, text } of broken) {
  test(`a thread that ${says} is refused for, and another one begins`, { timeout: 60_000 }, async () => {
    // The second thread of this program is the real one.
    const flag = join(temporaryFolder('clerk'), 'was-here')
    const real = new URL('../../src/app/referee/clerk-main.ts', import.meta.url)
    const once = `import { existsSync, writeFileSync } from 'node:fs'
      if (existsSync(${JSON.stringify(flag)})) await import(${JSON.stringify(String(real))})
      else { writeFileSync(${JSON.stringify(flag)}, ''); ${text} }`
    const one = clerk({ compileMs: 1_000, decideMs: 1_000, beginMs: 3_000, megabytes: 32 }, standIn(once))
    await assert.rejects(one.compile(source), (error: unknown) => error instanceof Unavailable && error.what === 'policies')
    assert.equal((await createRemoteEngine(async () => one.compile(source)).compile(source)).is, 'compiled')
  })
}

test('a server begins the thread to compile what it never saw, and none at the next start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-clerk-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const settings = {
    version: 1,
    issuer: 'http://localhost:9000',
    dataDirectory: 'data',
    rootKeyFile: 'root.key',
    listen: { host: '127.0.0.1', port: 0 },
  }
  const config = readConfig(JSON.stringify(settings), folder, {})
  const start = async (rootKey: 'make' | 'refuse'): Promise<boolean> => {
    const ground = await openGround(config, { stamp: 'production', rootKey })
    const one = createClerk()
    const house = await composeHouse({ config, ground, log: createLog('error', 'test'), version: '1', clerk: one })
    const { isRunning } = one
    await house.close()
    return isRunning
  }
  assert.deepEqual([await start('make'), await start('refuse')], [true, false])
})
