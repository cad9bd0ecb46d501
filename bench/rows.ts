/**
 * The rows of the benchmark. Each measures ours and the peer's in turn, in the
 * same run, several rounds, and keeps the medians.
 *
 * @module
 */

import {
  algorithmOf,
  basic,
  clientCredentialsForm,
  formRequest,
  residentMegabytes,
  startContestant,
  type Contestant,
  type Running,
} from './contestant.ts'
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

export interface Sides {
  readonly ours: Contestant
  readonly peers: readonly Contestant[]
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
  measure: async (sides: Sides): Promise<readonly Row[]> => inTurn(clientCredentials, sides, tokensPerSecond),
}

/** Answers a second about one live access token, to a client that authenticates. */
export const introspection = {
  name: 'introspection',
  unit: 'answers/s',
  measure: async (sides: Sides): Promise<readonly Row[]> => inTurn(introspection, sides, introspectionsPerSecond),
}

/** Milliseconds from starting the process, on existing data, to the first token. */
export const start = {
  name: 'start',
  unit: 'ms to the first token',
  measure: async (sides: Sides): Promise<readonly Row[]> => {
    for (const side of [sides.ours, ...sides.peers]) await firstToken(side) // makes the data that the rounds find
    return inTurn(start, sides, firstToken)
  },
}

/** Megabytes resident after half a minute without a request. */
export const memory = {
  name: 'memory',
  unit: 'MB idle',
  measure: async (sides: Sides): Promise<readonly Row[]> => inTurn(memory, sides, idleMegabytes, 1),
}

/** All sides by turns, and the medians: a row for each peer. */
export async function inTurn(
  what: { readonly name: string; readonly unit: string },
  { ours, peers }: Sides,
  measure: Measure,
  times: number = rounds,
): Promise<readonly Row[]> {
  const measured = [...peers, ours].map((side) => ({ side, values: [] as number[] }))
  for (let round = 0; round < times; round += 1) {
    for (const { side, values } of measured) values.push(await measure(side))
  }
  const mine = measured.at(-1)?.values ?? []
  return measured.slice(0, -1).map(({ side, values }) => row(what, mine, values, side.name))
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
    return perSecond(contestant, server, formRequest(server.tokenPath, server, clientCredentialsForm(contestant), basic(contestant)))
  })
}

async function introspectionsPerSecond(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    const { access_token: token = '' } = await ask(contestant, server.tokenPath, server, {
      ...clientCredentialsForm(contestant, contestant.introspectedResource),
    })
    const { active } = await ask(contestant, server.introspectPath, server, { token })
    if (active !== true) throw new Error(`${contestant.name} does not tell of its token`)
    return perSecond(contestant, server, formRequest(server.introspectPath, server, { token }, basic(contestant)))
  })
}

/** Answers a second to the same request, after a warm-up. */
async function perSecond({ name }: Contestant, { port }: Running, request: string): Promise<number> {
  await load({ port, request, connections, seconds: warmUpSeconds })
  const { perSecond, bad } = await load({ port, request, connections, seconds: roundSeconds })
  if (bad > 0) throw new Error(`${name} answered ${bad} requests with something other than 200`)
  return perSecond
}

async function ask(
  contestant: Contestant,
  path: string,
  { port }: Running,
  form: Readonly<Record<string, string>>,
): Promise<{ readonly access_token?: string; readonly active?: boolean }> {
  const answer = await fetch(`http://localhost:${port}${path}`, {
    method: 'POST',
    headers: { authorization: basic(contestant) },
    body: new URLSearchParams(form),
  })
  if (answer.status !== 200) throw new Error(`${contestant.name} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { readonly access_token?: string; readonly active?: boolean }
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
  const { access_token: token = '' } = await ask(contestant, server.tokenPath, server, clientCredentialsForm(contestant))
  if (algorithmOf(token) !== 'ES256') throw new Error(`${contestant.name} gave no ES256 token`)
}
