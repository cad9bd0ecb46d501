import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { newId, utf8, type Operation } from '#kernel'
import { createRootKey, KeyMistake, migrations, openFileVault, openRootKeyFile, readRootKey, type KeyMistakeCode } from '#keys'
import type { Store, Transaction } from '#store'
import { openTestKeys, openTestVault } from '../keys.ts'
import { eachEngine, testOperation } from '../store.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0
const newPath = (): string => join(folder, `${(files += 1)}.key`)

const mistake = (code: KeyMistakeCode) => (error: unknown) =>
  error instanceof KeyMistake && error.code === code && /^[A-Z][^\n]*\.$/.test(error.message)

interface KeyTable {
  purpose_key: { tenant: string; purpose: string; id: string; state: string; wrapped: Uint8Array; usable_until_ms: number | null }
  instance: { name: string; value: string }
}

eachEngine('the first start makes every key once, and says so once', [migrations], async (store, { events }) => {
  const op = testOperation(store.defaultTenant)
  const { vault } = await openTestKeys(store)
  await openTestKeys(store, { vault })
  assert.deepEqual(
    events.map(({ what, about, facts }) => ({ what, about, facts })),
    [{ what: 'keys.made', about: store.defaultTenant, facts: { keys: 23 } }],
  )
  assert.equal((await rows(store, op)).length, 23)
})

eachEngine('two servers that start at once on an empty database share one set of keys', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const vault = openTestVault()
  const [one, two] = await Promise.all([openTestKeys(store, { vault }), openTestKeys(store, { vault })])
  assert.deepEqual(await one.keys.publicKeys(op), await two.keys.publicKeys(op))
  assert.ok(await two.keys.open(op, 'column', await one.keys.seal(op, 'column', utf8('x'), 'c'), 'c'))
  assert.equal((await rows(store, op)).length, 23)
})

eachEngine('of two that start at once with two root keys one starts and the other stops', [migrations], async (store) => {
  const outcomes = await Promise.allSettled([openTestKeys(store), openTestKeys(store)])
  assert.deepEqual(outcomes.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
  for (const one of outcomes) if (one.status === 'rejected') assert.ok(mistake('keys.root_key_wrong')(one.reason), String(one.reason))
})

eachEngine('a tenant that is new here is given keys when it first needs some, once', [migrations], async (store, { events }) => {
  const { keys } = await openTestKeys(store)
  const op = testOperation(newId('ten'))
  const hashes = await Promise.all(Array.from({ length: 5 }, () => keys.hash(op, 'pepper', utf8('x'))))
  assert.equal(new Set(hashes.map((hash) => Buffer.from(hash).toString('hex'))).size, 1)
  assert.deepEqual(
    events.map((event) => event.about),
    [store.defaultTenant, op.tenant],
  )
})

eachEngine('a purpose that has no key, as after an upgrade, is given one', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const { vault } = await openTestKeys(store)
  await store.write(op, async (tx) => {
    await tx.withTables<KeyTable>().deleteFrom('purpose_key').where('purpose', '=', 'network').execute()
  })
  const { keys } = await openTestKeys(store, { vault })
  assert.equal((await keys.hash(op, 'network', utf8('x'))).byteLength, 32)
  assert.equal((await rows(store, op)).length, 23)
})

eachEngine('a key of a purpose that only a newer release knows is left alone', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const { vault } = await openTestKeys(store)
  await change(store, op, (tx) =>
    tx.withTables<KeyTable>().updateTable('purpose_key').set({ purpose: 'from-the-future' }).where('purpose', '=', 'network').execute(),
  )
  const { keys } = await openTestKeys(store, { vault })
  assert.ok(await keys.hash(op, 'network', utf8('x')))
  assert.equal((await rows(store, op)).length, 24)
})

eachEngine('another root key is refused and changes nothing', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  await openTestKeys(store)
  const before = await rows(store, op)
  await assert.rejects(openTestKeys(store, { vault: openTestVault() }), mistake('keys.root_key_wrong'))
  assert.deepEqual(await rows(store, op), before)
})

