import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Keys } from '#keys'
import { createPasswords } from '../../src/identity/password/check.ts'
import { leastParameters } from '../../src/identity/password/hash.ts'
import { PasswordPool } from '../../src/identity/password/pool.ts'
import { goodPassword, openPeople, peopleMigrations } from '../people.ts'
import { openTestStore } from '../store.ts'

const store = await openTestStore(peopleMigrations)

const attempts = [
  { says: 'a right password', username: 'alice', password: goodPassword, is: 'right' },
  { says: 'a wrong password', username: 'alice', password: 'x', is: 'wrong' },
  { says: 'an unknown name', username: 'nobody', password: goodPassword, is: 'wrong' },
  { says: 'an unknown address', username: 'nobody@example.com', password: goodPassword, is: 'wrong' },
  { says: 'a name that nobody can have', username: '\u202e', password: goodPassword, is: 'wrong' },
  { says: 'a disabled user', username: 'disabled', password: goodPassword, is: 'wrong' },
  { says: 'a user without a password', username: 'silent', password: goodPassword, is: 'wrong' },
  { says: 'a password that nobody can have', username: 'alice', password: 'x'.repeat(300), is: 'wrong' },
  { says: 'no password', username: 'alice', password: '', is: 'wrong' },
] as const

for (const row of attempts) {
  test(`every attempt costs the same work: ${row.says}`, async () => {
    const house = await openPeople(store)
    await house.identity.createUser(house.op(), { username: 'alice', password: goodPassword })
    await house.identity.createUser(house.op(), { username: 'silent' })
    const disabled = await house.identity.createUser(house.op(), { username: 'disabled', password: goodPassword })
    await house.identity.changeUser(house.op(), disabled, { state: 'disabled' })
    const work: string[] = []
    const hash: Keys['hash'] = async (op, purpose, bytes) => {
      work.push(purpose)
      return house.keys.hash(op, purpose, bytes)
    }
    const inner = new PasswordPool({ atOnce: 1, places: 1, placesForKnown: 0 })
    const run: PasswordPool['run'] = async (who, signal, hashing) => {
      work.push('argon2id')
      return inner.run(who, signal, hashing)
    }
    const passwords = createPasswords({ store, keys: { ...house.keys, hash }, pool: { run }, parameters: leastParameters })
    assert.equal((await passwords.checkPassword(house.op(), { ...row, knownBrowser: false })).is, row.is)
    assert.deepEqual(work, ['blind-index', 'pepper', 'argon2id'])
  })
}

test('spellings of one account share a bucket, and names that nobody has have one each', async () => {
  const { identity, op } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice', email: 'alice@example.com' })
  const bucket = async (typed: string): Promise<string> => (await identity.accountOf(op(), typed)).bucket
  for (const typed of ['ALICE', ' alice ', 'Alice@Example.com']) assert.equal(await bucket(typed), user)
  assert.equal(await bucket('Nobody'), await bucket('nobody'))
  assert.notEqual(await bucket('nobody'), await bucket('nobody2'))
  assert.doesNotMatch(await bucket('nobody'), /nobody/)
})
