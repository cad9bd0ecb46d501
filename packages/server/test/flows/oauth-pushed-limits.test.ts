/** Pushed requests of clients that prove nothing: how many rows a stranger can make. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basic, form, openHouse } from './oauth-house.ts'

const redirectUri = 'https://app.example/cb'
const app = { name: 'App', grantTypes: ['authorization_code'], redirectUris: [redirectUri], scopes: ['read'] } as const
const asked = {
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: 'read',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}
const slow = (burst: number) => ({ burst, perSecond: 0.01 })

async function pushing(rates: { readonly address: number; readonly principal: number }) {
  const limits = { classes: { pushed: { address: slow(rates.address), principal: slow(rates.principal) } } }
  const house = await openHouse({ limits })
  const create = async (kind: 'public' | 'confidential') => house.clients.create(house.op(), { ...app, kind })
  const push = async (fields: object, remoteAddress: string, headers = {}) =>
    house.inject({ ...form('/par', { ...asked, ...fields }, headers), remoteAddress })
  const pushAll = async (clientId: string, addresses: readonly string[]): Promise<readonly number[]> => {
    const seen: number[] = []
    for (const address of addresses) seen.push((await push({ client_id: clientId }, address)).statusCode)
    return seen
  }
  return { house, create, push, pushAll }
}

test('what one network pushes for clients that prove nothing is limited, for whichever of them', async () => {
  const { create, push, pushAll, house } = await pushing({ address: 2, principal: 100 })
  const [one, two] = [(await create('public')).client.clientId, (await create('public')).client.clientId]
  assert.deepEqual(await pushAll(one, ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2']), [201, 201, 429, 201])
  const refused = await push({ client_id: two }, '192.0.2.1')
  assert.deepEqual([refused.statusCode, refused.json().error, refused.json().code], [429, 'temporarily_unavailable', 'limit.exceeded'])
  assert.ok(Number(refused.headers['retry-after']) > 0)
  house.clock.forwardMs(100_000)
  assert.deepEqual(await pushAll(two, ['192.0.2.1']), [201])
})

test('what all networks together push in the name of one is limited, and no other client is', async () => {
  const { create, pushAll } = await pushing({ address: 2, principal: 3 })
  const [one, two] = [(await create('public')).client.clientId, (await create('public')).client.clientId]
  const addresses = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3']
  assert.deepEqual(await pushAll(one, addresses), [201, 201, 429, 201, 429], 'what its network is refused takes nothing from the client')
  assert.deepEqual(await pushAll(two, ['192.0.2.4']), [201])
})

test('a client that proves itself is not among them', async () => {
  const { create, push } = await pushing({ address: 1, principal: 1 })
  const { client, secret } = await create('confidential')
  const authorization = basic(client.clientId, secret?.reveal() ?? '')
  for (const _ of [1, 2, 3]) assert.equal((await push({}, '192.0.2.1', { authorization })).statusCode, 201)
})
