import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrations } from '#keys'
import { openTestKeys } from '../keys.ts'
import { openTestStore, testOperation } from '../store.ts'

test('smoke', async () => {
  const store = await openTestStore([migrations])
  const op = testOperation(store.defaultTenant)
  const { keys } = await openTestKeys(store)
  const token = await keys.signJwt(op, 'access-token', 'at+jwt', { sub: 'u' })
  assert.deepEqual(await keys.verifyJwt(op, 'access-token', 'at+jwt', token), { sub: 'u' })
  assert.equal((await keys.publicKeys(op)).length, 6)
})
