/** Sessions through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly id: string
  readonly user: string
  readonly username: string
}

export function sessionsAreAdministered(house: AskingHouse): void {
  const of = async (user: string): Promise<readonly Shown[]> =>
    (await house.ask('GET', `/sessions?user=${user}`)).json['items'] as readonly Shown[]

  test('a session is seen, ended, and is no use for the first request after the answer', async () => {
    const person = await house.user('session-holder', 'auditor')
    const browser = await house.signIn(person)
    const token = await house.tokenOf(person)
    const sessions = await of(person.id)
    assert.deepEqual(
      sessions.map(({ user, username }) => [user, username]),
      [
        [person.id, 'session-holder'],
        [person.id, 'session-holder'],
      ],
    )
    for (const session of sessions) {
      const { id } = session
      assert.deepEqual((await house.ask('GET', `/sessions/${id}`)).json, session)
      const ended = await house.ask('DELETE', `/sessions/${id}`)
      assert.equal(ended.status, 204)
      const event = (await house.eventsOf(ended.request)).find(({ what }) => what === 'session.ended')
      assert.deepEqual([event?.what, event?.about, event?.actor, event?.facts?.['why']], ['session.ended', id, house.owner.id, 'revoked'])
    }
    assert.equal((await browser.open('/signed-in')).statusCode, 303)
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'token.not_valid')
    assert.deepEqual(await of(person.id), [])
    for (const method of ['GET', 'DELETE'] as const)
      assert.equal((await house.ask(method, `/sessions/${sessions[0]?.id}`)).code, 'admin.not_found')
  })

  test('every session of a user is ended in one call, and of nobody else', async () => {
    const person = await house.user('session-hoarder', 'auditor')
    const beside = await house.user('session-beside', 'auditor')
    const browsers = [await house.signIn(person), await house.signIn(person)]
    const other = await house.signIn(beside)
    const token = await house.tokenOf(person)
    const before = (await of(person.id)).map(({ id }) => id)
    assert.equal(before.length, 3)
    const ended = await house.ask('DELETE', `/users/${person.id}/sessions`)
    assert.deepEqual([ended.status, ended.json], [200, { ended: 3 }])
    const events = (await house.eventsOf(ended.request)).filter(({ what }) => what === 'session.ended')
    assert.deepEqual(events.map(({ about }) => about).sort(), [...before].sort())
    for (const browser of browsers) assert.equal((await browser.open('/signed-in')).statusCode, 303)
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'token.not_valid')
    assert.equal((await other.open('/signed-in')).statusCode, 200)
    assert.deepEqual((await house.ask('DELETE', `/users/${person.id}/sessions`)).json, { ended: 0 })
  })

  test('sessions of everybody are listed newest first, page by page', async () => {
    const person = await house.user('session-lister')
    house.clock.forwardMs(1_000)
    await house.signIn(person)
    house.clock.forwardMs(1_000)
    await house.signIn(person)
    const first = await house.ask('GET', '/sessions?limit=1')
    const second = await house.ask('GET', `/sessions?limit=1&cursor=${encodeURIComponent(String(first.json['next']))}`)
    const items = [first, second].flatMap(({ json }) => json['items'] as readonly (Shown & { readonly startedAtMs: number })[])
    assert.deepEqual(
      items.map(({ user }) => user),
      [person.id, person.id],
    )
    assert.equal((items[0]?.startedAtMs ?? 0) - (items[1]?.startedAtMs ?? 0), 1_000)
  })

  test('a session that ran out is listed no more', async () => {
    const person = await house.user('session-idler')
    await house.signIn(person)
    house.clock.forwardMs(1_800_000 - 1)
    assert.equal((await of(person.id)).length, 1)
    house.clock.forwardMs(1)
    assert.deepEqual(await of(person.id), [])
  })

  for (const query of ['user=alice', 'user=ses_0000000000000000000001', 'user=', 'limit=0']) {
    test(`sessions are not listed with ?${query}`, async () => {
      assert.equal((await house.ask('GET', `/sessions?${query}`)).code, 'request.malformed')
    })
  }

  test('a cursor of another list is refused', async () => {
    assert.equal((await house.ask('GET', '/sessions?cursor=p1.x')).code, 'session.bad_cursor')
  })
}
