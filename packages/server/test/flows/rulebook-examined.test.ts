/** A policy set decides only after a second engine has answered as the first does. */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newId, systemOperation, Unavailable, type AuditEvent, type Operation, type PolicyStoreName } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import { compareEngines, createCedarEngine, createReferee, type Ask, type CompiledSet, type PolicyEngine } from '#policy'
import { migrations, openRulebook, type Examined, type Rulebook } from '#rulebook'
import { openTestKeys } from '../keys.ts'
import { nobodyToTell, theMachineOwner } from '../policies.ts'
import { recordingRecorder } from '../record.ts'
import { openTestStore } from '../store.ts'

const shipped = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const notes = 'notes' as PolicyStoreName
const forbidEverything = { name: 'today.cedar', text: '@id("closed-today") forbid (principal, action, resource);\n' }

interface Ground {
  readonly rulebook: Rulebook
  readonly op: Operation
  readonly told: AuditEvent[]
  readonly folder: string
  /** The files of the folder and one more. */
  readonly closed: readonly { readonly name: string; readonly text: string }[]
  readonly before: string
  /** Another start over the same database and folder. */
  readonly again: () => Promise<Rulebook>
}

async function ground(examine: (set: CompiledSet) => Promise<Examined>, isShipped = false): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-policies-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(shipped, folder, { recursive: true })
  const store = await openTestStore([keysMigrations, migrations], recordingRecorder().recorder)
  const { keys } = await openTestKeys(store)
  const told: AuditEvent[] = []
  const op = systemOperation('test', newId('ten'), (event) => told.push(event))
  const parts = { store, keys, program: '1', engine: createCedarEngine(), others: nobodyToTell, examine }
  const again = async (): Promise<Rulebook> => openRulebook(op, { ...parts, folders: [{ store: notes, folder, isShipped }] })
  const rulebook = await again()
  const names = ['notes.cedar', 'schema.cedarschema', 'store.yaml']
  const closed = [...names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })), forbidEverything]
  return { rulebook, op, told, folder, closed, before: rulebook.find('notes')?.digest ?? '', again }
}

/** Our engine with a defect: it overlooks one forbid. */
function overlooking(id: string): PolicyEngine {
  const engine = createCedarEngine()
  return {
    ...engine,
    evaluate: (set, request, entities) => {
      const right = engine.evaluate(set, request, entities)
      return right.reasons.includes(id as never) ? { ...right, decision: 'allow', reasons: [] } : right
    },
  }
}

const examineWith =
  (engine: PolicyEngine) =>
  async (set: CompiledSet): Promise<Examined> => {
    const { disagreement } = compareEngines([engine, createReferee()], set, { questions: 500, seed: 1 })
    return Promise.resolve(
      disagreement === undefined ? { is: 'agreed' } : { is: 'disagreed', says: disagreement.answers.join(' against ') },
    )
  }

test('a set by which both engines answer the same is activated', async () => {
  const { rulebook, op, closed, before } = await ground(examineWith(createCedarEngine()))
  const activated = await rulebook.activate(op, 'notes', { files: closed }, before)
  assert.equal(activated.is, 'activated')
  assert.notEqual(rulebook.find('notes')?.digest, before)
})

test('a set by which an engine with a defect answers differently is refused over the API and from the folder, and recorded', async () => {
  const { rulebook, op, told, folder, closed, before } = await ground(examineWith(overlooking('closed-today')))
  const refused = await rulebook.activate(op, 'notes', { files: closed }, before)
  assert.deepEqual(refused, { is: 'mistaken', mistakes: [{ file: 'notes', says: 'allow by none against deny by closed-today' }] })
  writeFileSync(join(folder, forbidEverything.name), forbidEverything.text)
  const { stores, mistakes } = await rulebook.reload(op)
  assert.deepEqual([stores, mistakes.length], [[{ store: notes, digest: before, outcome: 'refused' }], 1])
  assert.equal(rulebook.find('notes')?.digest, before)
  assert.deepEqual(
    told.map(({ what, about, outcome }) => [what, about, outcome]),
    [
      ['policies.disagreed', 'notes', 'refused'],
      ['policies.disagreed', 'notes', 'refused'],
      ['policies.refused', 'notes', 'refused'],
    ],
  )
})

test('a set about which nobody could be asked is not activated', async () => {
  const { rulebook, op, closed, before } = await ground(async () => Promise.reject(new Unavailable('policies')))
  await assert.rejects(rulebook.activate(op, 'notes', { files: closed }, before), Unavailable)
  assert.equal(rulebook.find('notes')?.digest, before)
})

