/** The versions of policy stores, on each engine. @module */

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { systemOperation, newId, type PolicyStoreName } from '#kernel'
import { createCedarEngine } from '#policy'
import { migrations, openRulebook } from '#rulebook'
import { eachEngine } from '../store.ts'

const folder = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const notes = 'notes' as PolicyStoreName
const engine = createCedarEngine()

eachEngine('a policy set is activated once for each tenant', [migrations], async (store, recording) => {
  const [ours, theirs] = [systemOperation('test', newId('ten'), () => {}), systemOperation('test', newId('ten'), () => {})]
  const parts = { store, engine, folders: [{ store: notes, folder }] }
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
