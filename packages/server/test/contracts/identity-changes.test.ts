/** Changes of users and groups by several at once, on each engine: of two changes to one version exactly one is made. */

import assert from 'node:assert/strict'
import { Refusal, type GroupId, type Operation, type UserId } from '#kernel'
import type { Identity } from '#identity'
import { goodPassword, openPeople, peopleMigrations } from '../people.ts'
import { eachEngine } from '../store.ts'

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, peopleMigrations, body)
}

/** `done`, or the code of the refusal; anything else is a defect. */
async function outcomeOf(change: Promise<unknown>): Promise<string> {
  try {
    await change
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

type Change = (identity: Identity, op: Operation, id: UserId, seen: string, at: number) => Promise<unknown>

const changesOfUsers: readonly (readonly [string, Change])[] = [
  ['names', async (identity, op, id, seen, at) => identity.changeUser(op, id, { username: `alice-${at}` }, seen)],
  ['passwords', async (identity, op, id, seen, at) => identity.changeUser(op, id, { password: `${goodPassword} ${at}` }, seen)],
  [
    'everything there is',
    async (identity, op, id, seen, at) => {
      if (at === 0) return identity.changeUser(op, id, { state: 'disabled' }, seen)
      if (at === 1) return identity.assignRole(op, { to: id, role: 'editor', seen })
      if (at === 2) return identity.withdrawRole(op, { to: id, role: 'viewer', seen })
      if (at === 3) return identity.deleteUser(op, id, seen)
      return identity.changeUser(op, id, { name: `Alice ${at}`, email: null }, seen)
    },
  ],
]

for (const [says, change] of changesOfUsers) {
  contract(`of many changes to one version of a user exactly one is made, and recorded: ${says}`, async (store, recording) => {
    const { identity, op } = await openPeople(store)
    const id = await identity.createUser(op(), { username: 'alice', email: 'alice@example.com', roles: ['viewer'] })
    const seen = (await identity.findUser(op(), id))?.version ?? ''
    recording.events.length = 0
    const outcomes = await Promise.all(Array.from({ length: 6 }, async (_, at) => outcomeOf(change(identity, op(), id, seen, at))))
    // Whoever comes after a deletion finds nobody.
    const others =
      outcomes[3] === 'done' && says === 'everything there is'
        ? ['identity.unknown_user', 'identity.user_changed']
        : ['identity.user_changed']
    assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1)
    for (const outcome of outcomes) assert.ok(outcome === 'done' || others.includes(outcome), outcome)
    assert.equal(recording.names().length, 1, 'a change that was refused is no change')
    assert.notEqual((await identity.findUser(op(), id))?.version, seen)
  })
}

contract('of many changes to one version of a group exactly one is made', async (store, recording) => {
  const { identity, op } = await openPeople(store)
  const users = await Promise.all(['alice', 'bob'].map(async (username) => identity.createUser(op(), { username })))
  const [alice, bob] = users as [UserId, UserId]
  const id: GroupId = await identity.createGroup(op(), { name: 'Writers' })
  await identity.addToGroup(op(), { group: id, user: bob })
  const seen = (await identity.findGroup(op(), id))?.version ?? ''
  recording.events.length = 0
  const outcomes = await Promise.all([
    outcomeOf(identity.renameGroup(op(), id, 'Readers', seen)),
    outcomeOf(identity.addToGroup(op(), { group: id, user: alice, seen })),
    outcomeOf(identity.removeFromGroup(op(), { group: id, user: bob, seen })),
    outcomeOf(identity.assignRole(op(), { to: id, role: 'editor', seen })),
  ])
  assert.deepEqual(outcomes.toSorted(), ['done', ...Array.from({ length: 3 }, () => 'identity.group_changed')].toSorted())
  assert.equal(recording.names().length, 1)
  assert.equal(await outcomeOf(identity.deleteGroup(op(), id, seen)), 'identity.group_changed')
  await identity.deleteGroup(op(), id, (await identity.findGroup(op(), id))?.version)
  assert.equal(await identity.findGroup(op(), id), undefined)
})

contract('what changes nothing leaves the version; a member who is deleted, or a role of their own, does not', async (store) => {
  const { identity, op } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice', name: 'Alice' })
  const group = await identity.createGroup(op(), { name: 'Writers' })
  const versions = async () => [(await identity.findUser(op(), user))?.version, (await identity.findGroup(op(), group))?.version]
  const before = await versions()
  assert.equal(await identity.changeUser(op(), user, { name: 'Alice', state: 'active' }), false)
  await identity.renameGroup(op(), group, 'Writers')
  await identity.withdrawRole(op(), { to: user, role: 'editor' })
  assert.deepEqual(await versions(), before)
  await identity.assignRole(op(), { to: user, role: 'editor' })
  await identity.addToGroup(op(), { group, user })
  const [ofUser, ofGroup] = await versions()
  assert.ok(ofUser !== before[0] && ofGroup !== before[1])
  await identity.deleteUser(op(), user)
  assert.notEqual((await versions())[1], ofGroup, 'a member fewer is another group')
})

contract(
  'a user is changed whole: the old names are free, the new ones theirs, and one event names what was changed',
  async (store, recording) => {
    const { identity, op, revoked } = await openPeople(store)
    const id = await identity.createUser(op(), {
      username: 'alice',
      email: 'alice@example.com',
      emailVerified: true,
      password: goodPassword,
    })
    recording.events.length = 0
    const change = { username: 'moreau', name: 'Alice Moreau', email: 'moreau@example.org', password: 'eight blue tricycles' }
    assert.equal(await identity.changeUser(op(), id, change), true)
    const found = await identity.findUser(op(), id)
    assert.deepEqual(
      [found?.username, found?.name, found?.email, found?.emailVerified, found?.generation],
      ['moreau', 'Alice Moreau', 'moreau@example.org', false, 2],
    )
    const right = { is: 'right', user: id, generation: 2 }
    const signIn = async (username: string, password: string) => identity.checkPassword(op(), { username, password, knownBrowser: false })
    assert.deepEqual(await signIn('moreau', 'eight blue tricycles'), right)
    assert.deepEqual(await signIn('Moreau@example.org', 'eight blue tricycles'), right)
    for (const old of ['alice', 'alice@example.com']) assert.deepEqual(await signIn(old, 'eight blue tricycles'), { is: 'wrong' })
    const named = async (prefix: string) => (await identity.listUsers(op(), { limit: 9, prefix })).items.map(({ username }) => username)
    assert.deepEqual([await named('alice'), await named('more'), await named('moreau@example.o')], [[], ['moreau'], ['moreau']])
    await identity.createUser(op(), { username: 'alice', email: 'alice@example.com' })
    assert.deepEqual(revoked, [`user ${id}`])
    const events = recording.events.filter(({ about }) => about === id)
    assert.deepEqual(
      events.map(({ what, facts }) => [what, facts]),
      [
        ['user.changed', { members: 'username name email password' }],
        ['password.set', undefined],
      ],
    )
    assert.doesNotMatch(JSON.stringify(events), /moreau|alice|example/i, 'an event names a person')
  },
)

contract('names alone end nothing, and are taken away with null', async (store) => {
  const { identity, op, revoked } = await openPeople(store)
  const id = await identity.createUser(op(), { username: 'alice', name: 'Alice', email: 'alice@example.com' })
  await identity.changeUser(op(), id, { name: null, email: null })
  const found = await identity.findUser(op(), id)
  assert.deepEqual([found?.name, found?.email, found?.generation], [undefined, undefined, 1])
  assert.deepEqual(revoked, [`entity ${id}`])
  await identity.createUser(op(), { username: 'other', email: 'alice@example.com' })
})

for (const [says, change, code] of [
  ['user name', { username: 'BOB', name: 'Changed', password: 'eight blue tricycles' }, 'identity.username_taken'],
  ['address', { email: 'Bob@example.com', state: 'disabled' }, 'identity.email_taken'],
] as const) {
  contract(`a user who is to get another's ${says} is not changed at all`, async (store, recording) => {
    const { identity, op } = await openPeople(store)
    const id = await identity.createUser(op(), { username: 'alice', email: 'alice@example.com', password: goodPassword })
    await identity.createUser(op(), { username: 'bob', email: 'bob@example.com' })
    const before = await identity.findUser(op(), id)
    recording.events.length = 0
    await assert.rejects(identity.changeUser(op(), id, change), { code })
    assert.deepEqual(await identity.findUser(op(), id), before)
    assert.deepEqual(recording.names(), [])
    assert.equal((await identity.checkPassword(op(), { username: 'alice', password: goodPassword, knownBrowser: false })).is, 'right')
  })
}

contract('of many who change to one name at once exactly one gets it', async (store) => {
  const { identity, op } = await openPeople(store)
  const ids = await Promise.all(['a1', 'a2', 'a3', 'a4'].map(async (username) => identity.createUser(op(), { username })))
  const outcomes = await Promise.all(ids.map(async (id) => outcomeOf(identity.changeUser(op(), id, { username: 'wanted' }))))
  assert.deepEqual(outcomes.toSorted(), ['done', ...Array.from({ length: 3 }, () => 'identity.username_taken')])
})
