/**
 * Whoever looks after policies: starts the server, changes a file, makes a
 * mistake, and asks later which policies decided.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { base64url, newId, sha256, systemOperation, utf8, type AuditEvent, type Operation, type PolicyStoreName } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import { createCedarEngine, type Mistake } from '#policy'
import { migrations, openRulebook, PolicyMistakes, type Rulebook, type StoreFolder } from '#rulebook'
import { nobodyToTell } from '../policies.ts'
import { openTestKeys } from '../keys.ts'
import { recordingRecorder } from '../record.ts'
import { openTestStore } from '../store.ts'

const shipped = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const engine = createCedarEngine()
const notes = 'notes' as PolicyStoreName

interface Ground {
  readonly folder: string
  readonly folders: readonly StoreFolder[]
  readonly op: Operation
  /** Events outside of writes. */
  readonly told: AuditEvent[]
  readonly names: () => readonly string[]
  readonly open: () => Promise<Rulebook>
}

async function ground(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-policies-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(shipped, folder, { recursive: true })
  const recording = recordingRecorder()
  const store = await openTestStore([keysMigrations, migrations], recording.recorder)
  const { keys } = await openTestKeys(store)
  const told: AuditEvent[] = []
  const op = systemOperation('test', newId('ten'), (event) => told.push(event))
  const folders = [{ store: notes, folder }]
  const names = (): readonly string[] => recording.names().filter((name) => name.startsWith('policies.'))
  return {
    folder,
    folders,
    op,
    told,
    names,
    open: () => openRulebook(op, { store, keys, program: '1', engine, folders, others: nobodyToTell }),
  }
}

const forbidEverything = '@id("closed-today") @public_reason("Notes is closed today.") forbid (principal, action, resource);\n'

test('policies that are right are activated at start, with an event, and not again at the next start', async () => {
  const { op, names, open } = await ground()
  const first = await open()
  assert.deepEqual(names(), ['policies.activated'])
  const [set] = (await open()).sets
  assert.deepEqual(names(), ['policies.activated'])
  assert.equal(set?.digest, first.find('notes')?.digest)
  assert.deepEqual(await first.versions(op, notes), [
    { digest: set?.digest, activatedAtMs: op.nowMs, activatedBy: 'system test', active: true },
  ])
})

test('a changed file decides after a reload, and whoever keeps a copy is told', async () => {
  const { folder, op, names, open } = await ground()
  const rulebook = await open()
  const seen: string[] = []
  const stop = rulebook.onChange((set) => void seen.push(set.digest))
  const before = rulebook.find('notes')?.digest
  writeFileSync(join(folder, 'today.cedar'), forbidEverything)
  const { stores, mistakes } = await rulebook.reload(op)
  const now = rulebook.find('notes')?.digest
  assert.deepEqual([stores, mistakes], [[{ store: notes, digest: now, outcome: 'activated' }], []])
  assert.notEqual(now, before)
  assert.deepEqual(seen, [now])
  assert.deepEqual(names(), ['policies.activated', 'policies.activated'])

  stop()
  rmSync(join(folder, 'today.cedar'))
  assert.equal((await rulebook.reload(op)).stores[0]?.digest, before)
  assert.deepEqual(seen, [now], 'whoever stopped listening is not told')
  assert.deepEqual(
    (await rulebook.versions(op, notes)).filter(({ active }) => active).map(({ digest }) => digest),
    [before],
  )
})

test('a reload is answered when whoever keeps a copy decides by the new set', async () => {
  const { folder, op, open } = await ground()
  const rulebook = await open()
  const acted = Promise.withResolvers<void>()
  rulebook.onChange(async () => acted.promise)
  writeFileSync(join(folder, 'today.cedar'), forbidEverything)
  const answered: string[] = []
  const reload = rulebook.reload(op).then(() => answered.push('reloaded'))
  const told = new Promise<void>((resolve) => rulebook.onChange(() => resolve()))
  await told
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(answered, [])
  acted.resolve()
  await reload
  assert.deepEqual(answered, ['reloaded'])
})

test('a reload of files that did not change writes nothing', async () => {
  const { op, names, open } = await ground()
  const rulebook = await open()
  const { stores } = await rulebook.reload(op)
  assert.equal(stores[0]?.outcome, 'unchanged')
  assert.deepEqual(names(), ['policies.activated'])
})

test('a mistake names file, line and reason, and the old set stays', async () => {
  const { folder, op, told, names, open } = await ground()
  const rulebook = await open()
  const before = rulebook.find('notes')?.digest
  writeFileSync(join(folder, 'today.cedar'), `// today\n${forbidEverything.replace('principal,', 'principal in Nobody::"x",')}`)
  const { stores, mistakes } = await rulebook.reload(op)
  const [mistake] = mistakes
  assert.equal(mistake?.file, join(folder, 'today.cedar'))
  assert.equal(mistake.line, 2)
  assert.match(mistake.says, /unrecognized entity type `Nobody`/)
  assert.deepEqual(stores, [{ store: notes, digest: before, outcome: 'refused' }])
  assert.equal(rulebook.find('notes')?.digest, before)
  assert.deepEqual(names(), ['policies.activated'])
  assert.deepEqual(
    told.map(({ what, about, outcome }) => [what, about, outcome]),
    [['policies.refused', 'notes', 'refused']],
  )
})

