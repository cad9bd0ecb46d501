/** The referee is a process: what it says, what becomes of one that does not answer, and a server that asks it. */

import assert from 'node:assert/strict'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Unavailable } from '#kernel'
import { createCedarEngine } from '#policy'
import { createLog } from '../../src/app/log.ts'
import { createExaminer } from '../../src/app/referee/examiner.ts'
import { labSet, shippedSet } from '../policies.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const log = createLog('error', 'test')
const engine = createCedarEngine()

function examiner(words: readonly string[], limits: { readonly withinMs?: number; readonly megabytes?: number } = {}) {
  return createExaminer({ questions: 300, program: words, log, ...limits }) ?? assert.fail()
}

test('the referee agrees about sets that are right, one after the other', async () => {
  const examine = examiner([program])
  const sets = [shippedSet(engine, 'notes'), shippedSet(engine, 'countersign')]
  assert.deepEqual(await Promise.all(sets.map(examine)), [{ is: 'agreed' }, { is: 'agreed' }])
})

/** A program in the place of the referee. */
function standIn(text: string): readonly string[] {
  const path = join(temporaryFolder('referee'), 'stand-in.mjs')
  writeFileSync(path, text)
  return [path]
}

const set = labSet(engine, '@id("all") permit (principal, action, resource);')

test('a disagreement is told with the question and both answers', async () => {
  const said = { asked: 3, question: '{"request":1}', answers: ['allow by all', 'deny by none'] }
  const found = await examiner(standIn(`process.stdin.once('data', () => console.log(${JSON.stringify(JSON.stringify(said))}))`))(set)
  assert.deepEqual(found, {
    is: 'disagreed',
    says: 'is not activated: this engine answers allow by all and Cedar’s own build deny by none to {"request":1}. Please report this',
  })
})

const broken = [
  { says: 'ends', text: 'process.exit(3)' },
  {
    says: 'runs out of memory',
    text: 'const all = []; for (;;) all.push(Array.from({ length: 1e5 }, () => ({})))',
    limits: { megabytes: 32 },
  },
  { says: 'says nonsense', text: "console.log('yes')" },
  { says: 'says how many it asked in words', text: 'console.log(JSON.stringify({ asked: "all" }))' },
  { says: 'was asked less than it should have been and does not say why', text: 'console.log(JSON.stringify({}))' },
  { says: 'never answers', text: 'setInterval(() => {}, 1000)', limits: { withinMs: 2_000 } },
]

for (const { says, text, limits } of broken) {
  test(`a referee that ${says} is one who could not be asked, and the next is asked again`, { timeout: 60_000 }, async () => {
    await assert.rejects(examiner(standIn(text), limits)(set), Unavailable)
    assert.deepEqual(await examiner([program])(set), { is: 'agreed' })
  })
}

test('nobody is asked where no questions are wanted', () => {
  assert.equal(createExaminer({ questions: 0, program: [program], log }), undefined)
})

test('a server asks ten thousand questions before a set decides', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder('referee')
  const policies = join(folder, 'app')
  cpSync(fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url)), policies, { recursive: true })
  const [port, gatewayPort] = [await freePort(), await freePort()]
  const app = ['--app', `http://app.localhost:${gatewayPort}=http://127.0.0.1:9`, '--gateway-listen', `127.0.0.1:${gatewayPort}`]
  const made = await countersign(['init', '--issuer', `http://localhost:${port}`, ...app, '--folder', folder])
  assert.equal(made.code, 0, made.err)
  const product = await startProduct(['--config', join(folder, 'countersign.yaml'), '--server-only'], { COUNTERSIGN_LOG_LEVEL: 'info' })
  try {
    writeFileSync(join(folder, 'policies', 'app', 'closed.cedar'), '@id("closed") forbid (principal, action, resource);\n')
    const reloaded = await countersign(['policies', 'reload', '--data', join(folder, 'data')])
    assert.equal(reloaded.code, 0, reloaded.err)
    const line =
      product
        .log()
        .split('\n')
        .find((text) => text.includes('a policy set was examined')) ?? '{}'
    const { store, asked } = JSON.parse(line) as { store?: string; asked?: number }
    assert.deepEqual([store, asked], ['app', 10_000])
  } finally {
    await product.stop()
  }
})
