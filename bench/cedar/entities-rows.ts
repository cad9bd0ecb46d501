/** The rows of a million entities and of a search, beside what was set out to reach: no peer keeps entities. @module */

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onOneCore } from '../contestant.ts'
import type { Row } from '../rows.ts'
import type { Million } from './million.ts'
import type { Searched } from './search.ts'

export const entitiesRows = {
  name: 'cedar-entities',
  measure: (): Promise<readonly Row[]> => {
    const { seconds, megabytes, updateMs } = run<Million>('million.ts')
    const { firstPageMs } = run<Searched>('search.ts')
    return Promise.resolve([
      rowOf('load', 's', seconds, 20),
      rowOf('resident', 'MB', megabytes, 1_024),
      rowOf('one update seen', 'ms', updateMs, 1),
      rowOf('first page of a search among 100000', 'ms of the processor', firstPageMs, 20),
    ])
  },
}

function run<Found>(script: string): Found {
  const [command, ...words] = onOneCore(['--expose-gc', fileURLToPath(new URL(script, import.meta.url))])
  return JSON.parse(execFileSync(command, words, { encoding: 'utf8' })) as Found
}

function rowOf(what: string, unit: string, ours: number, goal: number): Row {
  const shown = Number(ours.toPrecision(3))
  return { name: `cedar-entities ${what}`, unit, ours: shown, peer: goal, peerName: 'goal', ratio: Number((ours / goal).toPrecision(3)) }
}
