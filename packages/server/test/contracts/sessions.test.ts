import assert from 'node:assert/strict'
import { newId, type UserId } from '#kernel'
import { goodPassword, openPeople, peopleMigrations, type TestPeople } from '../people.ts'
import { eachEngine } from '../store.ts'

interface Raw {
  readonly session: Readonly<Record<string, string | number | Uint8Array | null>> & { readonly tenant: string }
  readonly known_browser: { readonly tenant: string; readonly user_id: string }
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0'
const minute = 60_000
const hour = 3_600_000

async function addAlice({ identity, op }: TestPeople, username = 'alice'): Promise<UserId> {
  return identity.createUser(op(), { username, password: goodPassword })
}

function signIn({ sessions, op }: TestPeople, user: UserId, more: Partial<Parameters<typeof sessions.begin>[1]> = {}) {
  return sessions.begin(op(), { user, generation: 1, acr: '1fa', amr: ['pwd'], ...more })
}

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, peopleMigrations, body)
}

contract('a session is found by its cookie and by its id', async (store, recording) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  recording.events.length = 0
  const alsoRecord = [{ what: 'signin.succeeded', about: user, outcome: 'done' }] as const
  const { session, cookie } = await signIn(house, user, { userAgent: firefox, address: '192.0.2.7', alsoRecord })
  const { nowMs } = house.op()
  assert.deepEqual(session, {
    id: session.id,
    user,
    acr: '1fa',
    amr: ['pwd'],
    authTimeMs: nowMs,
    startedAtMs: nowMs,
    idleUntilMs: nowMs + 30 * minute,
    endsAtMs: nowMs + 12 * hour,
  })
  assert.deepEqual(await house.sessions.find(house.op(), cookie.reveal()), session)
  assert.deepEqual(await house.sessions.get(house.op(), session.id), session)
  const described = { ...session, device: 'Firefox on Linux', address: '192.0.2.7' }
  assert.deepEqual((await house.sessions.list(house.op(), { limit: 10 })).items, [described])
  assert.deepEqual(await house.sessions.describe(house.op(), session.id), described)
  assert.equal(await house.sessions.describe({ ...house.op(), tenant: newId('ten') }, session.id), undefined)
  assert.deepEqual(recording.names(), ['signin.succeeded', 'session.started'])
  const started = recording.events.at(-1)
  assert.deepEqual(started?.facts, { user, acr: '1fa', methods: 'pwd' })
  assert.deepEqual(started?.actor, {
    is: 'user',
    id: user,
    session: session.id,
    proof: { acr: '1fa', amr: ['pwd'], authTimeMs: nowMs },
    credential: { kind: 'session' },
  })
  const key = await store.read(house.op(), (db) => house.people.find(house.op(), db, user))
  const personal = started?.personal
  assert.ok(key && personal)
  assert.deepEqual(JSON.parse(key.open(personal.sealed, 'event.session.started') ?? ''), {
    version: 1,
    name: 'Firefox on Linux',
    address: '192.0.2.7',
  })
})

contract('neither the cookie nor the address can be read from the table', async (store) => {
  const house = await openPeople(store)
  const { cookie } = await signIn(house, await addAlice(house), { userAgent: firefox, address: '192.0.2.7' })
  const rows = await store.read(house.op(), (db) =>
    db.withTables<Raw>().selectFrom('session').selectAll().where('tenant', '=', house.tenant).execute(),
  )
  const kept = JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array
      ? `${Buffer.from(value).toString('latin1')} ${Buffer.from(value).toString('base64url')} ${Buffer.from(value).toString('hex')}`
      : value,
  )
  const secret = cookie.reveal().slice(3)
  for (const word of [secret, Buffer.from(secret, 'base64url').toString('hex'), 'Firefox', '192.0.2.7']) {
    assert.ok(!kept.includes(word), `${word} is readable`)
  }
})

contract('no other cookie finds a session', async (store) => {
  const house = await openPeople(store)
  const { session, cookie } = await signIn(house, await addAlice(house))
  const other = await openPeople(store)
  const value = cookie.reveal()
  assert.equal(await other.sessions.find(other.op(), value), undefined, 'in another tenant')
  assert.equal(await other.sessions.get(other.op(), session.id), undefined, 'in another tenant')
  assert.equal(await other.sessions.end(other.op(), session.id, 'revoked'), false, 'in another tenant')
  for (const strange of ['', value.slice(0, -1), `${value}A`, value.replace('s1.', 's2.'), `s1.${'A'.repeat(43)}`, session.id]) {
    assert.equal(await house.sessions.find(house.op(), strange), undefined)
  }
  assert.ok(await house.sessions.find(house.op(), value))
})

