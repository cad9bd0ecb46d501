import assert from 'node:assert/strict'
import { newId, type UserId } from '#kernel'
import { goodPassword, openPeople, peopleMigrations, type RawPeople } from '../people.ts'
import { factsAbout } from '../record.ts'
import { eachEngine } from '../store.ts'

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, peopleMigrations, body)
}

contract('a user is kept sealed: no column holds a name', async (store, recording) => {
  const { identity, op, tenant } = await openPeople(store)
  const id = await identity.createUser(op(), {
    username: 'Alice',
    name: 'Alice Moreau',
    email: 'Alice@Example.com',
    password: goodPassword,
  })
  const rows = await store.read(op(), async (db) => ({
    user: await db.withTables<RawPeople>().selectFrom('identity_user').selectAll().where('tenant', '=', tenant).execute(),
    lookup: await db.withTables<RawPeople>().selectFrom('user_lookup').selectAll().where('tenant', '=', tenant).execute(),
    prefix: await db.withTables<RawPeople>().selectFrom('user_prefix').selectAll().where('tenant', '=', tenant).execute(),
    password: await db.withTables<RawPeople>().selectFrom('password').selectAll().where('tenant', '=', tenant).execute(),
  }))
  const kept = JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array ? `${Buffer.from(value).toString('latin1')}${Buffer.from(value).toString('utf16le')}` : value,
  ).toLowerCase()
  for (const word of ['alice', 'moreau', 'example', 'bicycles']) assert.ok(!kept.includes(word), `${word} is readable`)
  assert.equal(rows.lookup.length, 2)
  const found = await identity.findUser(op(), id)
  assert.deepEqual(found, {
    id,
    username: 'Alice',
    name: 'Alice Moreau',
    email: 'Alice@Example.com',
    emailVerified: false,
    state: 'active',
    roles: [],
    generation: 1,
    createdAtMs: op().nowMs,
    version: found?.version,
  })
  assert.deepEqual(factsAbout(recording, id), ['user.created done'])
  for (const event of recording.events) assert.ok(!JSON.stringify(event).toLowerCase().includes('alice'), 'an event names a person')
})

contract('a user name and an email address belong to one user, in any spelling', async (store) => {
  const { identity, op } = await openPeople(store)
  await identity.createUser(op(), { username: 'alice', email: 'alice@example.com' })
  await assert.rejects(identity.createUser(op(), { username: 'ALICE' }), { code: 'identity.username_taken' })
  await assert.rejects(identity.createUser(op(), { username: 'alice2', email: 'Alice@EXAMPLE.com' }), { code: 'identity.email_taken' })
  await identity.createUser(op(), { username: 'alice2', email: 'ali.ce@example.com' })
  assert.equal((await identity.listUsers(op(), { limit: 10 })).items.length, 2)
})

contract('of many who want one name at once exactly one gets it', async (store) => {
  const { identity, op } = await openPeople(store)
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => identity.createUser(op(), { username: 'bob' })))
  assert.equal(attempts.filter((attempt) => attempt.status === 'fulfilled').length, 1)
  for (const attempt of attempts)
    if (attempt.status === 'rejected') assert.equal((attempt.reason as { code: string }).code, 'identity.username_taken')
})

const bad = [
  { says: 'a user name with a space', user: { username: 'a b' }, code: 'identity.bad_username' },
  { says: 'a user name like an address', user: { username: 'a@b' }, code: 'identity.bad_username' },
  { says: 'an address that is none', user: { username: 'carol', email: 'carol' }, code: 'identity.bad_email' },
  { says: 'a name with a line end', user: { username: 'carol', name: 'Carol\nAdmin' }, code: 'identity.bad_name' },
  { says: 'an empty name', user: { username: 'carol', name: '' }, code: 'identity.bad_name' },
  { says: 'a role with a capital', user: { username: 'carol', roles: ['Owner'] }, code: 'identity.bad_role' },
  { says: 'a role of 64 letters', user: { username: 'carol', roles: ['r'.repeat(64)] }, code: 'identity.bad_role' },
  { says: 'a short password', user: { username: 'carol', password: 'short' }, code: 'password.too_short' },
] as const
for (const row of bad) {
  contract(`a user is not created with ${row.says}`, async (store) => {
    const { identity, op } = await openPeople(store)
    await assert.rejects(identity.createUser(op(), row.user), { name: 'Refusal', code: row.code })
    assert.deepEqual((await identity.listUsers(op(), { limit: 10 })).items, [])
  })
}

