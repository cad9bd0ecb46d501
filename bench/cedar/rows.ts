/**
 * The rows of the policy engine: in each world every contestant that can express
 * it, in turn, several rounds, medians. Nothing is timed before all have given
 * the same answers.
 *
 * @module
 */

import { median, type Row } from '../rows.ts'
import type { Latencies } from './child.ts'
import { startContestant, type Contestant } from './contestant.ts'
import type { Axis } from './world.ts'

const rounds = 5
const warmUpMs = 400
const roundMs = 100

const sizes: Readonly<Record<Axis, readonly number[]>> = { entities: [5, 50, 500, 5_000], policies: [10, 100, 1_000, 10_000] }

/** Who can express a scenario, besides us. */
const peers: Readonly<Record<string, readonly string[]>> = {
  gdrive: ['cedar-wasm', 'casbin', 'casl'],
  github: ['cedar-wasm', 'casbin', 'casl', 'accesscontrol'],
  tinytodo: ['cedar-wasm', 'casbin', 'casl', 'accesscontrol'],
}

/**
 * Who of us is compared with a peer: the whole answer with Cedar's whole answer, yes or no with those who say no more, and
 * prepared users with those who prepare them.
 */
const ours: Readonly<Record<string, string>> = {
  'cedar-wasm': 'countersign',
  casbin: 'countersign-yes-no',
  casl: 'countersign-prepared',
  accesscontrol: 'countersign-prepared',
}

/** How the peers are called where they are published. */
const publishedAs: Readonly<Record<string, string>> = { 'cedar-wasm': '@cedar-policy/cedar-wasm', casl: '@casl/ability' }

/** A scenario as it grows by entities and by policies. */
export interface ScenarioRows {
  readonly name: string
  readonly measure: () => Promise<readonly Row[]>
}

export const scenarioRows: readonly ScenarioRows[] = Object.keys(peers).map((scenario) => ({
  name: `cedar-${scenario}`,
  measure: async () => {
    const rows: Row[] = []
    for (const axis of ['entities', 'policies'] as const) {
      const worlds = []
      for (const size of sizes[axis]) worlds.push(await measureWorld(scenario, axis, size))
      rows.push(...worlds.flat())
      if (axis === 'policies') rows.push(growth(scenario, worlds))
    }
    return rows
  },
}))

async function measureWorld(scenario: string, axis: Axis, size: number): Promise<readonly Row[]> {
  const world = [scenario, axis, String(size)]
  const contestants = [...new Set(Object.values(ours)), ...(peers[scenario] ?? [])].map((name) => startContestant(name, world))
  try {
    await compareAnswers(contestants, world)
    return rowsOf(`cedar-${scenario} ${size} ${axis}`, await measureInTurn(contestants))
  } finally {
    for (const contestant of contestants) await contestant.stop()
  }
}

async function compareAnswers([first, ...others]: readonly Contestant[], world: readonly string[]): Promise<void> {
  const expected = JSON.stringify(await first?.answers())
  for (const other of others) {
    if (JSON.stringify(await other.answers()) !== expected) throw new Error(`${other.name} answers otherwise in ${world.join(' ')}`)
  }
}

async function measureInTurn(contestants: readonly Contestant[]): Promise<ReadonlyMap<string, Latencies>> {
  const measured = new Map<string, Latencies[]>(contestants.map(({ name }) => [name, []]))
  for (const contestant of contestants) await contestant.round(warmUpMs)
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) measured.get(contestant.name)?.push(await contestant.round(roundMs))
  }
  const middle = (all: readonly Latencies[], what: keyof Latencies): number => median(all.map((one) => one[what]))
  return new Map([...measured].map(([name, all]) => [name, { p50: middle(all, 'p50'), p99: middle(all, 'p99') }]))
}

function rowsOf(name: string, measured: ReadonlyMap<string, Latencies>): readonly Row[] {
  return [...measured].flatMap(([peer, theirs]) => {
    const our = measured.get(ours[peer] ?? '')
    if (our === undefined) return []
    return (['p50', 'p99'] as const).map((what) => rowOf(`${name} ${what}`, 'µs', our[what], theirs[what], publishedAs[peer] ?? peer))
  })
}

/** How much longer a decision takes by 10,000 policies than by 100. */
function growth(scenario: string, worlds: readonly (readonly Row[])[]): Row {
  const [, hundred, , tenThousand] = worlds.map((rows) =>
    rows.find(({ name, peerName }) => name.endsWith('p50') && peerName.includes('wasm')),
  )
  const times = (whose: 'ours' | 'peer'): number => (tenThousand?.[whose] ?? Number.NaN) / (hundred?.[whose] ?? Number.NaN)
  return rowOf(`cedar-${scenario} from 100 to 10000 policies`, 'times as long', times('ours'), times('peer'), '@cedar-policy/cedar-wasm')
}

function rowOf(name: string, unit: string, ours: number, peer: number, peerName: string): Row {
  return { name, unit, ours: threeDigits(ours), peer: threeDigits(peer), peerName, ratio: threeDigits(ours / peer) }
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3))
}
