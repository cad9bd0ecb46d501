/**
 * Any interleaving of exchanges of one family leaves at most one live token, and
 * no token ever has two successors. The model knows nothing of the code: it
 * looks only at which tokens were handed out and which still work.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newId, Refusal, systemOperation, type Clock, type Operation } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import { createTokens, migrations, newFamilyId, newRefreshToken, prepareRefresh, writeRefreshToken, type Presenter } from '#tokens'
import { openTestKeys } from '../keys.ts'
import { openTestStore } from '../store.ts'

const tenant = newId('ten')
const client = newId('cli')
let nowMs = 1_800_000_000_000
const clock: Clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
const op = (): Operation => systemOperation('fuzz', tenant, () => {}, clock)
const store = await openTestStore([keysMigrations, migrations])
const { keys } = await openTestKeys(store, { tenant, clock })
const tokens = createTokens({ store, keys, clock, tenant, issuer: 'https://id.example' })

const presenters: readonly Presenter[] = [
  { client, proof: 'secret:1' },
  { client, proof: 'secret:2' },
  { client: newId('cli'), proof: 'secret:1' },
]

async function start(): Promise<string> {
  const token = newRefreshToken()
  await store.write(op(), async (tx) =>
    tokens.startFamily(tx, op(), {
      id: newFamilyId(),
      client,
      user: newId('usr'),
      session: newId('ses'),
      scopes: ['a'],
      audience: ['https://api.example'],
      lives: 'offline',
      proof: { acr: '1fa', amr: [], authTimeMs: 0 },
      token,
      accessToken: newId('tok'),
    }),
  )
  return writeRefreshToken(token).reveal()
}

/** The successor that was handed out; undefined for a refusal. */
async function use(text: string, presenter: Presenter): Promise<string | undefined> {
  const at = op()
  const prepared = prepareRefresh(at, text) ?? assert.fail()
  try {
    const used = await store.write(at, async (tx) => tokens.useRefreshToken(tx, at, prepared, presenter))
    return used.is === 'theft' ? undefined : writeRefreshToken(used.token).reveal()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** Uses at once: which of the tokens handed out so far, and by whom; then time passes. */
const step = fc.record({
  uses: fc.array(fc.record({ token: fc.nat({ max: 5 }), presenter: fc.constantFrom(0, 0, 0, 0, 0, 1, 2) }), { minLength: 1, maxLength: 4 }),
  passMs: fc.constantFrom(0, 0, 5_000, 10_000, 10_001, 60_000),
})

test('any interleaving of exchanges leaves at most one live token', async () => {
  const seen = { repeats: 0, ended: 0, chains: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const handedOut = [await start()]
      const successors = new Map<string, string>()
      for (const { uses, passMs } of steps) {
        const asked = uses.map(({ token, presenter }) => ({
          text: handedOut.at(-1 - (token % handedOut.length)) ?? assert.fail(),
          presenter: presenters[presenter] ?? assert.fail(),
        }))
        const got = await Promise.all(asked.map(async ({ text, presenter }) => use(text, presenter)))
        for (const [at, successor] of got.entries()) {
          const { text, presenter } = asked[at] ?? assert.fail()
          if (successor === undefined) continue
          assert.equal(presenter.client, client, 'another client got a token')
          const earlier = successors.get(text)
          if (earlier !== undefined) seen.repeats += 1
          assert.equal(successor, earlier ?? successor, 'a second successor')
          successors.set(text, successor)
          if (!handedOut.includes(successor)) handedOut.push(successor)
        }
        nowMs += passMs
      }
      // After the time in which an answer is repeated, whatever still works is live. Used tokens end the family, so the last goes first.
      nowMs += 10_001
      const [rightful] = presenters
      assert.ok(rightful !== undefined)
      const live: string[] = []
      for (const text of handedOut.toReversed()) if ((await use(text, rightful)) !== undefined) live.push(text)
      assert.ok(live.length <= 1, `${live.length} live tokens`)
      if (live.length === 0) seen.ended += 1
      if (handedOut.length > 2) seen.chains += 1
    }),
    { numRuns: 150 },
  )
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 0, `the runs never met ${what}`)
})