contract('users are listed in pages, oldest first, and found by a prefix of any of their names', async (store) => {
  const { identity, op, pass } = await openPeople(store)
  for (const username of ['anna', 'annabel', 'ANNELIESE', 'bert']) {
    await identity.createUser(op(), { username, email: `${username}.x@mail.example` })
    pass(1)
  }
  const names = async (request: Parameters<typeof identity.listUsers>[1]): Promise<readonly string[]> => {
    const page = await identity.listUsers(op(), request)
    const rest = page.next === undefined ? [] : await names({ ...request, cursor: page.next })
    return [...page.items.map((user) => user.username), ...rest]
  }
  assert.deepEqual(await names({ limit: 3 }), ['anna', 'annabel', 'ANNELIESE', 'bert'])
  assert.equal((await identity.listUsers(op(), { limit: 4 })).next, undefined)
  assert.deepEqual(await names({ limit: 1, prefix: 'Anna' }), ['anna', 'annabel'])
  assert.deepEqual(await names({ limit: 2, prefix: 'ann' }), ['anna', 'annabel', 'ANNELIESE'])
  assert.deepEqual(await names({ limit: 9, prefix: 'bert.x@mail.e' }), ['bert'])
  assert.deepEqual(await names({ limit: 9, prefix: 'bert.x@mail.f' }), [])
  await assert.rejects(identity.listUsers(op(), { limit: 9, prefix: 'a' }), { code: 'identity.bad_prefix' })
  await assert.rejects(identity.listUsers(op(), { limit: 9, cursor: 'p1.AAAA' }), { code: 'identity.bad_cursor' })
})

contract('another tenant sees nobody and may take the same names', async (store) => {
  const ours = await openPeople(store)
  const theirs = await openPeople(store)
  const id = await ours.identity.createUser(ours.op(), { username: 'alice', password: goodPassword })
  assert.equal(await theirs.identity.findUser(theirs.op(), id), undefined)
  assert.deepEqual((await theirs.identity.listUsers(theirs.op(), { limit: 10 })).items, [])
  await theirs.identity.createUser(theirs.op(), { username: 'alice' })
  await assert.rejects(theirs.identity.changeUser(theirs.op(), id, { state: 'disabled' }), { code: 'identity.unknown_user' })
  await assert.rejects(theirs.identity.deleteUser(theirs.op(), id), { code: 'identity.unknown_user' })
  await assert.rejects(theirs.identity.assignRole(theirs.op(), { to: id, role: 'owner' }), { code: 'identity.unknown_user' })
  const attempt = { username: 'alice', password: goodPassword, knownBrowser: false }
  assert.deepEqual(await theirs.identity.checkPassword(theirs.op(), attempt), { is: 'wrong' })
})

