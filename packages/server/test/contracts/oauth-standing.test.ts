/** What a restore takes from a client again, on each engine. @module */

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readClientKey, type PublicJwk } from '#keys'
import { listClientStandings, withdrawFromClient } from '#oauth'
import { buildHouse, houseMigrations } from '../flows/oauth-house.ts'
import { eachEngine } from '../store.ts'

function newKey(kid: string): PublicJwk {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  return readClientKey({ ...jwk, alg: 'ES256', kid }) ?? assert.fail()
}

eachEngine('a key that was taken from a client after the backup does not come back with it', houseMigrations, async (store, recording) => {
  const { clients, op } = await buildHouse(store, recording)
  const [lost, kept] = [newKey('lost'), newKey('kept')]
  const { client } = await clients.create(op(), {
    name: 'Script',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    clientKeys: [lost, kept],
  })
  const standingNow = async () => (await store.read(op(), async (db) => listClientStandings(db, op()))).find(({ id }) => id === client.id)
  const withdraw = async (standing: Awaited<ReturnType<typeof standingNow>>) =>
    store.write(op(), async (tx) => withdrawFromClient(tx, op(), client.id, standing))

  assert.equal(await withdraw(await standingNow()), 0, 'nothing is taken from a client that stands as it was')
  await clients.update(op(), client.id, { clientKeys: [kept] })
  const later = await standingNow()
  await clients.update(op(), client.id, { clientKeys: [lost, kept] })
  assert.equal(await withdraw(later), 1)
  assert.deepEqual((await clients.get(op(), client.id))?.clientKeys, [kept])
  assert.equal(await withdraw({ id: client.id, secrets: [] }), 1)
  assert.deepEqual((await clients.get(op(), client.id))?.clientKeys, [], 'nothing proves it now')
})
