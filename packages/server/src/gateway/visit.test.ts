import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type PolicyStoreName } from '#kernel'
import type { Decision, PolicyId } from '#policy'
import type { GatewayEvent } from './channel/contract.ts'
import { readEvents } from './channel/read.ts'
import { decisionOf } from './visit.ts'

const decided = (policies: number): Decision => ({
  effect: 'allow',
  because: 'permitted',
  store: 'notes' as PolicyStoreName,
  digest: 'd',
  action: 'read',
  policies: Array.from({ length: policies }, (_, at) => `p${at}` as PolicyId),
  erring: [],
})

for (const count of [0, 64, 65, 2_000]) {
  test(`what ${count} policies decided is read by the server (of more than 64 it cut the channel, for everybody)`, () => {
    const event: GatewayEvent['event'] = { what: 'gateway.allowed', about: 'a', outcome: 'allowed', decision: decisionOf(decided(count)) }
    const [read] = readEvents([{ requestId: newId('req'), atMs: 0, event }]) ?? []
    assert.equal(read?.event.decision?.policies.length, Math.min(count, 64))
  })
}