contract('disabling ends what was given out, enabling does not bring it back', async (store, recording) => {
  const { identity, op, revoked, announced } = await openPeople(store)
  const id = await identity.createUser(op(), { username: 'alice', password: goodPassword })
  const generation = () => store.read(op(), (db) => identity.generationOf(db, op(), id))
  assert.equal(await generation(), 1)
  assert.equal(await identity.changeUser(op(), id, { state: 'disabled' }), true)
  assert.equal(await identity.changeUser(op(), id, { state: 'disabled' }), false)
  assert.equal(await generation(), undefined)
  assert.equal((await identity.findUser(op(), id))?.state, 'disabled')
  assert.deepEqual(revoked, [`user ${id}`])
  assert.equal(announced(), 2)
  assert.equal(await identity.changeUser(op(), id, { state: 'active' }), true)
  assert.equal(await identity.changeUser(op(), id, { state: 'active' }), false)
  assert.equal(await generation(), 2)
  assert.deepEqual(factsAbout(recording, id), ['user.created done', 'user.disabled done', 'user.enabled done'])
  await assert.rejects(identity.changeUser(op(), newId('usr'), { state: 'disabled' }), { code: 'identity.unknown_user' })
  await assert.rejects(identity.changeUser(op(), newId('usr'), { state: 'active' }), { code: 'identity.unknown_user' })
})

contract('deleting destroys the key and the names, and leaves a tombstone', async (store, recording) => {
  const { identity, people, op, revoked, tenant } = await openPeople(store)
  const id = await identity.createUser(op(), { username: 'alice', email: 'alice@example.com', password: goodPassword, roles: ['editor'] })
  const group = await identity.createGroup(op(), { name: 'Writers' })
  await identity.addToGroup(op(), { group, user: id })
  await identity.deleteUser(op(), id)
  assert.equal(await identity.findUser(op(), id), undefined)
  assert.equal(await store.read(op(), (db) => people.find(op(), db, id)), undefined)
  assert.deepEqual(await identity.rolesOf(op(), id), [])
  assert.deepEqual(await identity.groupsOf(op(), id), [])
  assert.ok(revoked.includes(`user ${id}`))
  const left = await store.read(op(), async (db) => {
    const raw = db.withTables<RawPeople>()
    const [tombstone] = await raw.selectFrom('identity_user').selectAll().where('tenant', '=', tenant).where('id', '=', id).execute()
    let others = 0
    for (const table of ['user_lookup', 'user_prefix', 'password'] as const) {
      others += (await raw.selectFrom(table).select('tenant').where('tenant', '=', tenant).execute()).length
    }
    return { tombstone, others }
  })
  assert.equal(left.tombstone?.state, 'deleted')
  assert.equal(left.tombstone?.profile, null)
  assert.equal(left.others, 0)
  const attempt = { username: 'alice', password: goodPassword, knownBrowser: false }
  assert.deepEqual(await identity.checkPassword(op(), attempt), { is: 'wrong' })
  await assert.rejects(identity.deleteUser(op(), id), { code: 'identity.unknown_user' })
  await assert.rejects(identity.changeUser(op(), id, { password: goodPassword }), { code: 'identity.unknown_user' })
  await assert.rejects(identity.addToGroup(op(), { group, user: id }), { code: 'identity.unknown_user' })
  assert.notEqual(await identity.createUser(op(), { username: 'alice', email: 'alice@example.com' }), id)
  assert.equal(factsAbout(recording, id).at(-1), 'user.deleted done')
})

contract('roles are held directly and through groups, each once', async (store, recording) => {
  const { identity, op, revoked } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice', roles: ['viewer', 'viewer'] })
  const group = await identity.createGroup(op(), { name: 'Writers' })
  assert.equal(await identity.assignRole(op(), { to: group, role: 'editor' }), true)
  assert.equal(await identity.assignRole(op(), { to: group, role: 'viewer' }), true)
  assert.deepEqual(await identity.rolesOf(op(), user), ['viewer'])
  assert.equal(await identity.addToGroup(op(), { group, user }), true)
  assert.equal(await identity.addToGroup(op(), { group, user }), false)
  assert.deepEqual(await identity.rolesOf(op(), user), ['editor', 'viewer'])
  assert.deepEqual((await identity.findUser(op(), user))?.roles, ['editor', 'viewer'])
  assert.deepEqual(await identity.groupsOf(op(), user), [group])
  assert.deepEqual(await identity.groupNamesOf(op(), user), [(await identity.findGroup(op(), group))?.name])
  assert.equal(await identity.withdrawRole(op(), { to: user, role: 'viewer' }), true)
  assert.equal(await identity.withdrawRole(op(), { to: user, role: 'viewer' }), false)
  assert.deepEqual(await identity.rolesOf(op(), user), ['editor', 'viewer'])
  assert.equal(await identity.removeFromGroup(op(), { group, user }), true)
  assert.equal(await identity.removeFromGroup(op(), { group, user }), false)
  assert.deepEqual(await identity.rolesOf(op(), user), [])
  assert.deepEqual(revoked, [`entity ${group}`, `entity ${group}`, `entity ${user}`, `entity ${user}`, `entity ${user}`])
  assert.deepEqual(factsAbout(recording, user), ['user.created done', 'role.assigned done', 'role.withdrawn done'])
  assert.deepEqual(factsAbout(recording, group), [
    'group.created done',
    'role.assigned done',
    'role.assigned done',
    'group.joined done',
    'group.left done',
  ])
})

