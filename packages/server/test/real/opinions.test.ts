/** Cedar's own build is asked about decisions that were made: what a difference leads to, and who waits. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Unavailable } from '#kernel'
import { createCedarEngine, decide, type Ask, type CompiledSet, type Decision, type Difference } from '#policy'
import { createClerk } from '../../src/app/referee/clerk.ts'
import { createOpinions, type Opinions } from '../../src/app/referee/opinions.ts'
import { aUser, labSet, shippedSet } from '../policies.ts'
import { get, openHouse, origin, problemOf, signIn, until } from './gateway-house.ts'

const engine = createCedarEngine()
const all = '@id("all") permit (principal, action, resource);'
const set = labSet(engine, `${all} @id("closed") forbid (principal, action, resource is Lab::Thing) when { resource == Lab::Thing::"c" };`)
const other = labSet(engine, `${all} @id("closed") forbid (principal, action, resource) when { resource == Lab::Thing::"c" };`)

/** Our engine with a defect: it overlooks a forbid. */
const wrong: typeof engine = {
  ...engine,
  evaluate(given, request, entities) {
    const right = engine.evaluate(given, request, entities)
    return right.reasons.includes('closed' as never) ? { ...right, decision: 'allow', reasons: ['all' as never] } : right
  },
}

const ask = (id: string): Ask => ({
  principal: aUser,
  roles: ['member'],
  action: 'use',
  resource: { type: 'Thing', id },
  facts: { nowMs: 0 },
})

interface Asked {
  readonly opinions: Opinions
  readonly told: Difference[]
  readonly lines: string[]
  readonly waiting: () => number
  readonly about: (given: CompiledSet, id: string) => Decision | Promise<Decision>
  readonly end: () => Promise<void>
}

function asked(share: number): Asked {
  const clerk = createClerk()
  after(async () => clerk.close())
  const told: Difference[] = []
  const lines: string[] = []
  const log = { warn: (says: string) => lines.push(says), error: (says: string) => lines.push(says) }
  const opinions = createOpinions({ clerk, share, log })
  return {
    opinions,
    told,
    lines,
    waiting: () => clerk.waiting,
    about: (given, id) => opinions.confirm(given, ask(id), decide(wrong, given, ask(id)), (difference) => told.push(difference)),
    end: async () => clerk.close(),
  }
}

async function settled({ waiting }: Asked): Promise<void> {
  while (waiting() > 0) await new Promise((resolve) => setTimeout(resolve, 10))
}

const effectOf = async (decision: Decision | Promise<Decision>): Promise<string> => (await decision).effect

test('the first difference is found behind the answer; from then on both must allow, until another set decides', async () => {
  const one = asked(1)
  const first = one.about(set, 'c')
  assert.ok(!(first instanceof Promise), 'nobody waits')
  assert.equal(first.effect, 'allow')
  await settled(one)
  assert.equal(one.opinions.doubted, 1)
  assert.deepEqual(one.told, [
    {
      store: 'lab',
      digest: set.digest,
      action: 'use',
      ours: 'allow, permitted, by all',
      theirs: 'deny, forbidden, by closed',
    },
  ])
  assert.deepEqual(one.lines, ['two engines decide differently; both must allow until another set is activated'])
  assert.deepEqual([await effectOf(one.about(set, 'c')), await effectOf(one.about(set, 'a'))], ['deny', 'allow'])
  assert.ok(!(one.about(other, 'a') instanceof Promise), 'another set is not doubted')
  assert.equal(one.opinions.doubted, 0)
})

test('what is doubted and cannot be asked is not allowed; what is denied stays denied without asking', async () => {
  const one = asked(1)
  void one.about(set, 'c')
  await settled(one)
  await one.end()
  await assert.rejects(async () => one.about(set, 'a'), Unavailable)
  const denied: Decision = { ...decide(engine, set, ask('c')) }
  assert.equal(
    one.opinions.confirm(set, ask('c'), denied, () => {}),
    denied,
  )
})

test('an opinion that is not to be had changes nothing while nothing is doubted, and the log says so', async () => {
  const one = asked(1)
  await one.end()
  assert.equal(await effectOf(one.about(set, 'a')), 'allow')
  await settled(one)
  assert.deepEqual([one.opinions.doubted, one.lines], [0, ['no second opinion was to be had on a decision']])
})

test('of very many at once a hundred wait, and the others are not asked', async () => {
  const one = asked(1)
  for (let count = 0; count < 1_000; count += 1) void one.about(set, 'a')
  assert.equal(one.waiting(), 100)
  await settled(one)
  assert.equal(one.opinions.doubted, 0)
})

test('no share asks nobody, and a share asks about as many as it says', async () => {
  const none = asked(0)
  for (let count = 0; count < 1_000; count += 1) void none.about(set, 'c')
  assert.equal(none.waiting(), 0)
  const some = asked(0.1)
  for (let count = 0; count < 500; count += 1) void some.about(set, 'a')
  assert.ok(some.waiting() > 10 && some.waiting() <= 100, String(some.waiting()))
  await settled(some)
})

test('at a gateway a difference is recorded, what both allow goes on, and what cannot be asked is refused and forwarded to nobody', async () => {
  let forwarded = 0
  const clerk = createClerk()
  after(async () => clerk.close())
  // What the second engine decides by has one forbid more: it answers otherwise, as it would if ours had overlooked it.
  const { content, ...notes } = shippedSet(engine, 'notes')
  const closed = { ...notes, content, digest: `${notes.digest.slice(1)}x`, policies: new Map(notes.policies) }
  const text = '@id("closed-today") forbid (principal, action == Notes::Action::"write", resource);'
  const [summary] = [...labSet(engine, '@id("closed-today") forbid (principal, action, resource);').policies.values()]
  assert.ok(summary)
  closed.policies.set(summary.id, { ...summary, text })
  const second = {
    decide: async (_set: CompiledSet, asking: Ask) => clerk.decide(closed, asking),
    get waiting() {
      return clerk.waiting
    },
  }
  const opinions = createOpinions({ clerk: second, share: 1, log: { warn: () => {}, error: () => {} } })
  const house = await openHouse({
    app: (_request, response) => {
      forwarded += 1
      response.end('ok')
    },
    confirm: opinions.confirm,
  })
  after(async () => house.close())
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const write = async () => get(house.port, '/notes', { method: 'POST', headers: { cookie, origin } })
  const read = async () => get(house.port, '/notes', { headers: { cookie } })
  const first = await write()
  await until(() => opinions.doubted === 1, 20_000)
  const before = forwarded
  const refused = await write()
  const allowed = await read()
  await clerk.close()
  const unanswered = await read()
  assert.deepEqual([first.status, refused.status, allowed.status, unanswered.status], [200, 403, 200, 503], refused.body)
  assert.equal(problemOf(unanswered), 'server.unavailable')
  assert.equal(forwarded, before + 1)
  await until(() => house.server.events.some(({ event }) => event.what === 'gateway.doubted'))
  const doubted = house.server.events.find(({ event }) => event.what === 'gateway.doubted')?.event
  assert.deepEqual([doubted?.about, doubted?.facts?.['theirs']], ['notes', 'deny, forbidden, by closed-today'])
})