test('the set that decides already is not asked about again, and whoever is too late is told before the work', async () => {
  let asked = 0
  const { rulebook, op, closed, before } = await ground(async () => {
    asked += 1
    return Promise.resolve({ is: 'agreed' })
  })
  await rulebook.reload(op)
  await assert.rejects(rulebook.activate(op, 'notes', { files: closed }, 'another'), { code: 'policies.changed' })
  assert.equal(asked, 0)
  await rulebook.activate(op, 'notes', { files: closed }, before)
  assert.equal(asked, 1)
})

test('while a set is examined this server follows what others activate', async () => {
  const examined = Promise.withResolvers<Examined>()
  const { rulebook, op, closed, before } = await ground(async () => examined.promise)
  const activating = rulebook.activate(op, 'notes', { files: closed }, before)
  await rulebook.follow(op)
  assert.equal(rulebook.find('notes')?.digest, before)
  examined.resolve({ is: 'agreed' })
  assert.equal((await activating).is, 'activated')
})

const somebody: Ask = {
  principal: theMachineOwner,
  roles: [],
  action: 'notes.read',
  resource: { type: 'App', id: 'app' },
  facts: { nowMs: 0 },
}
const decides = (rulebook: Rulebook): string => {
  try {
    return rulebook.decide('notes', somebody).effect
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown'
  }
}

/** Counts what is examined. */
function examining(...answers: readonly (Examined | Error)[]) {
  const asked: string[] = []
  const examine = async ({ digest }: CompiledSet): Promise<Examined> => {
    asked.push(digest)
    const answer = answers[asked.length - 1]
    return answer === undefined || answer instanceof Error
      ? Promise.reject(answer ?? new Error('asked too often'))
      : Promise.resolve(answer)
  }
  return { asked, examine }
}

test('what a start finds in its folder decides at once, is examined after, and once', async () => {
  const { asked, examine } = examining({ is: 'agreed' })
  const { rulebook, op, before, again } = await ground(examine)
  assert.deepEqual([decides(rulebook), asked], ['deny', []])
  await rulebook.examineFound(op)
  await rulebook.examineFound(op)
  assert.deepEqual([decides(rulebook), asked, rulebook.deciding.length], ['deny', [before], 1])
  await (await again()).examineFound(op)
  assert.deepEqual(asked, [before])
})

test('what a start finds and two engines decide differently by decides nothing any more, and is recorded', async () => {
  const disagreed: Examined = { is: 'disagreed', says: 'is not activated' }
  const { asked, examine } = examining(disagreed, { is: 'agreed' }, disagreed)
  const { rulebook, op, told, before, closed, again } = await ground(examine)
  const heard: string[] = []
  rulebook.onChange(({ digest }) => void heard.push(digest))
  await rulebook.examineFound(op)
  assert.deepEqual([decides(rulebook), rulebook.deciding, rulebook.sets.length, heard], ['Unavailable', [], 1, [before]])
  assert.deepEqual(told.map(({ what, about, outcome, facts }) => [what, about, outcome, facts]).at(-1), [
    'policies.disagreed',
    'notes',
    'refused',
    { digest: before },
  ])
  await rulebook.reload(op)
  assert.equal(decides(rulebook), 'Unavailable')
  await rulebook.activate(op, 'notes', { files: closed }, before)
  assert.deepEqual([decides(rulebook), rulebook.deciding.length], ['deny', 1])
  const started = await again()
  await started.examineFound(op)
  assert.deepEqual([decides(started), asked.length], ['Unavailable', 3])
})

test('what could not be examined goes on deciding, and the next start has it examined', async () => {
  const { asked, examine } = examining(new Unavailable('policies'), { is: 'agreed' })
  const { rulebook, op, again } = await ground(examine)
  await assert.rejects(rulebook.examineFound(op), Unavailable)
  assert.equal(decides(rulebook), 'deny')
  await (await again()).examineFound(op)
  assert.equal(asked.length, 2)
})

test('what another server has had examined, what is shipped, and what decides no more is not asked about', async () => {
  const shippedOne = examining()
  const { rulebook: own, op: ownOp } = await ground(shippedOne.examine, true)
  await own.examineFound(ownOp)
  const { asked, examine } = examining({ is: 'agreed' }, { is: 'agreed' })
  const { rulebook, op, again } = await ground(examine)
  const other = await again()
  await rulebook.examineFound(op)
  await other.examineFound(op)
  assert.deepEqual([shippedOne.asked.length, asked.length], [0, 1])
  const later = await ground(examine)
  await later.rulebook.activate(later.op, 'notes', { files: later.closed }, later.before)
  await later.rulebook.examineFound(later.op)
  assert.equal(asked.length, 2)
})