contract('users are listed by state and by role, held directly or through a group', async (store) => {
  const { identity, op } = await openPeople(store)
  const [alice, bob, carol] = [
    await identity.createUser(op(), { username: 'alice', roles: ['editor'] }),
    await identity.createUser(op(), { username: 'bob' }),
    await identity.createUser(op(), { username: 'carol' }),
  ]
  const group = await identity.createGroup(op(), { name: 'Editors' })
  await identity.assignRole(op(), { to: group, role: 'editor' })
  await identity.addToGroup(op(), { group, user: bob })
  await identity.addToGroup(op(), { group, user: alice })
  await identity.changeUser(op(), bob, { state: 'disabled' })
  const found = async (filter: object): Promise<readonly string[]> =>
    (await identity.listUsers(op(), { limit: 9, ...filter })).items.map(({ id }) => id).sort()
  assert.deepEqual(await found({ role: 'editor' }), [alice, bob].sort())
  assert.deepEqual(await found({ role: 'editor', state: 'disabled' }), [bob])
  assert.deepEqual(await found({ role: 'editor', prefix: 'bo' }), [bob])
  assert.deepEqual(await found({ state: 'active' }), [alice, carol].sort())
  assert.deepEqual(await found({ state: 'active', prefix: 'bo' }), [])
  assert.deepEqual(await found({}), [alice, bob, carol].sort())
})

contract('a client holds roles like a person', async (store) => {
  const { identity, op } = await openPeople(store)
  const client = newId('cli')
  assert.equal(await identity.assignRole(op(), { to: client, role: 'auditor' }), true)
  assert.equal(await identity.assignRole(op(), { to: client, role: 'auditor' }), false)
  assert.deepEqual(await identity.rolesOf(op(), client), ['auditor'])
  await assert.rejects(identity.assignRole(op(), { to: newId('grp'), role: 'auditor' }), { code: 'identity.unknown_group' })
})

contract('128 roles on one holder are the most', async (store) => {
  const { identity, op } = await openPeople(store)
  const roles = Array.from({ length: 128 }, (_, index) => `role-${index}`)
  const user = await identity.createUser(op(), { username: 'alice', roles })
  await assert.rejects(identity.assignRole(op(), { to: user, role: 'one-more' }), { code: 'identity.too_many' })
  assert.equal((await identity.rolesOf(op(), user)).length, 128)
})