const losses: readonly { readonly says: string; readonly lose: (tx: Transaction) => Promise<unknown>; readonly code: KeyMistakeCode }[] = [
  { says: 'the wrapped keys', code: 'keys.rows_lost', lose: (tx) => tx.withTables<KeyTable>().deleteFrom('purpose_key').execute() },
  { says: 'the name of the root key', code: 'keys.rows_lost', lose: (tx) => forgetFact(tx, 'root_key') },
  { says: 'the check value', code: 'keys.rows_lost', lose: (tx) => forgetFact(tx, 'root_key_check') },
  {
    says: 'a true check value',
    code: 'keys.root_key_wrong',
    lose: (tx) => tx.withTables<KeyTable>().updateTable('instance').set({ value: 'AAAA' }).where('name', '=', 'root_key_check').execute(),
  },
  {
    says: 'a byte of a wrapped key',
    code: 'keys.damaged',
    lose: (tx) =>
      tx
        .withTables<KeyTable>()
        .updateTable('purpose_key')
        .set({ wrapped: new Uint8Array(77) })
        .where('purpose', '=', 'pepper')
        .execute(),
  },
  {
    says: 'the order of its keys, two of them swapped',
    code: 'keys.damaged',
    lose: async (tx) => {
      const { wrapped } = await tx
        .withTables<KeyTable>()
        .selectFrom('purpose_key')
        .select('wrapped')
        .where('purpose', '=', 'column')
        .executeTakeFirstOrThrow()
      await tx.withTables<KeyTable>().updateTable('purpose_key').set({ wrapped }).where('purpose', '=', 'credential').execute()
    },
  },
  {
    says: 'the state of a signing key, so that its public half would come from elsewhere',
    code: 'keys.damaged',
    lose: (tx) =>
      tx
        .withTables<KeyTable>()
        .updateTable('purpose_key')
        .set({ state: 'retired' })
        .where('purpose', '=', 'id-token')
        .where('state', '=', 'active')
        .execute(),
  },
]
for (const { says, lose, code } of losses) {
  eachEngine(`a database that has lost ${says} is not started on, and not mended with fresh keys`, [migrations], async (store) => {
    const op = testOperation(store.defaultTenant)
    const { vault } = await openTestKeys(store)
    await change(store, op, lose)
    const before = await rows(store, op)
    await assert.rejects(openTestKeys(store, { vault }), mistake(code))
    assert.deepEqual(await rows(store, op), before)
  })
}

eachEngine('a root key file is made for a new database alone, and only where that is allowed', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const path = newPath()
  await assert.rejects(openRootKeyFile(op, store, path, 'refuse'), mistake('keys.root_key_missing'))
  assert.equal(existsSync(path), false)
  const vault = await openRootKeyFile(op, store, path, 'make')
  assert.equal(openFileVault(readRootKey(path)).keyId, vault.keyId)
  assert.equal((await openRootKeyFile(op, store, path, 'make')).keyId, vault.keyId)
  await openTestKeys(store, { vault })
  rmSync(path)
  for (const whenNew of ['make', 'refuse'] as const) {
    await assert.rejects(openRootKeyFile(op, store, path, whenNew), mistake('keys.root_key_lost'))
    assert.equal(existsSync(path), false)
  }
})

eachEngine('a root key file that is there but wrong is never replaced', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const path = newPath()
  writeFileSync(path, 'x', { mode: 0o600 })
  await assert.rejects(openRootKeyFile(op, store, path, 'make'), mistake('keys.root_key_malformed'))
  await openTestKeys(store)
  const other = newPath()
  createRootKey(other)
  const vault = await openRootKeyFile(op, store, other, 'make')
  await assert.rejects(openTestKeys(store, { vault }), mistake('keys.root_key_wrong'))
})

async function change(store: Store, op: Operation, work: (tx: Transaction) => Promise<unknown>): Promise<void> {
  await store.write(op, async (tx) => {
    await work(tx)
  })
}

function forgetFact(tx: Transaction, name: string): Promise<unknown> {
  return tx.withTables<KeyTable>().deleteFrom('instance').where('name', '=', name).execute()
}

async function rows(store: Store, op: Operation) {
  return store.read(op, (db) =>
    db.withTables<KeyTable>().selectFrom('purpose_key').selectAll().where('tenant', '=', op.tenant).orderBy('id').execute(),
  )
}
