/** Keys after a restore: what lives outside has ended, what lies in the database opens. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, utf8, type Operation } from '#kernel'
import {
  keysForNewLife,
  migrations,
  openKeys,
  personKeyLines,
  purposeKeyLines,
  putPersonKeys,
  putPurposeKeys,
  readKeyLine,
  verifySignature,
  type PersonKeyRow,
  type PurposeKeyRow,
  type SigningPurpose,
} from '#keys'
import { generateForTests, openTestKeys } from '../keys.ts'
import { eachEngine, freshSqlite, testOperation } from '../store.ts'

const signing: readonly SigningPurpose[] = [
  'id-token',
  'id-token-ps256',
  'id-token-es256',
  'id-token-eddsa',
  'access-token',
  'gateway-assertion',
]

eachEngine(
  'keys of a new life: old tokens, assertions and cookies are nobody’s, people and checkpoints open',
  [migrations],
  async (store) => {
    const op: Operation = testOperation(store.defaultTenant)
    const { keys, people, vault } = await openTestKeys(store)
    const person = newId('usr')
    const key = await people.create(op, person)
    await store.write(op, async (tx) => people.keep(tx, op, key))
    const tokens = await Promise.all(signing.map(async (purpose) => keys.signJwt(op, purpose, 'JWT', { jti: purpose })))
    const note = utf8('a checkpoint')
    const checkpoint = await keys.sign(op, 'audit-checkpoint', note)
    const cookies = [await keys.seal(op, 'gateway-session', utf8('x'), 'c'), await keys.seal(op, 'browser-state', utf8('x'), 'c')]
    const [column, credential] = [await keys.seal(op, 'column', utf8('x'), 'c'), await keys.seal(op, 'credential', utf8('x'), 'c')]
    const hash = await keys.hash(op, 'blind-index', utf8('alice'))
    const name = key.seal('Alice', 'user.name')

    const lines = await store.read(op, async (db) => [
      ...(await purposeKeyLines(db, op.tenant, op.nowMs)),
      ...(await personKeyLines(db, op.tenant, undefined)).lines,
    ])
    const rows = lines.map((line) => readKeyLine(line)?.row)
    const purposes = rows.filter((row): row is PurposeKeyRow => row !== undefined && 'purpose' in row)
    const persons = rows.filter((row): row is PersonKeyRow => row !== undefined && 'person' in row)
    assert.equal(purposes.length + persons.length, lines.length)

    // Not from the tests' stock, which would give the same keys again.
    const life = await keysForNewLife(op, vault, purposes)
    const restored = await freshSqlite().open([migrations])
    try {
      // Another database, with the tenant of the first: what a restore has.
      const at = { ...op, record: () => {} }
      assert.equal(await restored.write(at, async (tx) => putPurposeKeys(tx, at.tenant, life.rows)), true)
      assert.equal(
        await restored.write(at, async (tx) => putPurposeKeys(tx, at.tenant, life.rows)),
        false,
        'a living system got other keys',
      )
      await restored.write(at, async (tx) => putPersonKeys(tx, persons))
      const facts = await store.read(op, async (db) => db.withTables<Facts>().selectFrom('instance').selectAll().execute())
      await restored.write(at, async (tx) => {
        for (const fact of facts.filter((one) => one.name.startsWith('root_key')))
          await tx.withTables<Facts>().insertInto('instance').values(fact).execute()
      })
      const after = await openKeys(at, { store: restored, vault, generate: generateForTests() })
      for (const [place, purpose] of signing.entries())
        assert.equal(await after.keys.verifyJwt(at, purpose, 'JWT', tokens[place] ?? ''), undefined, purpose)
      const published = (await after.keys.publicKeys(at)).map(({ kid }) => kid)
      for (const { kid } of await keys.publicKeys(op)) assert.ok(!published.includes(kid), 'an old key is published')
      assert.equal(await after.keys.open(at, 'gateway-session', cookies[0] ?? new Uint8Array(), 'c'), undefined)
      assert.equal(await after.keys.open(at, 'browser-state', cookies[1] ?? new Uint8Array(), 'c'), undefined)
      assert.deepEqual(await after.keys.open(at, 'column', column, 'c'), utf8('x'))
      assert.deepEqual(await after.keys.open(at, 'credential', credential, 'c'), utf8('x'))
      assert.deepEqual(await after.keys.hash(at, 'blind-index', utf8('alice')), hash)
      const opened = await restored.read(at, async (db) => after.people.find(at, db, person))
      assert.equal(opened?.open(name, 'user.name'), 'Alice')
      const jwk = (await after.keys.publicKeys(at, ['audit-checkpoint'])).find(({ kid }) => kid === checkpoint.keyId)
      assert.ok(jwk !== undefined && verifySignature(jwk, note, checkpoint.bytes), 'an old checkpoint does not verify')
      assert.notEqual((await after.keys.sign(at, 'audit-checkpoint', note)).keyId, checkpoint.keyId)
      assert.ok(life.earlierCheckpointKeys.some(({ kid }) => kid === checkpoint.keyId))
      await assert.rejects(
        keysForNewLife(op, vault, [{ ...purposes[0], wrapped: new Uint8Array(60) } as PurposeKeyRow]),
        /cannot be opened/,
      )
    } finally {
      await restored.close()
    }
  },
)

interface Facts {
  readonly instance: { readonly name: string; readonly value: string }
}

test('a line that is no key of ours is none', () => {
  for (const text of [
    '',
    '{}',
    '[]',
    '["person"]',
    '["person","ten_x","usr_y","AA",1]',
    '["purpose",1]',
    `["person","${newId('ten')}","${newId('usr')}","A",1]`,
  ])
    assert.equal(readKeyLine(text), undefined, text)
})
