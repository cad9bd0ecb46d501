/** Changes of one client by several at once, on each engine: of one version one change is made, and there are never three secrets. */

import assert from 'node:assert/strict'
import { Refusal } from '#kernel'
import { registrationVersion, type NewClient } from '#oauth'
import { basic, buildHouse, form, houseMigrations } from '../flows/oauth-house.ts'
import { eachEngine } from '../store.ts'

const service: NewClient = {
  name: 'Service',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  scopes: ['a', 'b'],
  audiences: ['https://api.example'],
}

/** `done`, or the code of the refusal; anything else is a defect. */
async function outcomeOf(change: Promise<unknown>): Promise<string> {
  try {
    await change
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

eachEngine('of many changes to one version of a client exactly one is made, and recorded', houseMigrations, async (store, recording) => {
  const { clients, op } = await buildHouse(store, recording)
  const { client } = await clients.create(op(), service)
  const seen = registrationVersion(client)
  recording.events.length = 0
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => outcomeOf(clients.update(op(), client.id, { name: `Name ${at}` }, seen))),
  )
  assert.deepEqual(outcomes.toSorted(), [...Array.from({ length: 5 }, () => 'client.changed'), 'done'])
  assert.equal((await clients.get(op(), client.id))?.name, `Name ${outcomes.indexOf('done')}`)
  assert.deepEqual(recording.names(), ['client.changed'], 'a change that was refused is no change')
})

eachEngine('a client that is changed keeps what the change does not name', houseMigrations, async (store, recording) => {
  const { clients, op } = await buildHouse(store, recording)
  const { client } = await clients.create(op(), service)
  const changed = await clients.update(op(), client.id, { name: 'Other', scopes: ['a'] }, registrationVersion(client))
  assert.deepEqual(changed, { ...client, name: 'Other', scopes: ['a'] })
  assert.deepEqual(await clients.get(op(), client.id), changed)
  assert.notEqual(registrationVersion(changed), registrationVersion(client))
})

eachEngine('of many who add a secret at once one does; both live, until the old one goes', houseMigrations, async (store, recording) => {
  const house = await buildHouse(store, recording)
  const { clients, op } = house
  const { client, secret } = await clients.create(op(), service)
  const first = secret?.reveal() ?? ''
  const made: string[] = []
  recording.events.length = 0
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, async () =>
      outcomeOf(clients.addSecret(op(), client.id).then(({ secret: added }) => void made.push(added.reveal()))),
    ),
  )
  assert.deepEqual(outcomes.toSorted(), [...Array.from({ length: 4 }, () => 'client.too_many_secrets'), 'done'])
  assert.deepEqual(recording.names(), ['client.secret_added'])
  assert.deepEqual(
    (await clients.listSecrets(op(), client.id)).map(({ number }) => number),
    [1, 2],
  )
  const statusOf = async (text: string): Promise<number> => {
    const headers = { authorization: basic(client.clientId, text) }
    return (await house.inject(form('/token', { grant_type: 'client_credentials' }, headers))).statusCode
  }
  const [second = ''] = made
  assert.deepEqual([await statusOf(first), await statusOf(second)], [200, 200])
  const removed = await Promise.all(Array.from({ length: 4 }, async () => clients.removeSecret(op(), client.id, 1)))
  assert.equal(removed.filter(Boolean).length, 1)
  assert.deepEqual([await statusOf(first), await statusOf(second)], [401, 200])
  assert.deepEqual(
    recording.names().filter((what) => what === 'client.secret_removed'),
    ['client.secret_removed'],
  )
})

eachEngine('of clients whose names begin alike only those are first-party that were made so', houseMigrations, async (store, recording) => {
  const { clients, op } = await buildHouse(store, recording)
  await clients.create(op(), { ...service, clientId: 'door mine' })
  await store.write(op(), async (tx) => clients.putFirstParty(tx, op(), { ...service, clientId: 'door ours' }))
  await store.write(op(), async (tx) => clients.putFirstParty(tx, op(), { ...service, clientId: 'Door other' }))
  assert.deepEqual(await store.read(op(), async (db) => clients.firstPartyBeginningWith(db, op(), 'door ')), ['door ours'])
})
