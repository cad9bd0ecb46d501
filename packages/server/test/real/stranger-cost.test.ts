/**
 * What one request of a stranger costs the thread that answers everybody. The
 * aim is 2 ms on a machine that does nothing else; a busy one measures more
 * than there is, so the test allows five times that and says what it found.
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startDemo } from '../product.ts'
import { loopback, StrangerConnection } from './stranger-connection.ts'
import { openFacts } from './stranger-facts.ts'
import { strangerRequests, type StrangerRequest } from './stranger-requests.ts'

const mostMs = 10
const warmTurns = 20
const turns = 60
/** Below the limits of one network for failed attempts. */
const turnsPerNetwork = 10

/** Time that the main thread has spent on a processor: passwords are hashed in others. */
function mainThreadMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

/** Sends a request again and again, until a limit answers in its stead. Returns the statuses that came, and of how many. */
async function repeat(
  port: number,
  kind: StrangerRequest,
  network: number,
  times: number,
): Promise<{ readonly statuses: readonly number[]; readonly answers: number }> {
  const seen = new Set<number>()
  let answers = 0
  for (let begun = 0; begun < times; begun += turnsPerNetwork) {
    const connection = new StrangerConnection(port, loopback(network, begun / turnsPerNetwork))
    for (let turn = begun; turn < Math.min(times, begun + turnsPerNetwork); turn += 1) {
      const { status } = await connection.ask(kind.bytes())
      if (status === 429) return { statuses: [...seen], answers }
      seen.add(status)
      answers += 1
    }
    connection.end()
  }
  return { statuses: [...seen], answers }
}

const noCounters = existsSync('/proc/self/schedstat') ? false : 'this system does not tell the time of threads in /proc'

test('no request of a stranger is dear, outside the pool of passwords', { skip: noCounters, timeout: 120_000 }, async (t) => {
  const product = await startDemo({ serverOnly: true })
  t.after(async () => product.stop('SIGKILL'))
  const clients = { publicClient: 'demo-native', redirectUri: 'http://127.0.0.1/callback', confidentialClient: 'demo-service' }
  const facts = await openFacts(product, clients, 'alice')
  const measured: { says: string; ms: number; statuses: string }[] = []
  for (const [at, kind] of strangerRequests(facts).entries()) {
    await repeat(product.port, kind, 2 * at, warmTurns)
    const beganMs = mainThreadMs(product.pid)
    const { statuses, answers } = await repeat(product.port, kind, 2 * at + 1, turns)
    assert.ok(answers >= 20, `${kind.says} was limited after ${answers} requests`)
    measured.push({ says: kind.says, ms: (mainThreadMs(product.pid) - beganMs) / answers, statuses: statuses.join(' ') })
    for (const status of statuses) assert.ok(status >= 200 && status < 500, `${kind.says} was answered with ${status}`)
  }
  measured.sort((left, right) => right.ms - left.ms)
  for (const { says, ms, statuses } of measured) console.log(`${ms.toFixed(2)} ms  ${statuses.padEnd(7)}  ${says}`)
  for (const { says, ms } of measured) assert.ok(ms < mostMs, `${says} costs ${ms.toFixed(1)} ms`)
  assert.equal(product.log(), '')
  assert.equal(await product.stop(), 0)
})
