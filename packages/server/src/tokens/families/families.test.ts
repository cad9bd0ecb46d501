/**
 * What no engine of ours lets happen, because its writes are serializable: that
 * somebody spends a token between our look at it and our write. The answer must
 * be right all the same.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemOperation, type AuditEvent } from '#kernel'
import { sealUnderSecret } from '#keys'
import type { Transaction } from '#store'
import { prepareRefresh, useRefreshToken } from './families.ts'
import { newRefreshToken, writeRefreshToken } from './refresh-token.ts'

const tenant = newId('ten')
const client = newId('cli')
const op = systemOperation('test', tenant, () => {})
const presented = newRefreshToken()
const winner = newRefreshToken()
const context = `refresh successor ${tenant}`

const unspent = {
  tenant,
  id: newId('fam'),
  client,
  user_id: newId('usr'),
  session: newId('ses'),
  scopes: 'a',
  audience: '["x"]',
  claims: null,
  details: null,
  resources: null,
  offline: 1,
  proof: '{"acr":"1fa","amr":[],"authTimeMs":0}',
  started_at_ms: 0,
  ends_at_ms: op.nowMs + 1_000,
  ended_at_ms: null,
  ended_why: null,
  number: 1,
  expires_at_ms: op.nowMs + 1_000,
  spent_at_ms: null,
  spent_by: null,
  successor: null,
  successor_spent_at_ms: null,
}
const spentBy = (proof: string, successor: Uint8Array) => ({ ...unspent, spent_at_ms: op.nowMs, spent_by: proof, successor })

/** A transaction that answers each statement with the next rows. */
function scripted(...answers: readonly (readonly object[])[]): { readonly tx: Transaction; readonly events: AuditEvent[] } {
  const events: AuditEvent[] = []
  let next = 0
  const fake = {
    run: async () => answers[next++] ?? assert.fail('one statement too many'),
    record: (event: AuditEvent) => void events.push(event),
  }
  return { tx: fake as unknown as Transaction, events }
}

async function use(tx: Transaction) {
  const prepared = prepareRefresh(op, writeRefreshToken(presented).reveal()) ?? assert.fail()
  const ended: string[] = []
  const end = async (_tx: Transaction, _op: typeof op, _id: string, why: string): Promise<void> => void ended.push(why)
  return { used: await useRefreshToken(tx, op, prepared, { client, proof: 'none' }, end), ended }
}

const sealed = sealUnderSecret(presented.bytes.reveal(), winner.bytes.reveal(), context)

test('who loses the race gets what the winner got', async () => {
  const { tx, events } = scripted([unspent], [], [spentBy('none', sealed)])
  const { used } = await use(tx)
  assert.equal(used.is, 'repeated')
  assert.deepEqual(used.is === 'repeated' && used.token.hash, winner.hash)
  assert.deepEqual(
    events.map(({ what }) => what),
    ['family.repeated'],
  )
})

test('who loses the race to somebody else ends the family', async () => {
  const { used, ended } = await use(scripted([unspent], [], [spentBy('secret:1', sealed)]).tx)
  assert.deepEqual([used.is, ended], ['theft', ['another-sender']])
})

test('what cannot have happened is a defect and not an answer', async () => {
  await assert.rejects(use(scripted([unspent], [], [unspent]).tx), /neither by us nor by anybody else/)
  const damaged = Uint8Array.from(sealed).fill(0, -1)
  damaged[damaged.length - 2] = (damaged[damaged.length - 2] ?? 0) ^ 1
  await assert.rejects(use(scripted([spentBy('none', damaged)]).tx), /does not open/)
})