contract(
  'a sign-in in the same browser has a new id and a new secret, and ends the session before it in the same write',
  async (store, recording) => {
    const house = await openPeople(store)
    const user = await addAlice(house)
    const bob = await addAlice(house, 'bob')
    const first = await signIn(house, user)
    recording.events.length = 0
    const second = await signIn(house, bob, { previous: first.cookie.reveal() })
    assert.notEqual(second.session.id, first.session.id)
    assert.notEqual(second.cookie.reveal(), first.cookie.reveal())
    assert.equal(await house.sessions.find(house.op(), first.cookie.reveal()), undefined)
    assert.ok(await house.sessions.find(house.op(), second.cookie.reveal()))
    assert.deepEqual(recording.names(), ['session.started', 'session.ended'])
    assert.deepEqual(recording.events[1]?.facts, { user, why: 'replaced' })
    assert.deepEqual(house.revoked, [`session ${first.session.id}`])
    assert.equal(house.announced(), 1)
    const third = await signIn(house, user, { previous: first.cookie.reveal() })
    assert.ok(await house.sessions.find(house.op(), third.cookie.reveal()))
    assert.equal(house.revoked.length, 1, 'what had ended is not ended again')
  },
)

contract('ending happens once, is revoked and recorded with it, and is announced', async (store, recording) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  const { session, cookie } = await signIn(house, user)
  recording.events.length = 0
  const ended = await Promise.all([1, 2, 3].map(() => house.sessions.end(house.op(), session.id, 'signed_out')))
  assert.deepEqual(ended.filter(Boolean), [true])
  assert.equal(await house.sessions.find(house.op(), cookie.reveal()), undefined)
  assert.equal(await house.sessions.get(house.op(), session.id), undefined)
  assert.deepEqual((await house.sessions.list(house.op(), { limit: 10 })).items, [])
  assert.deepEqual(
    recording.events.map(({ what, about, facts }) => ({ what, about, facts })),
    [{ what: 'session.ended', about: session.id, facts: { user, why: 'signed_out' } }],
  )
  assert.ok(house.revoked.includes(`session ${session.id}`))
  assert.equal(house.announced(), 3)
  assert.equal(await house.sessions.end(house.op(), newId('ses'), 'signed_out'), false)
})

contract('a session lives for half an hour without use and twelve hours with it', async (store) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  const idle = await signIn(house, user)
  const busy = await signIn(house, user)
  house.pass(30 * minute - 1)
  assert.ok(await house.sessions.find(house.op(), idle.cookie.reveal()))
  const used = await house.sessions.find(house.op(), busy.cookie.reveal())
  assert.equal(used?.idleUntilMs, house.op().nowMs + 30 * minute)
  assert.equal(await house.sessions.flush(house.op()), 2)
  assert.equal(await house.sessions.flush(house.op()), 0)
  house.pass(30 * minute)
  assert.equal(await house.sessions.find(house.op(), idle.cookie.reveal()), undefined)
})

contract('the longest life of a busy session is reached at its moment', async (store) => {
  const house = await openPeople(store, { settings: { idleSeconds: 600, absoluteSeconds: 1_200 } })
  const { cookie } = await signIn(house, await addAlice(house))
  for (const at of [500_000, 1_000_000, 1_199_999]) {
    house.pass(at - (house.op().nowMs - 1_790_000_000_000))
    assert.ok(await house.sessions.find(house.op(), cookie.reveal()), `alive after ${at} ms`)
    await house.sessions.flush(house.op())
  }
  house.pass(1)
  assert.equal(await house.sessions.find(house.op(), cookie.reveal()), undefined)
})

contract('a use is written at most once a minute, by a job and not by the request', async (store, recording) => {
  const house = await openPeople(store)
  const { cookie } = await signIn(house, await addAlice(house))
  const begun = recording.events.length
  house.pass(59_999)
  await house.sessions.find(house.op(), cookie.reveal())
  assert.equal(await house.sessions.flush(house.op()), 0)
  house.pass(1)
  for (let use = 0; use < 5; use += 1) await house.sessions.find(house.op(), cookie.reveal())
  assert.equal(await house.sessions.flush(house.op()), 1)
  await house.sessions.find(house.op(), cookie.reveal())
  assert.equal(await house.sessions.flush(house.op()), 0)
  assert.equal(recording.events.length, begun)
})

