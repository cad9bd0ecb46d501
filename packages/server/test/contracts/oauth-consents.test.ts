/** Consents as their administrators see and withdraw them, on each engine. @module */

import assert from 'node:assert/strict'
import { newId, type ClientId, type ConsentId, type UserId } from '#kernel'
import { newFamilyId } from '#tokens'
import { putConsent } from '../../src/oauth/consents/store.ts'
import { buildHouse, houseMigrations, testClock, type House } from '../flows/oauth-house.ts'
import { eachEngine } from '../store.ts'

const year = 365 * 24 * 3_600_000

async function give({ store, op }: House, user: UserId, client: ClientId): Promise<ConsentId> {
  const id = newId('con')
  const at = op()
  await store.write(at, async (tx) =>
    putConsent(tx, at.tenant, { id, user, client, scopes: ['openid', 'notes'], claims: [], givenAtMs: at.nowMs }),
  )
  return id
}

/** A grant of a person to a client. */
async function begin({ store, tokens, op }: House, user: UserId, client: ClientId): Promise<string> {
  const family = await store.write(op(), async (tx) =>
    tokens.startFamily(tx, op(), {
      id: newFamilyId(),
      client,
      user,
      session: newId('ses'),
      scopes: ['openid'],
      audience: ['https://api.example'],
      lives: 'offline',
      proof: { acr: '1fa', amr: ['pwd'], authTimeMs: op().nowMs },
      accessToken: newId('tok'),
    }),
  )
  return family.id
}

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, houseMigrations, body)
}

contract('consents are listed newest first, of one user or client, page by page', async (store, recording) => {
  const clock = testClock()
  const house = await buildHouse(store, recording, { clock })
  const { consents, op } = house
  const [user, client] = [newId('usr'), newId('cli')]
  const ids: ConsentId[] = []
  for (let count = 0; count < 5; count += 1) {
    ids.unshift(await give(house, user, count === 0 ? client : newId('cli')))
    clock.forwardMs(1)
  }
  const stranger = await give(house, newId('usr'), client)
  for (const limit of [1, 2, 200]) {
    const found: ConsentId[] = []
    let cursor: string | undefined
    do {
      const page = await consents.list(op(), { user, limit, cursor })
      assert.ok(page.items.length <= limit)
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    assert.deepEqual(found, ids)
  }
  const idsOf = async (filter: { user?: UserId; client?: ClientId }) =>
    (await consents.list(op(), { ...filter, limit: 10 })).items.map(({ id }) => id)
  assert.deepEqual(await idsOf({ client }), [stranger, ids.at(-1)])
  assert.deepEqual(await idsOf({ user, client }), ids.slice(-1))
  assert.deepEqual(await idsOf({}), [stranger, ...ids])
  await assert.rejects(consents.list(op(), { limit: 1, cursor: 'p1.x' }), { code: 'consent.bad_cursor' })
  const elsewhere = { ...op(), tenant: newId('ten') }
  assert.deepEqual((await consents.list(elsewhere, { limit: 10 })).items, [])
  assert.equal(await consents.find(elsewhere, stranger), undefined)
  assert.equal(await consents.withdrawById(elsewhere, stranger), false)
  assert.ok(await consents.find(op(), stranger))
})

contract('a consent is withdrawn once, with what was given under it and nothing else', async (store, recording) => {
  const house = await buildHouse(store, recording)
  const { consents, tokens, op } = house
  const [user, client, other] = [newId('usr'), newId('cli'), newId('cli')]
  const id = await give(house, user, client)
  const beside = await give(house, user, other)
  const families = [await begin(house, user, client), await begin(house, user, client)]
  const kept = [await begin(house, user, other), await begin(house, newId('usr'), client)]
  recording.events.length = 0
  const both = await Promise.all([consents.withdrawById(op(), id), consents.withdrawById(op(), id)])
  assert.deepEqual(
    both.toSorted((one, other) => Number(one) - Number(other)),
    [false, true],
  )
  assert.deepEqual(
    recording.events.map(({ what, facts }) => [what, facts?.['user'] ?? facts?.['why']]),
    [['consent.withdrawn', user], ...families.map(() => ['family.ended', 'consent-withdrawn'])],
  )
  const live = (await tokens.listFamilies(op(), { limit: 10 })).items.map((family) => family.id as string)
  assert.deepEqual([...live].sort(), [...kept].sort())
  for (const family of families) assert.equal(await tokens.revocations.isRevoked(op(), { generation: 9, family: family as never }), true)
  assert.equal(await consents.find(op(), id), undefined)
  assert.ok(await consents.find(op(), beside))
})

contract('a consent that was given again since is not withdrawn by its old id', async (store, recording) => {
  const house = await buildHouse(store, recording)
  const { consents, tokens, op } = house
  const [user, client] = [newId('usr'), newId('cli')]
  const old = await give(house, user, client)
  assert.equal(await consents.withdrawById(op(), old), true)
  const id = await give(house, user, client)
  const family = await begin(house, user, client)
  assert.equal(await consents.withdrawById(op(), old), false)
  assert.deepEqual(
    (await consents.list(op(), { user, limit: 10 })).items.map((consent) => consent.id),
    [id],
  )
  assert.equal((await tokens.listFamilies(op(), { user, limit: 10 })).items[0]?.id, family)
})

contract('a consent is found for a year, to the millisecond', async (store, recording) => {
  const clock = testClock()
  const house = await buildHouse(store, recording, { clock })
  const user = newId('usr')
  const id = await give(house, user, newId('cli'))
  clock.forwardMs(year - 1)
  assert.equal((await house.consents.find(house.op(), id))?.user, user)
  clock.forwardMs(1)
  assert.equal(await house.consents.find(house.op(), id), undefined)
  assert.deepEqual((await house.consents.list(house.op(), { user, limit: 10 })).items, [])
})
