/** Signing keys through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly purpose: string
  readonly keyId: string
  readonly state: string
}

export function keysAreAdministered(house: AskingHouse): void {
  const keysOf = async (purpose: string): Promise<readonly Shown[]> => {
    const { items } = (await house.ask('GET', '/keys')).json as unknown as { readonly items: readonly Shown[] }
    return items.filter((key) => key.purpose === purpose)
  }
  const published = async (): Promise<readonly string[]> => {
    const { keys } = (await house.inject({ method: 'GET', url: '/jwks' })).json<{ readonly keys: readonly { readonly kid: string }[] }>()
    return keys.map(({ kid }) => kid)
  }

  test('signing keys are listed with their state, and with nothing that signs', async () => {
    const { json } = await house.ask('GET', '/keys')
    assert.doesNotMatch(JSON.stringify(json), /"(d|p|q|wrapped|k)":|PRIVATE/)
    for (const purpose of ['id-token', 'access-token', 'gateway-assertion', 'audit-checkpoint']) {
      const states = (await keysOf(purpose)).map(({ state }) => state)
      assert.deepEqual(states.slice(0, 2), ['active', 'next'], purpose)
    }
  })

  test('a key that was published before takes over, and what was signed before still verifies', async () => {
    house.clock.forwardMs(600_000)
    const [active, next] = await keysOf('access-token')
    assert.ok((await published()).includes(next?.keyId ?? ''), 'verifiers have had it')
    const token = await house.tokenOf(house.owner)
    const rotated = await house.ask('POST', '/keys/access-token/rotate')
    assert.equal(rotated.status, 200)
    const after = await keysOf('access-token')
    assert.deepEqual(after.find(({ state }) => state === 'active')?.keyId, next?.keyId)
    assert.deepEqual(after.find(({ keyId }) => keyId === active?.keyId)?.state, 'retired')
    assert.equal((await house.ask('GET', '/users', undefined, token)).status, 200)
    assert.equal((await house.ask('GET', '/users', undefined, await house.tokenOf(house.owner))).status, 200)
    const all = await published()
    for (const { keyId } of after) assert.ok(all.includes(keyId), keyId)
    const events = await house.eventsOf(rotated.request)
    assert.deepEqual(
      events.map(({ what, about, facts }) => [what, about, facts?.['purpose'], facts?.['retired']]),
      [['key.rotated', next?.keyId, 'access-token', active?.keyId]],
    )
  })

  test('a key does not take over before every verifier can have it', async () => {
    const before = await keysOf('access-token')
    assert.equal((await house.ask('POST', '/keys/access-token/rotate')).code, 'keys.rotated_too_recently')
    assert.deepEqual(await keysOf('access-token'), before)
    house.clock.forwardMs(600_000)
    assert.equal((await house.ask('POST', '/keys/access-token/rotate')).status, 200)
  })

  for (const purpose of ['pepper', 'column', 'person', 'nothing', 'constructor']) {
    test(`there is no signing key for ${purpose} to rotate`, async () => {
      assert.equal((await house.ask('POST', `/keys/${purpose}/rotate`)).code, 'admin.not_found')
    })
  }
}