contract('a note that comes late never shortens or revives a session', async (store) => {
  const one = await openPeople(store)
  const user = await addAlice(one)
  const { session, cookie } = await signIn(one, user)
  const two = await openPeople(store, { tenant: one.tenant })
  two.pass(5 * minute)
  one.pass(10 * minute)
  await two.sessions.find(two.op(), cookie.reveal())
  await one.sessions.find(one.op(), cookie.reveal())
  await one.sessions.flush(one.op())
  await two.sessions.flush(two.op())
  assert.equal((await one.sessions.get(one.op(), session.id))?.idleUntilMs, session.startedAtMs + 40 * minute)
  two.pass(10 * minute)
  await two.sessions.find(two.op(), cookie.reveal())
  await one.sessions.end(one.op(), session.id, 'signed_out')
  await two.sessions.flush(two.op())
  assert.equal(await two.sessions.find(two.op(), cookie.reveal()), undefined)
})

contract('sessions of a user who is disabled, deleted or has a new password are over at once', async (store) => {
  const house = await openPeople(store)
  const { identity, sessions, op } = house
  const users = [
    await addAlice(house),
    await addAlice(house, 'bob'),
    await addAlice(house, 'carol'),
    await addAlice(house, 'dave'),
  ] as const
  const begun = []
  for (const user of users) begun.push(await signIn(house, user))
  await identity.changeUser(op(), users[0], { state: 'disabled' })
  await identity.deleteUser(op(), users[1])
  await identity.changeUser(op(), users[2], { password: 'eight blue tricycles' })
  const alive = []
  for (const { cookie, session } of begun) {
    alive.push(await sessions.find(op(), cookie.reveal()))
    assert.equal((await sessions.get(op(), session.id)) !== undefined, session.user === users[3])
  }
  assert.deepEqual(
    alive.map((session) => session?.user),
    [undefined, undefined, undefined, users[3]],
  )
  assert.deepEqual(
    (await sessions.list(op(), { limit: 10 })).items.map((session) => session.user),
    [users[3]],
  )
  await identity.changeUser(op(), users[0], { state: 'active' })
  assert.equal(await sessions.find(op(), begun[0]?.cookie.reveal() ?? ''), undefined, 'enabling does not bring it back')
})

contract('no session begins when something about the account changed after the password was checked', async (store, recording) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  await house.identity.changeUser(house.op(), user, { password: 'eight blue tricycles' })
  recording.events.length = 0
  await assert.rejects(signIn(house, user), { code: 'session.account_changed' })
  await house.identity.changeUser(house.op(), user, { state: 'disabled' })
  await assert.rejects(signIn(house, user, { generation: 3 }), { code: 'session.account_changed' })
  await house.identity.deleteUser(house.op(), user)
  await assert.rejects(signIn(house, user, { generation: 4 }), { code: 'session.account_changed' })
  assert.ok(!recording.names().includes('session.started'))
  assert.deepEqual((await house.sessions.list(house.op(), { limit: 10 })).items, [])
})

contract('all sessions of one user end together', async (store) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  const bob = await addAlice(house, 'bob')
  for (let count = 0; count < 3; count += 1) await signIn(house, user)
  const other = await signIn(house, bob)
  assert.equal(await house.sessions.endAll(house.op(), user, 'revoked'), 3)
  assert.equal(await house.sessions.endAll(house.op(), user, 'revoked'), 0)
  assert.deepEqual(
    (await house.sessions.list(house.op(), { limit: 10 })).items.map((session) => session.id),
    [other.session.id],
  )
  assert.equal(house.revoked.length, 3)
})

contract('sessions are listed in pages, newest first, of one user or of all', async (store) => {
  const house = await openPeople(store)
  const { sessions, op } = house
  const user = await addAlice(house)
  const bob = await addAlice(house, 'bob')
  const ids = []
  for (const owner of [user, bob, user, user]) {
    ids.push((await signIn(house, owner)).session.id)
    house.pass(1)
  }
  const listed = async (request: Parameters<typeof sessions.list>[1]): Promise<readonly string[]> => {
    const page = await sessions.list(op(), request)
    const rest = page.next === undefined ? [] : await listed({ ...request, cursor: page.next })
    return [...page.items.map((session) => session.id), ...rest]
  }
  const newest = ids.toReversed()
  assert.deepEqual(await listed({ limit: 3 }), newest)
  assert.deepEqual(await listed({ limit: 1, user }), [newest[0], newest[1], newest[3]])
  assert.equal((await sessions.list(op(), { limit: 4 })).next, undefined)
  await assert.rejects(sessions.list(op(), { limit: 4, cursor: 'p1.x' }), { code: 'session.bad_cursor' })
})

