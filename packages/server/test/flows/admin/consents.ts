/** What people allowed clients, through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'
import { openHolder } from './tokens.ts'

interface Shown {
  readonly id: string
  readonly client: string
  readonly clientId: string
  readonly user: string
  readonly username: string
  readonly scopes: readonly string[]
  readonly givenAtMs: number
}

export function consentsAreAdministered(house: AskingHouse): void {
  const of = async (query: string): Promise<readonly Shown[]> =>
    (await house.ask('GET', `/consents?${query}`)).json['items'] as readonly Shown[]

  test('a consent is seen and taken back, and what was given under it is no use for the first request after the answer', async () => {
    const [person, beside] = [await house.user('consent-giver', 'auditor'), await house.user('consent-beside', 'auditor')]
    const holder = await openHolder(house, 'consent-app')
    const held = await holder.begin(person)
    const givenAtMs = house.clock.wallMs()
    const other = await holder.begin(beside)
    const [item, ...others] = await of(`user=${person.id}&client=${holder.id}`)
    assert.deepEqual(others, [])
    assert.deepEqual(item, {
      id: item?.id,
      client: holder.id,
      clientId: 'consent-app',
      user: person.id,
      username: 'consent-giver',
      scopes: ['openid', 'offline_access'],
      claims: [],
      givenAtMs,
    })
    assert.deepEqual((await house.ask('GET', `/consents/${item.id}`)).json, item)
    assert.deepEqual(new Set((await of(`client=${holder.id}`)).map(({ user }) => user)), new Set([person.id, beside.id]))

    const withdrawn = await house.ask('DELETE', `/consents/${item.id}`)
    assert.equal(withdrawn.status, 204)
    assert.equal((await house.ask('GET', '/users', undefined, held.access)).code, 'token.not_valid')
    assert.equal((await holder.refresh(held.refresh)).json['error'], 'invalid_grant')
    assert.equal((await house.ask('GET', '/users', undefined, other.access)).status, 200)
    const events = await house.eventsOf(withdrawn.request)
    assert.deepEqual(events.map(({ what, about, actor }) => [what, about, actor]).slice(0, 1), [
      ['consent.withdrawn', holder.id, house.owner.id],
    ])
    assert.equal(events.find(({ what }) => what === 'family.ended')?.facts?.['why'], 'consent-withdrawn')
    for (const method of ['GET', 'DELETE'] as const) assert.equal((await house.ask(method, `/consents/${item.id}`)).code, 'admin.not_found')
    await holder.begin(person)
    const [again] = await of(`user=${person.id}`)
    assert.notEqual(again?.id, item.id, 'they were asked again')
  })

  test('helpdesk takes back no consent: that is for the person, or for operators', async () => {
    const helper = await house.tokenOf(await house.user('consent-helper', 'helpdesk'))
    const operator = await house.tokenOf(await house.user('consent-operator', 'operator'))
    const person = await house.user('consent-caller')
    await (await openHolder(house, 'consent-helped')).begin(person)
    const [item] = await of(`user=${person.id}`)
    assert.equal((await house.ask('DELETE', `/consents/${item?.id}`, undefined, helper)).status, 403)
    assert.equal((await house.ask('DELETE', `/consents/${item?.id}`, undefined, operator)).status, 204)
  })

  for (const query of ['user=alice', 'client=usr_0000000000000000000001', 'client=', 'limit=0', 'scope=openid']) {
    test(`consents are not listed with ?${query}`, async () => {
      assert.equal((await house.ask('GET', `/consents?${query}`)).code, 'request.malformed')
    })
  }

  test('a cursor of another list finds no consents', async () => {
    assert.equal((await house.ask('GET', '/consents?cursor=p1.x')).code, 'consent.bad_cursor')
  })
}
