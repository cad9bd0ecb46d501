import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, Unavailable } from '#kernel'
import type { GatewayEvent, StrangerCount } from './channel/contract.ts'
import { Records } from './record.ts'

const event = (): GatewayEvent => ({ requestId: newId('req'), atMs: 0, event: { what: 'gateway.allowed', about: 'a', outcome: 'allowed' } })

interface Book {
  readonly records: Records
  readonly batches: (readonly GatewayEvent[])[]
  readonly counts: StrangerCount[]
  isOut: boolean
}

function book(): Book {
  const state = { batches: [] as (readonly GatewayEvent[])[], counts: [] as StrangerCount[], isOut: false }
  const records = new Records({
    record: async (batch) => {
      if (state.isOut) throw new Unavailable('channel')
      state.batches.push(batch)
    },
    countStrangers: async (counts) => {
      if (state.isOut) throw new Unavailable('channel')
      state.counts.push(...counts)
    },
  })
  return Object.assign(state, { records })
}

test('what must be durable is written at once, and what comes together is written together', async () => {
  const { records, batches } = book()
  const [one, two] = [event(), event()]
  await Promise.all([records.durably(one), records.durably(two)])
  assert.deepEqual(batches, [[one, two]])
  await records.close()
})

test('what cannot be written is not durable, and whoever waits is told', async () => {
  const state = book()
  state.isOut = true
  await assert.rejects(state.records.durably(event()), { name: 'Unavailable', what: 'audit' })
  await state.records.close()
})

test('reads are buffered, and a full buffer refuses', async () => {
  const state = book()
  state.isOut = true
  for (let count = 0; count < 4_096; count += 1) state.records.soon(event())
  assert.throws(() => state.records.soon(event()), { name: 'Unavailable', what: 'audit' })
  state.isOut = false
  await state.records.close()
  assert.equal(state.batches.flat().length, 4_096)
})

test('what the server could not read is not said to it, and so not allowed', async () => {
  const { records, batches, counts } = book()
  const good = event()
  for (const about of ['', 'a\nb', 'a'.repeat(2_049)]) {
    const bad = { ...good, event: { ...good.event, about } }
    await assert.rejects(records.durably(bad), { name: 'Unavailable', what: 'audit' })
    assert.throws(() => records.soon(bad), { name: 'Unavailable', what: 'audit' })
  }
  records.count('host.unknown', 'elsewhere', `fe80::1%${'a'.repeat(100)}`)
  records.count('host.unknown', 'elsewhere', '192.0.2.1')
  await records.durably(good)
  await records.close()
  assert.deepEqual(batches, [[good]])
  assert.deepEqual(
    counts.map(({ address }) => address),
    ['192.0.2.1'],
  )
})

test('closing writes what is buffered', async () => {
  const { records, batches } = book()
  records.soon(event())
  await records.close()
  assert.equal(batches.flat().length, 1)
})

test('strangers are counted by reason, app and address, and kept while they cannot be told', async () => {
  const state = book()
  for (const address of ['192.0.2.1', '192.0.2.1', '198.51.100.1']) state.records.count('gateway.not_signed_in', 'https://a.test', address)
  state.records.count('host.unknown', 'elsewhere', '192.0.2.1')
  await state.records.close()
  assert.deepEqual(
    state.counts.map(({ code, address, count }) => `${code} ${address} ${count}`),
    ['gateway.not_signed_in 192.0.2.1 2', 'gateway.not_signed_in 198.51.100.1 1', 'host.unknown 192.0.2.1 1'],
  )
})
