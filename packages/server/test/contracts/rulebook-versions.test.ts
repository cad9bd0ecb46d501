/** The versions of policy stores, on each engine. @module */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemOperation, newId, type PolicyStoreName } from '#kernel'
import { createCedarEngine } from '#policy'
import { migrations, openRulebook, type Rulebook } from '#rulebook'
import { nobodyToTell } from '../policies.ts'
import { eachEngine } from '../store.ts'

const folder = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const notes = 'notes' as PolicyStoreName
const engine = createCedarEngine()

eachEngine('a policy set is activated once for each tenant', [migrations], async (store, recording) => {
  const [ours, theirs] = [systemOperation('test', newId('ten'), () => {}), systemOperation('test', newId('ten'), () => {})]
  const parts = { store, engine, folders: [{ store: notes, folder }], others: nobodyToTell }
  const rulebook = await openRulebook(ours, parts)
  await openRulebook(ours, parts)
  assert.deepEqual(recording.names(), ['policies.activated'])
  const digest = rulebook.find('notes')?.digest ?? ''
  assert.deepEqual(await rulebook.versions(ours, notes), [{ digest, activatedAtMs: ours.nowMs, active: true }])
  assert.equal(await rulebook.content(ours, notes, digest), rulebook.find('notes')?.content)

  assert.deepEqual(await rulebook.versions(theirs, notes), [])
  assert.equal(await rulebook.content(theirs, notes, digest), undefined)
  await openRulebook(theirs, parts)
  assert.deepEqual(recording.names(), ['policies.activated', 'policies.activated'])
})

eachEngine(
  'what one server activates decides on the other, and a server that cannot follow decides nothing',
  [migrations],
  async (store) => {
    const op = systemOperation('test', newId('ten'), () => {})
    const told: string[] = []
    const others = {
      mark: (_tx: unknown, _op: unknown, marked: string) => Promise.resolve(void told.push(`mark ${marked}`)),
      tell: () => Promise.resolve(void told.push('tell')),
    }
    const copy = mkdtempSync(join(tmpdir(), 'countersign-policies-'))
    after(() => rmSync(copy, { recursive: true, force: true }))
    cpSync(folder, copy, { recursive: true })
    const open = (from: string): Promise<Rulebook> => openRulebook(op, { store, engine, folders: [{ store: notes, folder: from }], others })
    const [one, other] = [await open(copy), await open(folder)]
    assert.deepEqual(told, ['mark notes', 'tell'], 'the second found its set active')
    assert.equal(other.find('notes')?.digest, one.find('notes')?.digest)

    writeFileSync(join(copy, 'today.cedar'), '@id("closed-today") forbid (principal, action, resource);\n')
    const followed: string[] = []
    other.onChange(async ({ digest }) => void followed.push(digest))
    await one.reload(op)
    assert.deepEqual(told.slice(2), ['mark notes', 'tell'])
    await other.follow(op)
    const now = one.find('notes')?.digest
    assert.equal(other.find('notes')?.digest, now)
    assert.deepEqual(followed, [now])

    const damaged = (content: string): Promise<unknown> =>
      store.write(op, async (tx) =>
        tx.withTables<{ policy_set: { digest: string; content: string } }>().updateTable('policy_set').set({ content }).execute(),
      )
    const content = (await one.content(op, notes, now ?? '')) ?? ''
    rmSync(join(copy, 'today.cedar'))
    await one.reload(op)
    await damaged(content.replace('closed-today', 'closed-always'))
    await assert.rejects(other.follow(op), { name: 'Unavailable', what: 'policies' })
    assert.equal(other.isLost(), true)
    assert.throws(() => other.decide('notes', {} as never), { name: 'Unavailable', what: 'policies' })
    await damaged(one.find('notes')?.content ?? '')
    await other.follow(op)
    assert.equal(other.isLost(), false)
    assert.equal(other.find('notes')?.digest, one.find('notes')?.digest)
  },
)
