/** Reading the log. */
import assert from 'node:assert/strict'
import type { ListRequest } from '#audit'
import { newId, type UserId } from '#kernel'
import { eachLog, type TestLog } from '../audit.ts'

async function abouts(log: TestLog, request: Partial<ListRequest> = {}): Promise<readonly string[]> {
  const { items } = await log.audit.list(log.op(), { limit: 100, what: 'session.ended', ...request })
  return items.map(({ about }) => about)
}

const names = (from: number, to: number): readonly string[] =>
  Array.from({ length: Math.abs(from - to) + 1 }, (_, place) => `ses_${from < to ? from + place : from - place}`)

eachLog('the newest come first, and an event is listed as soon as its write has resolved', async (log) => {
  await log.record(3)
  assert.deepEqual(await abouts(log), names(3, 1))
})

eachLog('pages join without loss and without repetition while events are added', async (log) => {
  await log.record(25)
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await log.audit.list(log.op(), { limit: 10, what: 'session.ended', cursor })
    assert.ok(page.items.length <= 10)
    seen.push(...page.items.map(({ about }) => about))
    cursor = page.next
    await log.record(1, { about: 'later' })
  } while (cursor !== undefined)
  assert.deepEqual(seen, names(25, 1))
})

eachLog('the last page has no next', async (log) => {
  await log.audit.settle(log.op())
  const { items } = await log.audit.list(log.op(), { limit: 200 })
  const exact = await log.audit.list(log.op(), { limit: items.length })
  assert.equal(exact.items.length, items.length)
  assert.equal(exact.next, undefined)
  if (items.length > 1) assert.ok((await log.audit.list(log.op(), { limit: items.length - 1 })).next)
})

eachLog('events are found by what, by what about, by whom and by when', async (log) => {
  await log.record(3)
  const op = log.op()
  const user = newId('usr')
  const proof = { acr: '1fa', amr: ['pwd'], authTimeMs: 0 }
  await log.store.write({ ...op, actor: { is: 'user', id: user, proof, credential: { kind: 'session' } }, record: () => {} }, async (tx) =>
    tx.record({ what: 'note.written', about: 'note_1', outcome: 'done' }),
  )
  const found = async (request: Partial<ListRequest>): Promise<readonly string[]> =>
    (await log.audit.list(op, { limit: 100, ...request })).items.map(({ what }) => what)
  assert.deepEqual(await found({ what: 'note.written' }), ['note.written'])
  assert.deepEqual(await found({ about: 'note_1' }), ['note.written'])
  assert.deepEqual(await found({ actor: user }), ['note.written'])
  assert.deepEqual(await found({ actor: newId('usr') }), [])
  assert.equal((await found({ actor: 'test' })).length, 3)
  assert.deepEqual(await found({ request: op.id }), ['note.written'])
  assert.deepEqual(await found({ request: newId('req') }), [])
  assert.deepEqual(await found({ what: 'note.written', outcome: 'done' }), ['note.written'])
  assert.deepEqual(await found({ what: 'note.written', outcome: 'refused' }), [])
  const [first] = (await log.audit.list(op, { limit: 1, about: 'ses_1' })).items
  assert.ok(first)
  assert.deepEqual(await abouts(log, { sinceMs: first.atMs }), names(3, 1))
  assert.deepEqual(await abouts(log, { sinceMs: first.atMs + 1 }), names(3, 2))
  assert.deepEqual(await abouts(log, { untilMs: first.atMs + 1 }), ['ses_1'])
  assert.deepEqual(await abouts(log, { untilMs: first.atMs }), [])
})

eachLog('a time long ago is found without reading what came since', async (log) => {
  await log.record(5)
  const untilMs = log.clock.wallMs() + 1
  log.clock.pass(7_200_000)
  await log.record(300, { about: 'later' })
  assert.deepEqual(await abouts(log, { untilMs }), names(5, 1))
  assert.deepEqual(await abouts(log, { untilMs, limit: 2 }), names(5, 4))
})

eachLog('a filter that finds little looks at ten thousand events at most and says where to go on', async (log) => {
  await log.record(1)
  for (let round = 0; round < 3; round++) {
    await log.store.write(log.op(), async (tx) => {
      for (let number = 0; number < 3500; number++) tx.record({ what: 'note.read', about: 'note_1', outcome: 'allowed' })
    })
  }
  const first = await log.audit.list(log.op(), { limit: 10, what: 'session.ended' })
  assert.deepEqual(first.items, [])
  assert.ok(first.next)
  const second = await log.audit.list(log.op(), { limit: 10, what: 'session.ended', cursor: first.next })
  assert.deepEqual(
    second.items.map(({ about }) => about),
    ['ses_1'],
  )
})

