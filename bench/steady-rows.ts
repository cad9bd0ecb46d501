/**
 * Rows about a server that goes on: how long answers take below its highest load,
 * whether memory grows, and what honest clients feel while a hostile one is at
 * work. The peer of each is what was set out to reach.
 *
 * @module
 */

import { basic, clientCredentialsForm, formRequest, residentMegabytes, type Contestant, type Running } from './contestant.ts'
import { load } from './load.ts'
import { pacedLoad } from './paced.ts'
import { running, type Row, type Sides } from './rows.ts'

const connections = 32
const warmUpSeconds = 8

/** Client credentials at 70 % of the highest load that the same server bears. */
export const latency = {
  name: 'steady-latency',
  measure: async ({ ours }: Sides): Promise<readonly Row[]> =>
    running(ours, async (server) => {
      const highest = await highestOf(ours, server)
      const { p50Ms, p99Ms, bad } = await paced(ours, server, highest * 0.7, 30)
      requireGood(bad)
      return [goal('steady-latency p50', 'ms', p50Ms, 50), goal('steady-latency p99', 'ms', p99Ms, 50)]
    }),
}

/** Resident memory after two and after ten minutes at that load. */
export const growth = {
  name: 'steady-memory',
  measure: async ({ ours }: Sides): Promise<readonly Row[]> =>
    running(ours, async (server) => {
      const perSecond = (await highestOf(ours, server)) * 0.7
      requireGood((await paced(ours, server, perSecond, 120)).bad)
      const early = residentMegabytes(server.pid) ?? Number.NaN
      requireGood((await paced(ours, server, perSecond, 480)).bad)
      const late = residentMegabytes(server.pid) ?? Number.NaN
      return [goal('steady-memory after ten minutes', 'MB', late, early * 1.1)]
    }),
}

/** An honest client at a fifth of the highest load, while from another address somebody guesses at its secret as fast as it can. */
export const hostile = {
  name: 'steady-hostile',
  measure: async ({ ours }: Sides): Promise<readonly Row[]> =>
    running(ours, async (server) => {
      const perSecond = (await highestOf(ours, server)) * 0.2
      const guess = formRequest(
        server.tokenPath,
        server,
        clientCredentialsForm(ours),
        basic({ ...ours, clientSecret: `${ours.clientSecret}x` }),
      )
      const seconds = 20
      const guessing = load({ port: server.port, request: guess, connections: 64, seconds: seconds + 2, from: '127.0.0.2' })
      const { p99Ms, bad } = await paced(ours, server, perSecond, seconds)
      requireGood(bad)
      const { good, bad: refused } = await guessing
      if (good > 0 || refused === 0) throw new Error(`the hostile client was answered ${good} times and refused ${refused} times`)
      return [goal('steady-hostile p99 of the honest', 'ms', p99Ms, 50)]
    }),
}

async function highestOf(contestant: Contestant, server: Running): Promise<number> {
  const request = honest(contestant, server)
  await load({ port: server.port, request, connections, seconds: warmUpSeconds })
  return (await load({ port: server.port, request, connections, seconds: 8 })).perSecond
}

const honest = (contestant: Contestant, server: Running): string =>
  formRequest(server.tokenPath, server, clientCredentialsForm(contestant), basic(contestant))

const paced = async (contestant: Contestant, server: Running, perSecond: number, seconds: number) =>
  pacedLoad({ port: server.port, request: honest(contestant, server), perSecond, seconds, connections })

function requireGood(bad: number): void {
  if (bad > 0) throw new Error(`${bad} honest requests were refused`)
}

function goal(name: string, unit: string, ours: number, wanted: number): Row {
  const short = (value: number): number => Math.round(value * 100) / 100
  return { name, unit, ours: short(ours), peer: short(wanted), peerName: 'goal', ratio: short(ours / wanted) }
}
