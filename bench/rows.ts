/**
 * The rows of the benchmark. Each measures ours and the peer's in turn, in the
 * same run, several rounds, and keeps the medians.
 *
 * @module
 */

import { residentMegabytes, startContestant, tokenRequest, type Contestant, type Running } from './contestant.ts'
import { load } from './load.ts'

export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly peer: number
  readonly peerName: string
  /** `ours` divided by `peer`: more is better for a rate, less for a time or a size. */
  readonly ratio: number
}

export interface Pair {
  readonly ours: Contestant
  readonly peer: Contestant
}

type Measure = (contestant: Contestant) => Promise<number>

/** Enough for a median that one stray round does not move. */
const rounds = 5
/** Connections that keep one core busy without a queue that only measures waiting. */
const connections = 32
/** Until the compilers are done with both: a server that runs for weeks is not measured by its first seconds. */
const warmUpSeconds = 8
const roundSeconds = 4
/** What the issue of idle memory is about: everything a start leaves behind has been collected. */
const idleSeconds = 30

/** Tokens a second by client credentials, ES256, after a warm-up. */
export const clientCredentials = {
  name: 'client-credentials',
  unit: 'tokens/s',
  measure: async (pair: Pair): Promise<Row> => {
    const ours: number[] = []
    const peer: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      peer.push(await tokensPerSecond(pair.peer))
      ours.push(await tokensPerSecond(pair.ours))
    }
    return row(clientCredentials, ours, peer, pair.peer.name)
  },
}

/** Milliseconds from starting the process, on existing data, to the first token. */
export const start = {
  name: 'start',
  unit: 'ms to the first token',
  measure: async (pair: Pair): Promise<Row> => {
    await firstToken(pair.ours) // makes the data that the rounds find
    return inTurn(start, pair, firstToken)
  },
}

/** Megabytes resident after half a minute without a request. */
export const memory = {
  name: 'memory',
  unit: 'MB idle',
  measure: async (pair: Pair): Promise<Row> => inTurn(memory, pair, idleMegabytes, 1),
}

/** Both sides by turns, and the medians. */
export async function inTurn(what: { name: string; unit: string }, pair: Pair, measure: Measure, times: number = rounds): Promise<Row> {
  const ours: number[] = []
  const peer: number[] = []
  for (let round = 0; round < times; round += 1) {
    peer.push(await measure(pair.peer))
    ours.push(await measure(pair.ours))
  }
  return row(what, ours, peer, pair.peer.name)
}

function row({ name, unit }: { name: string; unit: string }, ours: readonly number[], peer: readonly number[], peerName: string): Row {
  const [mine, theirs] = [median(ours), median(peer)]
  return { name, unit, ours: round(mine), peer: round(theirs), peerName, ratio: Math.round((mine / theirs) * 100) / 100 }
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** A contestant that runs for as long as it is used. */
export async function running<Result>(contestant: Contestant, use: (server: Running) => Promise<Result>): Promise<Result> {
  const server = await startContestant(contestant)
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

async function tokensPerSecond(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    await requireToken(contestant, server)
    const request = tokenRequest(contestant, server)
    await load({ port: server.port, request, connections, seconds: warmUpSeconds })
    const { perSecond, bad } = await load({ port: server.port, request, connections, seconds: roundSeconds })
    if (bad > 0) throw new Error(`${contestant.name} answered ${bad} requests with something other than 200`)
    return perSecond
  })
}

async function firstToken(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    await requireToken(contestant, server)
    return performance.now() - server.startedAt
  })
}

async function idleMegabytes(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    await requireToken(contestant, server)
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000))
    return residentMegabytes(server.pid) ?? Number.NaN
  })
}

/** One whole request, judged: both sides must hand out the same thing, a JWT signed with ES256. */
async function requireToken(contestant: Contestant, server: Running): Promise<void> {
  const answer = await fetch(`http://localhost:${server.port}${server.tokenPath}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${contestant.clientId}:${contestant.clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(contestant.scope === undefined ? {} : { scope: contestant.scope }),
    }).toString(),
  })
  const { access_token: token = '' } = (await answer.json()) as { access_token?: string }
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8') || '{}') as { alg?: string }
  if (answer.status !== 200 || header.alg !== 'ES256') throw new Error(`${contestant.name} gave no ES256 token (status ${answer.status})`)
}