eachLog('following shows what is new, the oldest first', async (log) => {
  await log.record(3)
  const start = await log.audit.follow(log.op(), undefined, 2)
  assert.deepEqual(
    start.items.map(({ about }) => about),
    names(2, 3),
  )
  const still = await log.audit.follow(log.op(), start.place, 2)
  assert.deepEqual(still, { items: [], place: start.place, more: false })
  await log.record(3)
  const next = await log.audit.follow(log.op(), still.place, 2)
  assert.deepEqual(
    next.items.map(({ about }) => about),
    names(1, 2),
  )
  const last = await log.audit.follow(log.op(), next.place, 2)
  assert.deepEqual(
    last.items.map(({ about }) => about),
    ['ses_3'],
  )
})

eachLog('following shows what fits, says whether there is more, and goes on behind what it looked at', async (log) => {
  await log.record(250)
  await log.record(1, { what: 'session.started', about: 'ses_first' })
  const begun = await log.audit.follow(log.op(), undefined, 2, { what: 'session.ended' })
  assert.deepEqual(
    begun.items.map(({ about }) => about),
    names(249, 250),
  )
  await log.record(450)
  await log.record(2, { what: 'session.started', outcome: 'refused' })
  const filter = { what: 'session.started' }
  const fitting = await log.audit.follow(log.op(), begun.place, 1, filter)
  assert.deepEqual([fitting.items.map(({ about }) => about), fitting.more], [names(1, 1), true])
  const rest = await log.audit.follow(log.op(), fitting.place, 10, filter)
  assert.deepEqual([rest.items.map(({ about }) => about), rest.more], [names(2, 2), false])
  const none = await log.audit.follow(log.op(), begun.place, 10, { outcome: 'allowed' })
  assert.deepEqual(none, { items: [], place: rest.place, more: false })
  const late = await log.audit.follow(log.op(), begun.place, 10, { sinceMs: log.clock.wallMs() })
  assert.deepEqual(
    late.items.map(({ about }) => about),
    names(2, 2),
  )
})

eachLog('a place that we did not give is refused', async (log) => {
  for (const place of ['', 'p1.', 'p2.MQ', 'p1.LTE', 'p1.MDE', 'p1.MQ==', 'p1.OTk5OTk5OTk5OTk5OTk5OTk5OQ']) {
    await assert.rejects(log.audit.list(log.op(), { limit: 1, cursor: place }), { code: 'audit.unknown_place' }, place)
    if (place !== '') await assert.rejects(log.audit.follow(log.op(), place, 1), { code: 'audit.unknown_place' }, place)
  }
  assert.deepEqual((await log.audit.list(log.op(), { limit: 1, cursor: 'p1.MA' })).items, [], 'before the first')
})

eachLog('an event whose bytes cannot be read is listed as that', async (log) => {
  await log.record(2)
  await log.audit.settle(log.op())
  await log.tamper(async (db) => db.updateTable('audit_event').set({ content: '{' }).where('content', 'like', '%ses_1%').execute())
  const { items } = await log.audit.list(log.op(), { limit: 2 })
  assert.deepEqual(
    items.map(({ what }) => what),
    ['session.ended', 'audit.unreadable'],
  )
})

eachLog('names in an event are sealed: readable with the key of the person, and the log verifies when it was destroyed', async (log) => {
  const { people } = log.keys
  const person: UserId = newId('usr')
  const key = await people.create(log.op(), person)
  const sealed = key.seal('alice from 192.0.2.1', 'event.session.begun')
  await log.store.write(log.op(), async (tx) => {
    await people.keep(tx, log.op(), key)
    tx.record({ what: 'session.begun', about: 'ses_1', outcome: 'done', personal: { person, sealed } })
  })
  const { items } = await log.audit.list(log.op(), { limit: 1, about: 'ses_1' })
  const personal = items[0]?.personal
  assert.equal(personal?.person, person)
  const found = await log.store.read(log.op(), async (db) => people.find(log.op(), db, person))
  assert.equal(found?.open(personal.sealed, 'event.session.begun'), 'alice from 192.0.2.1')
  assert.doesNotMatch(JSON.stringify(items), /alice/)
  await log.store.write(log.op(), async (tx) => people.erase(tx, log.op(), person))
  assert.equal(await log.store.read(log.op(), async (db) => people.find(log.op(), db, person)), undefined)
  await log.audit.settle(log.op())
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})