contract('a person has at most 100 sessions: the oldest makes room', async (store) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  const first = await signIn(house, user)
  const second = await signIn(house, user)
  for (let count = 0; count < 98; count += 1) {
    house.pass(1)
    await signIn(house, user)
  }
  assert.ok(await house.sessions.find(house.op(), first.cookie.reveal()))
  house.pass(1)
  await signIn(house, user)
  const left = [first, second].map(({ cookie }) => house.sessions.find(house.op(), cookie.reveal()))
  assert.equal((await Promise.all(left)).filter((session) => session === undefined).length, 1)
  assert.equal(house.revoked.length, 1)
})

contract('the sweep ends what ran out and forgets what ended a day ago', async (store, recording) => {
  const house = await openPeople(store, { settings: { idleSeconds: 600, absoluteSeconds: 1_200 } })
  const user = await addAlice(house)
  const idle = await signIn(house, user)
  house.pass(600_000 - 1)
  assert.equal(await house.sessions.sweep(house.op()), 0)
  house.pass(1)
  const live = await signIn(house, user)
  recording.events.length = 0
  assert.equal(await house.sessions.sweep(house.op()), 1)
  assert.equal(await house.sessions.sweep(house.op()), 0)
  assert.deepEqual(
    recording.events.map(({ what, about, facts }) => ({ what, about, why: facts?.['why'] })),
    [{ what: 'session.ended', about: idle.session.id, why: 'idle' }],
  )
  assert.deepEqual(house.revoked, [`session ${idle.session.id}`])
  assert.ok(await house.sessions.find(house.op(), live.cookie.reveal()))
  house.pass(1_200_000)
  assert.equal(await house.sessions.sweep(house.op()), 1)
  assert.equal(recording.events.at(-1)?.facts?.['why'], 'expired')
  const rows = () =>
    store.read(house.op(), async (db) => {
      const found = await db.withTables<Raw>().selectFrom('session').select('tenant').where('tenant', '=', house.tenant).execute()
      return found.length
    })
  assert.equal(await rows(), 2)
  house.pass(24 * hour)
  assert.equal(await house.sessions.sweep(house.op()), 1)
  assert.equal(await rows(), 1)
  house.pass(1)
  assert.equal(await house.sessions.sweep(house.op()), 1)
  assert.equal(await rows(), 0)
})

contract('a browser is known to the person who signed in from it, for half a year', async (store) => {
  const house = await openPeople(store)
  const { sessions, op, pass } = house
  const user = await addAlice(house)
  const bob = await addAlice(house, 'bob')
  const browser = 'b1.0123456789012345678901'
  assert.equal(await sessions.knowsBrowser(op(), user, browser), false)
  await signIn(house, user, { browser })
  assert.equal(await sessions.knowsBrowser(op(), user, browser), true)
  assert.equal(await sessions.knowsBrowser(op(), bob, browser), false)
  assert.equal(await sessions.knowsBrowser(op(), user, `${browser}x`), false)
  assert.equal(await sessions.knowsBrowser(op(), user, ''), false)
  pass(180 * 24 * hour - 1)
  assert.equal(await sessions.knowsBrowser(op(), user, browser), true)
  pass(1)
  assert.equal(await sessions.knowsBrowser(op(), user, browser), false)
  assert.ok((await sessions.sweep(op())) >= 1)
  const left = await store.read(op(), (db) =>
    db.withTables<Raw>().selectFrom('known_browser').selectAll().where('tenant', '=', house.tenant).execute(),
  )
  assert.deepEqual(left, [])
})

contract('20 browsers are known of a person: the one unused for longest is forgotten', async (store) => {
  const house = await openPeople(store)
  const user = await addAlice(house)
  const name = (index: number): string => `b1.${String(index).padStart(22, '0')}`
  for (let index = 0; index < 21; index += 1) {
    await signIn(house, user, { browser: name(index) })
    house.pass(1)
    if (index === 19) await signIn(house, user, { browser: name(0) })
    house.pass(1)
  }
  const known = []
  for (let index = 0; index < 21; index += 1) if (await house.sessions.knowsBrowser(house.op(), user, name(index))) known.push(index)
  assert.deepEqual(
    known,
    Array.from({ length: 21 }, (_, index) => index).filter((index) => index !== 1),
  )
})
