/**
 * Kills the server at random moments of sign-ins and refreshes and looks at
 * what is there afterwards: nothing that was acknowledged is lost, no refresh
 * token has two distinct successors, the log verifies.
 *
 * `npm run torture` does it a thousand times (`-- 50` fifty times); a test does it thirty times.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from '../product.ts'
import { exchange, signIn, Visitor, type CodeClient, type TokenAnswer } from '../visitor.ts'

/** A chain of refresh tokens as its owner knows it. */
interface Chain {
  /** The last one that an answer brought. */
  held: string
  /** One that was sent and whose answer never came. */
  unanswered: boolean
  /** Refreshes and sign-ins that were answered. */
  acknowledged: number
  /** How many of them there were when it was last looked at. */
  lookedAt: number
}

export interface Tortured {
  readonly kills: number
  readonly signIns: number
  readonly refreshes: number
  readonly unanswered: number
}

/** Enough that several are always under way when the server dies. */
const chainsAtOnce = 6
/** From before the first answer to well into the work. */
const longestLifeMs = 700
/** Two seconds less than the server forgives a retry for: on a busy machine it may be back too late. */
const forgivenMs = 8_000

/** Runs so many rounds of work and death on one data directory. Throws at the first thing that is wrong. */
export async function torture(rounds: number, progress: (says: string) => void = () => {}): Promise<Tortured> {
  const data = join(temporaryFolder('torture'), 'data')
  const words = ['--demo', '--server-only', '--port', String(await freePort()), '--gateway-port', String(await freePort()), '--data', data]
  const tally = { kills: 0, signIns: 0, refreshes: 0, unanswered: 0 }
  const chains: Chain[] = []
  let killedAt = 0
  for (let round = 0; round < rounds; round += 1) {
    const product = await startProduct(words)
    await lookAt(product, chains, tally, killedAt)
    const work = keepBusy(product, chains, tally)
    if (round % 2 === 1) await somebodySignsIn(tally)
    await pause(Math.random() * longestLifeMs)
    killedAt = performance.now()
    await product.stop('SIGKILL')
    tally.kills += 1
    await work
    if (round % 50 === 49)
      progress(`${round + 1} kills: ${tally.signIns} sign-ins, ${tally.refreshes} refreshes, ${tally.unanswered} unanswered`)
  }
  const product = await startProduct(words)
  await lookAt(product, chains, tally, killedAt)
  await verifyLog(data, tally)
  await product.stop()
  return tally
}

/** Half of the lives may end before the first answer; the other half go on until a sign-in was whole, however slow the machine. */
async function somebodySignsIn(tally: { readonly signIns: number }): Promise<void> {
  const before = tally.signIns
  for (let tries = 0; tries < 2_000 && tally.signIns === before; tries += 1) await pause(5)
}

function clientOf(product: Product): CodeClient {
  const client = product.clients?.find(({ client_id }) => client_id === 'demo-native')
  return { client_id: 'demo-native', redirect_uri: client?.redirect_uris?.[0] ?? '', scope: 'openid offline_access' }
}

async function refresh(product: Product, token: string): Promise<TokenAnswer> {
  return exchange(product.issuer, clientOf(product), { grant_type: 'refresh_token', refresh_token: token })
}

/** Signs in and refreshes until the server is gone. An error here is the death of the server, and nothing else. */
async function keepBusy(
  product: Product,
  chains: Chain[],
  tally: { signIns: number; refreshes: number; unanswered: number },
): Promise<void> {
  const person = product.accounts?.[0]
  assert.ok(person)
  const fresh = Array.from({ length: 2 }, async () => {
    for (;;) {
      const tokens = await answered(async () => signIn(new Visitor(product.issuer), clientOf(product), person))
      if (tokens === undefined) return
      assert.equal(tokens.status, 200)
      assert.ok(tokens.refresh_token)
      chains.push({ held: tokens.refresh_token, unanswered: false, acknowledged: 1, lookedAt: 0 })
      tally.signIns += 1
    }
  })
  const known = chains.slice(-chainsAtOnce).map(async (chain) => {
    for (;;) {
      chain.unanswered = true
      const tokens = await answered(async () => refresh(product, chain.held))
      if (tokens === undefined) {
        tally.unanswered += 1
        return
      }
      assert.equal(tokens.status, 200, `a refresh was refused: ${tokens.error}`)
      assert.ok(tokens.refresh_token)
      Object.assign(chain, { held: tokens.refresh_token, unanswered: false, acknowledged: chain.acknowledged + 1 })
      tally.refreshes += 1
    }
  })
  await Promise.all([...fresh, ...known])
}

/** The answer, or undefined when the server died before it was whole. */
async function answered(ask: () => Promise<TokenAnswer>): Promise<TokenAnswer | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof TypeError && /fetch failed|terminated/.test(error.message)) return undefined
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * After a death: everything that was acknowledged in that life is worth
 * something. Sent twice at once, whether or not an earlier answer was lost, it
 * has one successor.
 */
async function lookAt(product: Product, chains: Chain[], tally: { refreshes: number }, killedAt: number): Promise<void> {
  const touched = chains.filter(({ acknowledged, lookedAt, unanswered }) => unanswered || acknowledged > lookedAt)
  await Promise.all(
    touched.map(async (chain) => {
      const [first, second] = await Promise.all([refresh(product, chain.held), refresh(product, chain.held)])
      if (chain.unanswered && first.status === 400 && performance.now() - killedAt > forgivenMs) {
        chains.splice(chains.indexOf(chain), 1)
        return
      }
      assert.equal(first.status, 200, `what was acknowledged is lost: ${first.error}`)
      assert.equal(second.status, 200, `what was acknowledged is lost: ${second.error}`)
      assert.equal(first.refresh_token, second.refresh_token, 'one refresh token has two successors')
      const acknowledged = chain.acknowledged + 1
      Object.assign(chain, { held: first.refresh_token, unanswered: false, acknowledged, lookedAt: acknowledged })
      tally.refreshes += 1
    }),
  )
}

async function verifyLog(data: string, tally: { signIns: number }): Promise<void> {
  const { code, out, err } = await countersign(['audit', 'verify', '--json', '--data', data])
  assert.equal(code, 0, `${out}${err}`)
  const { events } = JSON.parse(out) as { readonly events: number }
  assert.ok(events >= tally.signIns, 'there are fewer events than acknowledged sign-ins')
}

if (import.meta.main) {
  const rounds = Number(process.argv[2] ?? 1000)
  const began = performance.now()
  const found = await torture(rounds, (says) => console.log(says))
  console.log(JSON.stringify({ ...found, seconds: Math.round((performance.now() - began) / 1000) }))
}