test('policies with a mistake do not start, and write nothing', async () => {
  const { folder, names, open } = await ground()
  writeFileSync(join(folder, 'notes.cedar'), 'permti();')
  await assert.rejects(open(), (error) => {
    assert.ok(error instanceof PolicyMistakes)
    assert.match(error.message, /^The policies have a mistake:\n.*notes\.cedar:1:1: invalid policy effect: permti/)
    return true
  })
  assert.deepEqual(names(), [])
})

test('a digest in the record leads to the text that decided, long after', async () => {
  const { folder, op, open } = await ground()
  const rulebook = await open()
  const first = rulebook.find('notes')?.digest ?? ''
  writeFileSync(join(folder, 'today.cedar'), forbidEverything)
  await rulebook.reload(op)
  const content = (await rulebook.content(op, notes, first)) ?? ''
  assert.equal(base64url(sha256(utf8(content))), first)
  assert.ok(content.includes(JSON.stringify(readFileSync(join(folder, 'notes.cedar'), 'utf8'))))
  assert.equal(await rulebook.content(op, notes, 'another'), undefined)
})

test('old versions are forgotten beyond the newest hundred', async () => {
  const { folder, op, open } = await ground()
  const rulebook = await open()
  const first = rulebook.find('notes')?.digest ?? ''
  for (let version = 1; version <= 101; version += 1) {
    writeFileSync(join(folder, 'today.cedar'), `// ${version}\n${forbidEverything}`)
    await rulebook.reload({ ...op, nowMs: op.nowMs + version })
  }
  const kept = await rulebook.versions(op, notes)
  assert.equal(kept.length, 101)
  assert.equal(kept[0]?.active, true)
  assert.equal(await rulebook.content(op, notes, first), undefined)
})

test('reloads at the same moment wait for each other', async () => {
  const { folder, op, names, open } = await ground()
  const rulebook = await open()
  writeFileSync(join(folder, 'today.cedar'), forbidEverything)
  const outcomes = (await Promise.all([rulebook.reload(op), rulebook.reload(op)])).map(({ stores }) => stores[0]?.outcome)
  assert.deepEqual(outcomes, ['activated', 'unchanged'])
  assert.deepEqual(names(), ['policies.activated', 'policies.activated'])
})

const wrongFolders: readonly { readonly says: string; readonly make: (folder: string) => void; readonly finds: RegExp }[] = [
  {
    says: 'that is not there',
    make: (folder) => rmSync(folder, { recursive: true }),
    finds: /should be the folder of the policy store notes/,
  },
  {
    says: 'with a mistyped ending',
    make: (folder) => writeFileSync(join(folder, 'today.ceder'), forbidEverything),
    finds: /today\.ceder: is not a policy file/,
  },
  {
    says: 'with a file that is not UTF-8',
    make: (folder) => writeFileSync(join(folder, 'a.cedar'), new Uint8Array([0xff])),
    finds: /a\.cedar: is not UTF-8/,
  },
  {
    says: 'with a file that is too long',
    make: (folder) => writeFileSync(join(folder, 'a.cedar'), ' '.repeat(256 * 1024 + 1)),
    finds: /a\.cedar: is 262145 bytes long/,
  },
  { says: 'without a schema', make: (folder) => rmSync(join(folder, 'schema.cedarschema')), finds: /notes: has no schema/ },
  { says: 'without words', make: (folder) => rmSync(join(folder, 'store.yaml')), finds: /notes: has no store\.yaml/ },
  { says: 'without policies', make: (folder) => rmSync(join(folder, 'notes.cedar')), finds: /notes: has no policies/ },
  { says: 'with two schemas', make: (folder) => writeFileSync(join(folder, 'b.cedarschema'), ''), finds: /is a second schema/ },
]

for (const { says, make, finds } of wrongFolders) {
  test(`a policy folder is refused: one ${says}`, async () => {
    const { folder, open } = await ground()
    make(folder)
    await assert.rejects(open(), finds)
  })
}

test('a policy folder may hold what people and editors leave there', async () => {
  const { folder, open } = await ground()
  for (const name of ['README.md', '.hidden', 'notes.cedar~']) writeFileSync(join(folder, name), 'x')
  const plain = (await open()).find('notes')
  assert.ok(plain)
})

test('the folder of a store is given once', async () => {
  const { folder, folders, op } = await ground()
  const store = await openTestStore([keysMigrations, migrations])
  const { keys } = await openTestKeys(store)
  const twice = [...folders, { store: notes, folder }]
  await assert.rejects(
    openRulebook(op, { store, keys, program: '1', engine, folders: twice, others: nobodyToTell }),
    (error: Error & { mistakes?: readonly Mistake[] }) => /second folder/.test(error.mistakes?.[0]?.says ?? ''),
  )
})
