import assert from 'node:assert/strict'
import { newId, type UserId } from '#kernel'
import { migrations, type PersonKey } from '#keys'
import type { Store, Transaction } from '#store'
import { openTestKeys } from '../keys.ts'
import { eachEngine, testOperation } from '../store.ts'

interface PersonTable {
  person_key: { tenant: string; person: UserId; wrapped: Uint8Array }
}

async function start(store: Store) {
  const op = testOperation(store.defaultTenant)
  const { people } = await openTestKeys(store)
  const add = async (): Promise<PersonKey> => {
    const key = await people.create(op, newId('usr'))
    await store.write(op, (tx) => people.keep(tx, op, key))
    return key
  }
  const find = (person: UserId, as = op) => store.read(as, (db) => people.find(as, db, person))
  return { op, people, add, find }
}

eachEngine('what a new key sealed opens with the key that was kept', [migrations], async (store) => {
  const { op, people, find } = await start(store)
  const key = await people.create(op, newId('usr'))
  const sealed = key.seal('alice@example.com', 'user.email')
  assert.equal(await find(key.person), undefined)
  await store.write(op, (tx) => people.keep(tx, op, key))
  assert.equal((await find(key.person))?.open(sealed, 'user.email'), 'alice@example.com')
})

eachEngine('another context, another person and a changed byte open nothing', [migrations], async (store) => {
  const { add, find } = await start(store)
  const [alice, bob] = [await add(), await add()]
  const sealed = alice.seal('alice', 'user.name')
  assert.equal(alice.open(sealed, 'user.email'), undefined)
  assert.equal(bob.open(sealed, 'user.name'), undefined)
  assert.equal((await find(bob.person))?.open(sealed, 'user.name'), undefined)
  const changed = Uint8Array.from(sealed)
  changed[40] = (changed[40] ?? 0) ^ 1
  assert.equal(alice.open(changed, 'user.name'), undefined)
})

eachEngine('any text comes back as it was, and one that UTF-8 cannot write is refused', [migrations], async (store) => {
  const { add } = await start(store)
  const key = await add()
  for (const text of ['', 'a', 'é', '\u0000', '👩‍🚀', '\ufeffx', 'x'.repeat(10_000)]) assert.equal(key.open(key.seal(text, 'c'), 'c'), text)
  assert.throws(() => key.seal('\ud800', 'c'), TypeError)
})

eachEngine('an erased person opens nothing any more, and is not found again', [migrations], async (store) => {
  const { op, people, add, find } = await start(store)
  const key = await add()
  await store.write(op, (tx) => people.erase(tx, op, key.person))
  assert.equal(await find(key.person), undefined)
  await store.write(op, (tx) => people.erase(tx, op, key.person))
})

eachEngine('an erasure that is rolled back erased nothing', [migrations], async (store) => {
  const { op, people, add, find } = await start(store)
  const key = await add()
  const undone = store.write(op, async (tx) => {
    await people.erase(tx, op, key.person)
    assert.equal(await people.find(op, tx, key.person), undefined)
    throw new Error('undo')
  })
  await assert.rejects(undone, /undo/)
  assert.ok(await find(key.person))
})

eachEngine('a key is found inside the write that keeps it', [migrations], async (store) => {
  const { op, people } = await start(store)
  const key = await people.create(op, newId('usr'))
  const found = await store.write(op, async (tx) => {
    await people.keep(tx, op, key)
    return (await people.find(op, tx, key.person))?.open(key.seal('x', 'c'), 'c')
  })
  assert.equal(found, 'x')
})

eachEngine('a key is never replaced', [migrations], async (store) => {
  const { op, people, add, find } = await start(store)
  const key = await add()
  const second = await people.create(op, key.person)
  await assert.rejects(store.write(op, (tx) => people.keep(tx, op, second)))
  assert.equal((await find(key.person))?.open(key.seal('x', 'c'), 'c'), 'x')
})

eachEngine('a page of people is found at once, without those who have no key', [migrations], async (store) => {
  const { op, people, add } = await start(store)
  const [alice, bob, carol] = [await add(), await add(), await add()]
  await store.write(op, (tx) => people.erase(tx, op, bob.person))
  const found = await store.read(op, (db) => people.findAll(op, db, [alice.person, bob.person, carol.person, newId('usr')]))
  assert.deepEqual([...found.keys()].sort(), [alice.person, carol.person].sort())
  assert.equal(found.get(carol.person)?.open(carol.seal('x', 'c'), 'c'), 'x')
  assert.equal((await store.read(op, (db) => people.findAll(op, db, []))).size, 0)
})

eachEngine('another tenant finds nobody, even where a row was copied to it', [migrations], async (store) => {
  const { op, add, find } = await start(store)
  const key = await add()
  const stranger = testOperation(newId('ten'))
  assert.equal(await find(key.person, stranger), undefined)
  const row = await store.read(op, (db) => table(db).selectFrom('person_key').selectAll().executeTakeFirstOrThrow())
  await store.write(stranger, async (tx) => {
    await table(tx)
      .insertInto('person_key')
      .values({ ...row, tenant: stranger.tenant })
      .execute()
  })
  await assert.rejects(find(key.person, stranger), { name: 'Unavailable', what: 'keys' })
})

eachEngine(
  'a key that was swapped with that of another person, or damaged, is an outage and not an erased person',
  [migrations],
  async (store) => {
    const { op, add, find } = await start(store)
    const [alice, bob] = [await add(), await add()]
    await change(store, alice.person, (tx) => wrappedOf(tx, bob.person))
    await assert.rejects(find(alice.person), { name: 'Unavailable', what: 'keys' })
    await change(store, bob.person, () => Promise.resolve(new Uint8Array(3)))
    await assert.rejects(find(bob.person), { name: 'Unavailable', what: 'keys' })

    async function change(store: Store, person: UserId, to: (tx: Transaction) => Promise<Uint8Array>): Promise<void> {
      await store.write(op, async (tx) => {
        await table(tx)
          .updateTable('person_key')
          .set({ wrapped: await to(tx) })
          .where('person', '=', person)
          .execute()
      })
    }
  },
)

function table(db: Pick<Transaction, 'withTables'>) {
  return db.withTables<PersonTable>()
}

async function wrappedOf(tx: Transaction, person: UserId): Promise<Uint8Array> {
  return (await table(tx).selectFrom('person_key').select('wrapped').where('person', '=', person).executeTakeFirstOrThrow()).wrapped
}
