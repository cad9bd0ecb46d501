import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemOperation, type Operation, type UserId } from '#kernel'
import { memoryBuckets, type LimitDecision } from './buckets.ts'
import { classRates, type LimitClass, type LimitSettings } from './classes.ts'
import { createLimits, type Limits } from './limits.ts'

const op: Operation = systemOperation('test', newId('ten'), () => undefined)
const still = { wallMs: () => 0, monotonicMs: () => 0 }

function start(settings?: LimitSettings): Limits {
  return createLimits(memoryBuckets(still), settings)
}

async function passed(take: () => LimitDecision | Promise<LimitDecision>, times: number): Promise<number> {
  let count = 0
  for (let at = 0; at < times; at++) if ((await take()).allowed) count++
  return count
}

for (const name of Object.keys(classRates) as LimitClass[]) {
  test(`${name} lets its burst pass from one address, and not one more`, async () => {
    const { burst } = classRates[name].address
    const limits = start()
    assert.equal(await passed(() => limits.byAddress(op, '203.0.113.1', name), burst + 1), burst)
    assert.equal((await limits.byAddress(op, '203.0.113.2', name)).allowed, true, 'another address')
    const elsewhere = systemOperation('test', newId('ten'), () => undefined)
    assert.equal((await limits.byAddress(elsewhere, '203.0.113.1', name)).allowed, true, 'another tenant')
  })
}

test('addresses of one IPv6 network share a bucket', async () => {
  const limits = start({ classes: { api: { address: { burst: 2, perSecond: 1 } } } })
  let host = 1
  assert.equal(await passed(() => limits.byAddress(op, `2001:db8::${host++}`, 'api'), 5), 2)
})

test('a caller’s bucket is not the bucket of their address', async () => {
  const limits = start({ classes: { api: { address: { burst: 1, perSecond: 1 }, principal: { burst: 2, perSecond: 1 } } } })
  const alice = { id: newId('usr') satisfies UserId }
  assert.equal(await passed(() => limits.byAddress(op, alice.id, 'api'), 3), 1)
  assert.equal(await passed(() => limits.byPrincipal(op, alice, 'api'), 3), 2)
})

test('configuration overrides one number and leaves the others', async () => {
  const limits = start({ classes: { token: { address: { burst: 3, perSecond: 1 } } } })
  assert.equal((await limits.byAddress(op, '203.0.113.1', 'token')).burst, 3)
  assert.equal((await limits.byPrincipal(op, { id: newId('usr') }, 'token')).burst, classRates.token.principal.burst)
  assert.equal((await limits.byAddress(op, '203.0.113.1', 'page')).burst, classRates.page.address.burst)
})

test('a setting that would be a ban is refused', () => {
  assert.throws(() => start({ classes: { token: { address: { burst: 0, perSecond: 1 } } } }), /The limit token/)
  assert.throws(() => start({ classes: { token: { principal: { burst: 1, perSecond: -1 } } } }), /The limit token/)
})
