/** Passwords in the database: who signs in with one, and what a change of it ends. @module */

import assert from 'node:assert/strict'
import { goodPassword, openPeople, peopleMigrations, type RawPeople } from '../people.ts'
import { factsAbout } from '../record.ts'
import { eachEngine } from '../store.ts'

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, peopleMigrations, body)
}

contract('a password signs in by user name or email address, in any spelling', async (store) => {
  const { identity, op } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'Zoë', email: 'Zoe@Bücher.example', password: 'naïve green bicycles' })
  for (const username of ['zoë', 'ZOE\u0308', ' Zoë ', 'zoe@xn--bcher-kva.example', 'ZOE@BÜCHER.example']) {
    const attempt = { username, password: 'nai\u0308ve green bicycles', knownBrowser: false }
    assert.deepEqual(await identity.checkPassword(op(), attempt), { is: 'right', user, generation: 1 }, username)
    assert.deepEqual((await identity.accountOf(op(), username)).user, user)
  }
})

const wrong = [
  { says: 'another password', username: 'alice', password: 'seven green bicycle' },
  { says: 'a name that nobody has', username: 'nobody', password: goodPassword },
  { says: 'a name that nobody can have', username: 'a\0b', password: goodPassword },
  { says: 'a disabled user', username: 'disabled', password: goodPassword },
  { says: 'a user without a password', username: 'silent', password: '' },
  { says: 'a password with a NUL', username: 'alice', password: `${goodPassword}\0` },
  { says: 'a password of 257 characters', username: 'alice', password: 'x'.repeat(257) },
] as const
for (const row of wrong) {
  contract(`a password is wrong: ${row.says}`, async (store, recording) => {
    const { identity, op } = await openPeople(store)
    await identity.createUser(op(), { username: 'alice', password: goodPassword })
    await identity.createUser(op(), { username: 'silent' })
    const disabled = await identity.createUser(op(), { username: 'disabled', password: goodPassword })
    await identity.changeUser(op(), disabled, { state: 'disabled' })
    const before = recording.events.length
    assert.deepEqual(await identity.checkPassword(op(), { ...row, knownBrowser: false }), { is: 'wrong' })
    assert.equal(recording.events.length, before, 'a wrong password wrote something')
  })
}

contract('a hash copied from one user to another opens neither', async (store) => {
  const { identity, op, tenant } = await openPeople(store)
  const alice = await identity.createUser(op(), { username: 'alice', password: goodPassword })
  const mallory = await identity.createUser(op(), { username: 'mallory', password: 'my very own password' })
  await store.write(op(), async (tx) => {
    const raw = tx.withTables<RawPeople>()
    const [row] = await raw.selectFrom('password').selectAll().where('tenant', '=', tenant).where('user_id', '=', mallory).execute()
    await raw
      .updateTable('password')
      .set({ phc: row?.phc ?? '' })
      .where('tenant', '=', tenant)
      .where('user_id', '=', alice)
      .execute()
  })
  const attempt = { username: 'alice', password: 'my very own password', knownBrowser: false }
  assert.deepEqual(await identity.checkPassword(op(), attempt), { is: 'wrong' })
})

contract('setting a password ends what was given out before', async (store, recording) => {
  const { identity, op, revoked, announced } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice', password: goodPassword })
  await assert.rejects(identity.changeUser(op(), user, { password: 'alicealicealicealice' }), { code: 'password.guessable' })
  await identity.changeUser(op(), user, { password: 'eight blue tricycles' })
  const attempt = { username: 'alice', knownBrowser: false }
  assert.deepEqual(await identity.checkPassword(op(), { ...attempt, password: goodPassword }), { is: 'wrong' })
  assert.deepEqual(await identity.checkPassword(op(), { ...attempt, password: 'eight blue tricycles' }), {
    is: 'right',
    user,
    generation: 2,
  })
  assert.deepEqual(revoked, [`user ${user}`])
  assert.equal(announced(), 1)
  assert.deepEqual(factsAbout(recording, user), ['user.created done', 'password.set done'])
})

contract('a hash that costs too little is made anew at the next sign-in', async (store, recording) => {
  const { identity, op, tenant } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice', password: goodPassword })
  const stronger = await openPeople(store, { tenant, passwords: { passes: 3 } })
  const attempt = { username: 'alice', password: goodPassword, knownBrowser: false }
  assert.equal((await stronger.identity.checkPassword(op(), attempt)).is, 'right')
  const phc = await store.read(op(), async (db) => {
    const [row] = await db.withTables<RawPeople>().selectFrom('password').selectAll().where('tenant', '=', tenant).execute()
    return row?.phc
  })
  assert.match(phc ?? '', /\$m=19456,t=3,p=1\$/)
  assert.equal((await identity.checkPassword(op(), attempt)).is, 'right')
  assert.deepEqual(factsAbout(recording, user), ['user.created done', 'password.rehashed done'])
})
