/** The versions of policy stores, on each engine. @module */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemOperation, newId, type PolicyStoreName } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import { createCedarEngine, type PolicyEngine } from '#policy'
import { migrations, openRulebook, type Rulebook, type RulebookParts } from '#rulebook'
import type { Store } from '#store'
import { openTestKeys } from '../keys.ts'
import { nobodyToTell } from '../policies.ts'
import { eachEngine } from '../store.ts'

const folder = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const notes = 'notes' as PolicyStoreName
const engine = createCedarEngine()

async function partsOver(store: Store, more: Partial<RulebookParts> = {}): Promise<RulebookParts> {
  const { keys } = await openTestKeys(store)
  return { store, keys, program: '1', engine, folders: [{ store: notes, folder }], others: nobodyToTell, ...more }
}

eachEngine('a policy set is activated once for each tenant', [keysMigrations, migrations], async (store, recording) => {
  const [ours, theirs] = [systemOperation('test', newId('ten'), () => {}), systemOperation('test', newId('ten'), () => {})]
  const parts = await partsOver(store)
  const activated = (): readonly string[] => recording.names().filter((name) => name.startsWith('policies.'))
  const rulebook = await openRulebook(ours, parts)
  await openRulebook(ours, parts)
  assert.deepEqual(activated(), ['policies.activated'])
  const digest = rulebook.find('notes')?.digest ?? ''
  assert.deepEqual(await rulebook.versions(ours, notes), [{ digest, activatedAtMs: ours.nowMs, activatedBy: 'system test', active: true }])
  assert.equal(await rulebook.content(ours, notes, digest), rulebook.find('notes')?.content)

  assert.deepEqual(await rulebook.versions(theirs, notes), [])
  assert.equal(await rulebook.content(theirs, notes, digest), undefined)
  await openRulebook(theirs, parts)
  assert.deepEqual(activated(), ['policies.activated', 'policies.activated'])
})

eachEngine(
  'what one server activates decides on the other, and a server that cannot follow decides nothing',
  [keysMigrations, migrations],
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
    const parts = await partsOver(store, { others })
    const open = (from: string): Promise<Rulebook> => openRulebook(op, { ...parts, folders: [{ store: notes, folder: from }] })
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

eachEngine(
  'a set that was compiled before is not compiled again, unless anything about it is another',
  [keysMigrations, migrations],
  async (store) => {
    const op = systemOperation('test', store.defaultTenant, () => {})
    let compiled = 0
    const counting: PolicyEngine = { ...engine, compile: (source) => ((compiled += 1), engine.compile(source)) }
    const parts = await partsOver(store, { engine: counting })
    const first = (await openRulebook(op, parts)).find('notes')
    const again = (await openRulebook(op, parts)).find('notes')
    assert.equal(compiled, 1)
    assert.deepEqual(again, first)

    await openRulebook(op, { ...parts, program: '2' })
    assert.equal(compiled, 2)
    await openRulebook(op, { ...parts, program: '2' })
    assert.equal(compiled, 2)

    // What another store was compiled to, and what somebody wrote without the keys, is worth nothing.
    const other = systemOperation('test', newId('ten'), () => {})
    await openRulebook(other, { ...parts, program: '2' })
    assert.equal(compiled, 3)
    type Tables = { readonly policy_compiled: { tenant: string; sealed: Uint8Array } }
    const sealed = await store.read(other, async (db) =>
      db.withTables<Tables>().selectFrom('policy_compiled').select('sealed').where('tenant', '=', other.tenant).executeTakeFirstOrThrow(),
    )
    await store.write(op, async (tx) => {
      await tx.withTables<Tables>().updateTable('policy_compiled').set(sealed).where('tenant', '=', op.tenant).execute()
    })
    assert.deepEqual((await openRulebook(op, { ...parts, program: '2' })).find('notes'), first)
    assert.equal(compiled, 4)
  },
)

eachEngine(
  'what was activated over the API stays after a restart, whatever its folder says, until it is given back',
  [keysMigrations, migrations],
  async (store) => {
    const op = systemOperation('test', newId('ten'), () => {})
    const copy = mkdtempSync(join(tmpdir(), 'countersign-policies-'))
    after(() => rmSync(copy, { recursive: true, force: true }))
    cpSync(folder, copy, { recursive: true })
    const parts = await partsOver(store, { folders: [{ store: notes, folder: copy }] })
    const first = await openRulebook(op, parts)
    const before = first.find('notes')?.digest ?? ''
    const files = [...filesIn(copy), { name: 'closed.cedar', text: '@id("closed") forbid (principal, action, resource);\n' }]
    const activated = await first.activate(op, 'notes', { files }, before)
    assert.ok(activated.is === 'activated')
    assert.equal(first.find('notes')?.digest, activated.digest)

    writeFileSync(join(copy, 'wrong.cedar'), 'permit(principal,')
    const again = await openRulebook(op, parts)
    assert.equal(
      again.find('notes')?.digest,
      activated.digest,
      'a mistake in a folder that nobody reads does not keep a server from starting',
    )
    const { stores, mistakes } = await again.reload(op)
    assert.deepEqual([stores, mistakes], [[{ store: 'notes', digest: activated.digest, outcome: 'kept' }], []])

    const refused = await again.release(op, 'notes', activated.digest)
    assert.equal(refused.is, 'mistaken')
    assert.equal((await again.describe(op))[0]?.keeper, 'api')
    rmSync(join(copy, 'wrong.cedar'))
    assert.deepEqual(await again.release(op, 'notes', activated.digest), { is: 'activated', digest: before })
    assert.equal((await openRulebook(op, parts)).find('notes')?.digest, before)
  },
)

eachEngine('of many who activate at once over what they all saw, one does', [keysMigrations, migrations], async (store, recording) => {
  const op = systemOperation('test', newId('ten'), () => {})
  const parts = await partsOver(store)
  const servers = [await openRulebook(op, parts), await openRulebook(op, parts)] as const
  const before = servers[0].find('notes')?.digest ?? ''
  const from = recording.names().length
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, async (_, at) =>
      servers[at % 2 === 0 ? 0 : 1].activate(
        op,
        'notes',
        { files: [...filesIn(folder), { name: 'one.cedar', text: `@id("one-${at}") forbid (principal, action, resource);\n` }] },
        before,
      ),
    ),
  )
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const one of tries) if (one.status === 'rejected') assert.equal((one.reason as { readonly code?: string }).code, 'policies.changed')
  assert.equal(
    recording
      .names()
      .slice(from)
      .filter((name) => name === 'policies.activated').length,
    1,
  )
})

function filesIn(path: string): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(path).map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }))
}
