/** What clients were given for people, through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, basic, form, pkce } from '../oauth-house.ts'
import type { TestPerson } from '../../house.ts'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly id: string
  readonly client: string
  readonly clientId: string
  readonly user: string
  readonly username: string
  readonly lastUsedAtMs?: number
}

/** What a client holds for a person. */
interface Held {
  readonly access: string
  readonly refresh: string
}

const redirectUri = 'https://holder.example/cb'

export interface Holder {
  readonly id: string
  readonly clientId: string
  /** Signs the person in, lets them allow the client what it asks for, and exchanges the code. */
  readonly begin: (person: TestPerson) => Promise<Held>
  /** The same as far as the code; `exchange` resolves with the error where there is one. */
  readonly authorize: (person: TestPerson) => Promise<{ readonly exchange: () => Promise<Held & { readonly error?: string | undefined }> }>
  readonly refresh: (refreshToken: string) => Promise<{ readonly status: number; readonly json: Readonly<Record<string, string>> }>
  readonly ownToken: () => Promise<string>
}

/** A client that people allow something. */
export async function openHolder(house: AskingHouse, clientId: string): Promise<Holder> {
  const { id, secret = '' } = await house.client({
    clientId,
    name: clientId,
    kind: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: [redirectUri],
    scopes: ['openid', 'offline_access'],
    audiences: [`${house.issuer}/admin`],
  })
  const token = async (fields: Readonly<Record<string, string>>) => {
    const answer = await house.inject(form('/token', fields, { authorization: basic(clientId, secret) }))
    return { status: answer.statusCode, json: answer.json<Record<string, string>>() }
  }
  const authorize: Holder['authorize'] = async (person) => {
    const browser = await house.signIn(person)
    const { verifier, challenge } = pkce()
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid offline_access',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const first = await browser.open(`/authorize?${query.toString()}`)
    let place = new URL(String(first.headers.location), house.issuer)
    if (place.origin === new URL(house.issuer).origin) {
      const state = place.searchParams.get('state') ?? assert.fail(place.href)
      await browser.open(place.pathname + place.search)
      place = answered(await browser.post('/consent', { state, decision: 'allow' }))
    }
    return {
      exchange: async () => {
        const { json } = await token({
          grant_type: 'authorization_code',
          code: place.searchParams.get('code') ?? assert.fail(place.href),
          redirect_uri: redirectUri,
          code_verifier: verifier,
        })
        return { access: json['access_token'] ?? '', refresh: json['refresh_token'] ?? '', error: json['error'] }
      },
    }
  }
  return {
    id,
    clientId,
    begin: async (person) => (await authorize(person)).exchange(),
    authorize,
    refresh: async (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    ownToken: async () => (await token({ grant_type: 'client_credentials' })).json['access_token'] ?? '',
  }
}

export function tokensAreAdministered(house: AskingHouse): void {
  const of = async (user: string): Promise<readonly Shown[]> =>
    (await house.ask('GET', `/tokens?user=${user}`)).json['items'] as readonly Shown[]
  const accepted = async (access: string): Promise<boolean> =>
    (await house.ask('GET', '/users?limit=1', undefined, access)).code !== 'token.not_valid'

  test('a grant is seen, and never a token; ended, nothing accepts what it gave for the first request after the answer', async () => {
    const person = await house.user('token-holder', 'auditor')
    const holder = await openHolder(house, 'token-app')
    const held = await holder.begin(person)
    house.clock.forwardMs(1_000)
    const { json: renewed } = await holder.refresh(held.refresh)
    const [item, ...others] = (await house.ask('GET', `/tokens?user=${person.id}&client=${holder.id}`)).json['items'] as readonly Shown[]
    assert.deepEqual(others, [])
    assert.deepEqual([item?.client, item?.clientId, item?.user, item?.username], [holder.id, 'token-app', person.id, 'token-holder'])
    assert.equal(item?.lastUsedAtMs, house.clock.wallMs())
    const one = await house.ask('GET', `/tokens/${item?.id}`)
    assert.deepEqual(one.json, item)
    for (const secret of [held.refresh, renewed['refresh_token'] ?? '', held.access]) assert.ok(!JSON.stringify(one.json).includes(secret))
    assert.equal(await accepted(renewed['access_token'] ?? ''), true)

    const ended = await house.ask('DELETE', `/tokens/${item?.id}`)
    assert.equal(ended.status, 204)
    assert.equal(await accepted(renewed['access_token'] ?? ''), false)
    assert.equal(await accepted(held.access), false)
    assert.equal((await holder.refresh(renewed['refresh_token'] ?? '')).json['error'], 'invalid_grant')
    const [event] = (await house.eventsOf(ended.request)).filter(({ what }) => what === 'family.ended')
    assert.deepEqual([event?.about, event?.actor, event?.facts?.['why']], [item?.id, house.owner.id, 'revoked'])
    for (const method of ['GET', 'DELETE'] as const) assert.equal((await house.ask(method, `/tokens/${item?.id}`)).code, 'admin.not_found')
  })

  test('all grants of a user end in one call, of nobody else, and their sessions go on', async () => {
    const [person, beside] = [await house.user('token-hoarder', 'auditor'), await house.user('token-beside', 'auditor')]
    const holder = await openHolder(house, 'token-hoard')
    const mine = [await holder.begin(person), await holder.begin(person)]
    const other = await holder.begin(beside)
    const browser = await house.signIn(person)
    const ended = await house.ask('DELETE', `/users/${person.id}/tokens`)
    assert.deepEqual([ended.status, ended.json], [200, { ended: 2 }])
    for (const { access, refresh } of mine) {
      assert.equal(await accepted(access), false)
      assert.equal((await holder.refresh(refresh)).json['error'], 'invalid_grant')
    }
    assert.equal(await accepted(other.access), true)
    assert.equal((await browser.open('/signed-in')).statusCode, 200)
    assert.deepEqual(await of(person.id), [])
    assert.deepEqual((await house.ask('DELETE', `/users/${person.id}/tokens`)).json, { ended: 0 })
  })

  test('a code that was on its way when all grants of a user ended begins none', async () => {
    const person = await house.user('token-hurried')
    const holder = await openHolder(house, 'token-hurry')
    const [mine, others] = [await holder.authorize(person), await holder.authorize(await house.user('token-calm'))]
    await house.ask('DELETE', `/users/${person.id}/tokens`)
    assert.equal((await mine.exchange()).error, 'invalid_grant')
    assert.deepEqual(await of(person.id), [])
    assert.equal((await others.exchange()).error, undefined)
  })

  test('a code that was on its way when all grants of a client ended begins none', async () => {
    const person = await house.user('token-late')
    const [holder, beside] = [await openHolder(house, 'token-rushed'), await openHolder(house, 'token-patient')]
    const [its, others] = [await holder.authorize(person), await beside.authorize(person)]
    await house.ask('DELETE', `/clients/${holder.id}/tokens`)
    assert.equal((await its.exchange()).error, 'invalid_grant')
    assert.equal((await others.exchange()).error, undefined)
  })

  test('all grants of a client end in one call, and what it got as itself', async () => {
    const person = await house.user('token-lender', 'auditor')
    const [holder, beside] = [await openHolder(house, 'token-greedy'), await openHolder(house, 'token-modest')]
    const [held, other] = [await holder.begin(person), await beside.begin(person)]
    const own = await holder.ownToken()
    assert.equal(await accepted(own), true)
    const ended = await house.ask('DELETE', `/clients/${holder.id}/tokens`)
    assert.deepEqual(ended.json, { ended: 1 })
    assert.deepEqual([await accepted(held.access), await accepted(own), await accepted(other.access)], [false, false, true])
    assert.equal((await holder.refresh(held.refresh)).json['error'], 'invalid_grant')
    assert.equal(await accepted(await holder.ownToken()), true, 'a new one is believed')
  })

  test('helpdesk ends what one person gave, and not an app for everybody', async () => {
    const helper = await house.tokenOf(await house.user('token-helper', 'helpdesk'))
    const person = await house.user('token-caller')
    const holder = await openHolder(house, 'token-helped')
    await holder.begin(person)
    const [item] = await of(person.id)
    assert.equal((await house.ask('DELETE', `/clients/${holder.id}/tokens`, undefined, helper)).status, 403)
    assert.equal((await house.ask('DELETE', `/tokens/${item?.id}`, undefined, helper)).status, 204)
    assert.deepEqual((await house.ask('DELETE', `/users/${person.id}/tokens`, undefined, helper)).json, { ended: 0 })
  })

  for (const query of ['user=alice', 'client=usr_0000000000000000000001', 'user=', 'limit=201', 'token=x']) {
    test(`grants are not listed with ?${query}`, async () => {
      assert.equal((await house.ask('GET', `/tokens?${query}`)).code, 'request.malformed')
    })
  }

  test('a cursor of another list finds no grants', async () => {
    assert.equal((await house.ask('GET', '/tokens?cursor=p1.x')).code, 'family.bad_cursor')
  })
}
