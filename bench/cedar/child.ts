/**
 * One contestant in one world, in a process of its own: `child.ts CONTESTANT
 * SCENARIO AXIS SIZE`. It reads a command a line and answers with a line of JSON:
 * `answers`, `warm MS`, `round MS`.
 *
 * @module
 */

import { createInterface } from 'node:readline'
import { gdrive } from './gdrive.ts'
import { github } from './github.ts'
import { tinytodo } from './tinytodo.ts'
import type { Asked, Axis, Decide, Prepare, Scenario } from './world.ts'

/** One round: microseconds that a decision took. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
}

const scenarios: Readonly<Record<string, Scenario>> = { gdrive, github, tinytodo }

/** Latencies kept of one round. */
const most = 1_000_000
/** Decisions of one round, at least: a median of fewer says nothing. */
const least = 3

function latencies(decide: Decide, requests: readonly Asked[], ms: number): Latencies {
  const took = new Float64Array(most)
  const end = performance.now() + ms
  let count = 0
  for (let now = performance.now(); count < most && (count < least || now < end); count += 1) {
    const asked = requests[count % requests.length] as Asked
    const before = performance.now()
    decide(asked)
    now = performance.now()
    took[count] = now - before
  }
  const sorted = took.subarray(0, count).sort()
  const at = (share: number): number => (sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN) * 1_000
  return { p50: at(0.5), p99: at(0.99) }
}

const [contestant = '', scenario = '', axis = '', size = ''] = process.argv.slice(2)
const world = scenarios[scenario]?.(axis as Axis, Number(size))
if (world === undefined) throw new Error(`There is no scenario ${scenario}.`)
const { prepare } = (await import(`./contestants/${contestant}.ts`)) as { readonly prepare: Prepare }
const decide = await prepare(world)

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ms] = line.split(' ')
  const answer = command === 'answers' ? world.requests.map((asked) => decide(asked)) : latencies(decide, world.requests, Number(ms))
  console.log(JSON.stringify(answer))
}
