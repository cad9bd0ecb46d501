import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { race } from './races.ts'

stopPostgresAfterwards()

test('of what is asked of two servers at the same moment, exactly one wins', { skip: missingPostgres(), timeout: 280_000 }, async () => {
  const rounds = 25
  const won = await race(rounds)
  assert.deepEqual(won, {
    firstAdministrator: 1,
    codes: rounds,
    refreshTokens: rounds,
    etags: rounds,
    policyReloads: 2,
    policyActivations: rounds,
    links: rounds,
  })
})