contract('groups are listed in pages, named once, and deleted with what they gave', async (store) => {
  const { identity, op, pass } = await openPeople(store)
  const user = await identity.createUser(op(), { username: 'alice' })
  const ids = []
  for (const name of ['Writers', 'Readers', 'Owners']) {
    ids.push(await identity.createGroup(op(), { name }))
    pass(1)
  }
  const [writers] = ids
  assert.ok(writers)
  await assert.rejects(identity.createGroup(op(), { name: ' WRITERS ' }), { code: 'identity.group_taken' })
  await assert.rejects(identity.createGroup(op(), { name: '  ' }), { code: 'identity.bad_name' })
  const first = await identity.listGroups(op(), { limit: 2 })
  assert.deepEqual(
    first.items.map((group) => group.name),
    ['Writers', 'Readers'],
  )
  const beginning = async (prefix: string): Promise<readonly string[]> =>
    (await identity.listGroups(op(), { limit: 9, prefix })).items.map(({ name }) => name)
  assert.deepEqual(await beginning('wRi'), ['Writers'])
  assert.deepEqual(await beginning('%'), [])
  assert.deepEqual(await beginning('_riters'), [])
  const second = await identity.listGroups(op(), { limit: 2, cursor: first.next })
  assert.deepEqual(
    second.items.map((group) => group.name),
    ['Owners'],
  )
  assert.equal(second.next, undefined)
  await assert.rejects(identity.listGroups(op(), { limit: 2, cursor: 'x' }), { code: 'identity.bad_cursor' })
  await assert.rejects(identity.renameGroup(op(), writers, 'rEADERS'), { code: 'identity.group_taken' })
  await identity.renameGroup(op(), writers, 'WRITERS')
  assert.equal((await identity.findGroup(op(), writers))?.name, 'WRITERS')
  await assert.rejects(identity.renameGroup(op(), newId('grp'), 'Nobodies'), { code: 'identity.unknown_group' })
  await identity.assignRole(op(), { to: writers, role: 'editor' })
  await identity.addToGroup(op(), { group: writers, user })
  const bob = await identity.createUser(op(), { username: 'bob' })
  await identity.addToGroup(op(), { group: writers, user: bob })
  const one = await identity.listMembers(op(), writers, { limit: 1 })
  const two = await identity.listMembers(op(), writers, { limit: 1, cursor: one.next })
  assert.deepEqual([...one.items, ...two.items].sort(), [user, bob].sort())
  assert.equal(two.next, undefined)
  await identity.deleteGroup(op(), writers)
  assert.deepEqual(await identity.rolesOf(op(), user), [])
  assert.deepEqual(await identity.groupsOf(op(), user), [])
  await assert.rejects(identity.deleteGroup(op(), writers), { code: 'identity.unknown_group' })
  await assert.rejects(identity.addToGroup(op(), { group: writers, user }), { code: 'identity.unknown_group' })
})

contract('the last owner who may sign in is not deleted, disabled or stripped; of two who remove each other, one stays', async (store) => {
  const { identity, op } = await openPeople(store)
  const owner = async (username: string): Promise<UserId> => identity.createUser(op(), { username, roles: ['owner'] })
  const ways: readonly ((id: UserId) => Promise<unknown>)[] = [
    async (id) => identity.withdrawRole(op(), { to: id, role: 'owner' }),
    async (id) => identity.changeUser(op(), id, { state: 'disabled' }),
    async (id) => identity.deleteUser(op(), id),
  ]
  const [one, disabled] = [await owner('one'), await owner('disabled')]
  await identity.changeUser(op(), disabled, { state: 'disabled' })
  for (const way of ways) await assert.rejects(way(one), { code: 'identity.last_holder' })
  assert.deepEqual([(await identity.findUser(op(), one))?.state, (await identity.findUser(op(), one))?.roles], ['active', ['owner']])

  // Who may not sign in is no holder, and goes; other roles may end with their last holder.
  await identity.deleteUser(op(), disabled)
  await identity.assignRole(op(), { to: one, role: 'auditor' })
  assert.equal(await identity.withdrawRole(op(), { to: one, role: 'auditor' }), true)

  for (const [number, way] of ways.entries()) {
    const other = await owner(`other-${number}`)
    const [left] = (await identity.listUsers(op(), { limit: 10 })).items.filter(
      ({ id, state, roles }) => id !== other && state === 'active' && roles.includes('owner'),
    )
    assert.ok(left)
    const ended = await Promise.allSettled([way(left.id), way(other)])
    assert.deepEqual(ended.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal(await identity.isRoleHeld(op(), 'owner'), true)
  }
})
