/** The record through the admin API. @module */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { verifyExport } from '#audit'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly index: number
  readonly what: string
  readonly about: string
  readonly request: string
  readonly actor: string
  readonly atMs: number
  readonly personal?: string
}

export function theRecordIsRead(house: AskingHouse): void {
  const items = (json: Readonly<Record<string, unknown>>): readonly Shown[] => json['items'] as readonly Shown[]

  test('the record is read newest first, each event once, and every event that was committed is in it', async () => {
    const person = await house.user('recorded')
    const first = await house.ask('GET', '/audit/events?limit=3')
    assert.ok(items(first.json).some(({ what, about }) => what === 'user.created' && about === person.id))
    const seen = (await house.all<Shown>('/audit/events', 50)).map(({ index }) => index)
    assert.deepEqual(
      seen,
      [...seen].sort((left, right) => right - left),
    )
    assert.equal(new Set(seen).size, seen.length)
    assert.equal(seen.at(-1), 0)
  })

  test('the record is asked for one kind of event, and for one thing', async () => {
    const person = await house.user('looked-for')
    await house.signIn(person)
    const kinds = items((await house.ask('GET', '/audit/events?what=session.started')).json)
    assert.ok(kinds.length > 0 && kinds.every(({ what }) => what === 'session.started'))
    const things = items((await house.ask('GET', `/audit/events?about=${person.id}`)).json)
    assert.deepEqual(
      things.map(({ what }) => what),
      ['signin.succeeded', 'user.created'],
    )
    assert.match(kinds[0]?.personal ?? '', /127\.0\.0\.1/, 'what is personal is shown in clear to whoever may read the record')
    await house.ask('DELETE', `/users/${person.id}`)
    const after = items((await house.ask('GET', '/audit/events?what=session.started')).json)
    assert.equal(after[0]?.personal, undefined, 'and is gone with the person')
  })

  test('the record is asked by whom, with which outcome, in which request and when', async () => {
    const token = await house.tokenOf(await house.user('asked-about'))
    const refused = await house.ask('GET', '/users', undefined, token)
    const of = async (query: string): Promise<readonly Shown[]> => items((await house.ask('GET', `/audit/events?${query}`)).json)
    const [event] = await of(`request=${refused.request}`)
    assert.ok(event !== undefined && event.what === 'request.refused')
    assert.ok((await of('outcome=refused')).some(({ request }) => request === refused.request))
    assert.ok(!(await of('outcome=done')).some(({ request }) => request === refused.request))
    const own = await house.ask('POST', '/users', { username: 'made-by-the-owner' })
    const byOwner = await of(`actor=${house.owner.id}&limit=200`)
    assert.ok(byOwner.some(({ request }) => request === own.request))
    assert.ok(!byOwner.some(({ request }) => request === refused.request))
    assert.deepEqual(new Set(byOwner.map(({ actor }) => actor)), new Set([`user ${house.owner.id}`]))
    const both = await of(`actor=${house.owner.id}&what=user.created&request=${own.request}`)
    assert.deepEqual(
      both.map(({ what, about }) => [what, about]),
      [['user.created', own.json['id']]],
    )
    const atMs = event.atMs
    const within = await of(`sinceMs=${atMs}&untilMs=${atMs + 1}&limit=200`)
    assert.ok(within.some(({ request }) => request === refused.request))
    assert.ok(within.every((found) => found.atMs === atMs))
    assert.ok(!(await of(`sinceMs=${atMs + 1}&limit=200`)).some(({ request }) => request === refused.request))
    assert.ok(!(await of(`untilMs=${atMs}&limit=200`)).some(({ request }) => request === refused.request))
    assert.deepEqual(await of(`untilMs=1`), [])
    for (const query of ['outcome=maybe', 'request=req_x', 'sinceMs=-1', 'sinceMs=1e3', 'untilMs=x', 'colour=red'])
      assert.equal((await house.ask('GET', `/audit/events?${query}`)).code, 'request.malformed', query)
  })

  test('the record is followed from a place, oldest first', async () => {
    const { place } = (await house.ask('GET', '/audit/tail')).json
    const person = await house.user('followed')
    const tail = await house.ask('GET', `/audit/tail?place=${encodeURIComponent(String(place))}`)
    const events = items(tail.json)
    assert.ok(events.some(({ about }) => about === person.id))
    assert.deepEqual(
      events.map(({ index }) => index),
      events.map((_, at) => (events[0]?.index ?? 0) + at),
    )
    assert.notEqual(tail.json['place'], place)
    assert.equal(tail.json['more'], false)
    const fitting = await house.ask('GET', `/audit/tail?what=user.created&about=${person.id}&place=${encodeURIComponent(String(place))}`)
    assert.deepEqual(
      items(fitting.json).map(({ what, about }) => [what, about]),
      [['user.created', person.id]],
    )
    for (const query of ['outcome=maybe', 'sinceMs=x', 'cursor=p1.MQ', 'limit=1'])
      assert.equal((await house.ask('GET', `/audit/tail?${query}`)).code, 'request.malformed', query)
  })

  test('a checkpoint that was taken earlier verifies later, with the record that was made meanwhile', async () => {
    await house.ask('GET', '/audit/events?limit=1')
    const { checkpoint } = (await house.ask('GET', '/audit/checkpoint')).json
    assert.match(String(checkpoint), /^localhost:9000[^\n]*\n\d+\n[A-Za-z0-9+/=]{44}\n[\s\S]*\n— /)
    await house.user('after-the-checkpoint')
    const whole = await house.ask('POST', '/audit/verify', {})
    assert.deepEqual([whole.json['ok'], whole.json['findings']], [true, []])
    const since = await house.ask('POST', '/audit/verify', { checkpoint })
    assert.equal(since.json['ok'], true)
    assert.ok(Number(since.json['treeSize']) >= Number(whole.json['treeSize']))
    assert.ok((await house.eventsOf(since.request)).some(({ what }) => what === 'audit.verified'))
  })

  test('the record is given out whole, verifies by itself, and that it was is recorded', async () => {
    const answered = await house.ask('GET', '/audit/export')
    const lines = answered.json['lines'] as readonly string[]
    const found = await verifyExport(Readable.from([Buffer.from(lines.join('\n'))]))
    assert.deepEqual([found.is, found.findings], ['intact', []])
    assert.ok((await house.eventsOf(answered.request)).some(({ what, actor }) => what === 'audit.exported' && actor === house.owner.id))
    assert.ok(lines.some((line) => line.includes('"what":"session.started"')))
    assert.ok(!lines.some((line) => line.includes(house.owner.username)), 'names stay sealed')
    assert.equal((await house.ask('GET', '/audit/export?from=99999999')).code, 'audit.unknown_place')
    const ofToday = (await house.ask('GET', '/audit/export?sinceMs=1&untilMs=99999999999999')).json['lines'] as readonly string[]
    assert.equal((await verifyExport(Readable.from([Buffer.from(ofToday.join('\n'))]))).is, 'intact')
    for (const query of ['from=-1', 'from=1.5', 'from=', 'to=1', 'sinceMs=-1', 'untilMs=x', 'what=user.created'])
      assert.equal((await house.ask('GET', `/audit/export?${query}`)).code, 'request.malformed')
  })

  test('a checkpoint that this log never signed is a finding', async () => {
    const { checkpoint } = (await house.ask('GET', '/audit/checkpoint')).json
    const [origin, size, root = '', ...rest] = String(checkpoint).split('\n')
    const other = `${root.startsWith('A') ? 'B' : 'A'}${root.slice(1)}`
    for (const forged of [[origin, size, other, ...rest].join('\n'), 'not a note', '']) {
      const found = await house.ask('POST', '/audit/verify', { checkpoint: forged })
      assert.equal(found.json['ok'], false, JSON.stringify(forged))
      assert.ok((found.json['findings'] as readonly object[]).length > 0)
    }
  })

  for (const path of ['/audit/tail?place=p1.x', '/audit/events?cursor=p1.x']) {
    test(`a place that we did not give is refused at ${path}`, async () => {
      assert.equal((await house.ask('GET', path)).code, 'audit.unknown_place')
    })
  }

  test('a verification is asked for in JSON, and for nothing else', async () => {
    for (const body of [undefined, '[]', { checkpoint: 1 }, { checkpoint: 'x'.repeat(16_385) }, { from: 'x' }])
      assert.equal((await house.ask('POST', '/audit/verify', body)).code, 'request.malformed')
  })
}
