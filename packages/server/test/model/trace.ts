/**
 * One step of a trace, done to the model and to the server. What a step talks
 * about is chosen by number among what there is at that moment, so that every
 * trace makes sense and shrinks to a short one.
 *
 * @module
 */

import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { SessionId } from '#kernel'
import { AuthorizationModel, type ModelAccess, type ModelCode, type ModelFamily, type ModelSession } from './authorization.ts'
import type { ModelledServer, Tokens } from './server.ts'

export type Step =
  | { readonly do: 'sign in'; readonly person: number; readonly hours: number }
  | { readonly do: 'authorize'; readonly session: number; readonly client: number; readonly isOffline: boolean }
  | { readonly do: 'exchange'; readonly code: number; readonly client: number; readonly knowsVerifier: boolean; readonly twice: boolean }
  | { readonly do: 'refresh'; readonly token: number; readonly client: number; readonly proof: number; readonly twice: boolean }
  | { readonly do: 'revoke'; readonly what: 'refresh' | 'access'; readonly token: number; readonly client: number }
  | { readonly do: 'end session'; readonly session: number }
  | { readonly do: 'withdraw consent'; readonly person: number; readonly client: number }
  | { readonly do: 'pass'; readonly seconds: number }

/** A step, and the node that it comes to; a second one at once comes to the next. */
export type Placed = Step & { readonly node: number }

const which = fc.nat({ max: 7 })
const mostly = (usual: number, other: number): fc.Arbitrary<number> => fc.constantFrom(usual, usual, usual, usual, usual, other)
const rarely = fc.constantFrom(false, false, false, true)

const steps: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign in' as const), person: fc.nat({ max: 1 }), hours: fc.constantFrom(1, 12) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('authorize' as const), session: which, client: fc.nat({ max: 1 }), isOffline: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('exchange' as const),
      code: which,
      client: mostly(0, 1),
      knowsVerifier: fc.constantFrom(true, true, true, true, true, false),
      twice: rarely,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('refresh' as const), token: which, client: mostly(0, 1), proof: mostly(0, 1), twice: rarely }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      what: fc.constantFrom('refresh' as const, 'access' as const),
      token: which,
      client: mostly(0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end session' as const), session: which }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('withdraw consent' as const), person: fc.nat({ max: 1 }), client: fc.nat({ max: 1 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      seconds: fc.constantFrom(1, 9, 10, 11, 59, 60, 899, 900, 3_600, 14 * 86_400),
    }),
  },
]

export const traces: fc.Arbitrary<readonly Placed[]> = fc.array(
  fc.tuple(fc.nat({ max: 1 }), fc.oneof(...steps)).map(([node, step]) => ({ ...step, node })),
  { minLength: 5, maxLength: 40, size: 'max' },
)

interface Known<Fact> {
  readonly fact: Fact
  readonly text: string
}

interface RefreshToken {
  readonly family: ModelFamily
  readonly number: number
}

/** How often each thing happened, so that a run that never met one is noticed. */
export type Seen = Record<string, number>

/** A run of one trace. */
export class Run {
  readonly #server: ModelledServer
  readonly #model: AuthorizationModel
  readonly #seen: Seen
  readonly #sessions: { readonly fact: ModelSession; readonly id: SessionId; readonly cookie: string }[] = []
  readonly #codes: Known<ModelCode>[] = []
  readonly #refresh: Known<RefreshToken>[] = []
  readonly #access: Known<ModelAccess>[] = []

  constructor(server: ModelledServer, seen: Seen) {
    this.#server = server
    this.#model = new AuthorizationModel(server.clock.wallMs())
    this.#seen = seen
  }

  /** Does the step and compares; then asks each node about every access token. */
  async step(step: Placed): Promise<void> {
    await this.#do(step)
    for (const { fact, text } of this.#access.slice(-12)) {
      for (let node = 0; node < this.#server.nodes; node += 1) {
        assert.equal(await this.#server.isActive(node, text), this.#model.isActive(fact), `an access token after ${JSON.stringify(step)}`)
      }
    }
  }

  async #do(step: Placed): Promise<void> {
    if (step.do === 'sign in') return this.#signIn(step.person, step.hours)
    if (step.do === 'authorize') return this.#authorize(step)
    if (step.do === 'exchange') return this.#exchange(step)
    if (step.do === 'refresh') return this.#refreshing(step)
    if (step.do === 'revoke') return step.what === 'refresh' ? this.#revokeRefresh(step) : this.#revokeAccess(step)
    if (step.do === 'end session') return this.#endSession(step)
    if (step.do === 'withdraw consent') {
      this.#model.withdrawConsent(step.person, step.client)
      return this.#server.withdrawConsent(step.node, step.person, step.client)
    }
    this.#server.clock.forwardMs(step.seconds * 1_000)
    this.#model.nowMs = this.#server.clock.wallMs()
  }

  #signIn(person: number, hours: number): void {
    const endsAtMs = this.#model.nowMs + hours * 3_600_000
    this.#sessions.push({ fact: this.#model.signIn(person, endsAtMs), ...this.#server.signIn(person, endsAtMs) })
  }

  async #authorize({ session, client, isOffline, node }: Placed & { readonly do: 'authorize' }): Promise<void> {
    const chosen = latest(this.#sessions, session)
    if (chosen === undefined) return
    const expected = this.#model.authorize(chosen.fact, client, isOffline)
    // The made-up sessions of the house do not end by time themselves.
    if (!this.#model.isLive(chosen.fact)) return
    const code = await this.#server.authorize(node, chosen.cookie, client, isOffline)
    assert.equal(code !== undefined, expected !== undefined, 'a code')
    if (code !== undefined && expected !== undefined) this.#codes.push({ fact: expected, text: code })
  }

  async #exchange({ code, client, knowsVerifier, twice, node }: Placed & { readonly do: 'exchange' }): Promise<void> {
    const chosen = latest(this.#codes, code)
    if (chosen === undefined) return
    const { fact, text } = chosen
    // The client is the code's own or the other one.
    const as = client === 0 ? fact.client : 1 - fact.client
    const ask = async (at: number): Promise<Tokens | undefined> => this.#server.exchange(at, text, as, knowsVerifier)
    const given = (await Promise.all(twice ? [ask(node), ask(node + 1)] : [ask(node)])).filter((one) => one !== undefined)
    const expected = this.#model.exchange(fact, as, knowsVerifier)
    if (twice) this.#model.exchange(fact, as, knowsVerifier)
    assert.equal(given.length, expected === undefined ? 0 : 1, 'tokens for a code')
    const [tokens] = given
    this.#see(expected === undefined ? 'an exchange refused' : twice ? 'a code in two hands' : 'a code exchanged')
    if (tokens === undefined || expected === undefined) return
    this.#access.push({ fact: expected, text: tokens.access })
    this.#refresh.push({ fact: { family: expected.family, number: 0 }, text: tokens.refresh })
  }

  async #refreshing({ token, client, proof, twice, node }: Placed & { readonly do: 'refresh' }): Promise<void> {
    const chosen = latest(this.#refresh, token)
    if (chosen === undefined) return
    const { family, number } = chosen.fact
    const as = client === 0 ? family.client : 1 - family.client
    const ask = async (at: number): Promise<Tokens | undefined> => this.#server.refresh(at, chosen.text, as, proof)
    const answers = await Promise.all(twice ? [ask(node), ask(node + 1)] : [ask(node)])
    for (const given of answers) {
      const expected = this.#model.refresh(family, number, as, proof)
      assert.equal(given !== undefined, expected.is === 'given', `a refresh ${expected.is}`)
      this.#see(expected.is === 'refused' ? 'a refresh refused' : expected.isNew ? 'a refresh' : 'a refresh repeated')
      if (given === undefined || expected.is !== 'given') continue
      const known = this.#refresh.find(({ fact }) => fact.family === family && fact.number === expected.token)
      if (known === undefined) this.#refresh.push({ fact: { family, number: expected.token }, text: given.refresh })
      else assert.equal(given.refresh, known.text, 'a second successor')
      this.#access.push({ fact: expected.access, text: given.access })
    }
  }

  async #revokeRefresh({ token, client, node }: Placed & { readonly do: 'revoke' }): Promise<void> {
    const chosen = latest(this.#refresh, token)
    if (chosen === undefined) return
    const as = client === 0 ? chosen.fact.family.client : 1 - chosen.fact.family.client
    this.#model.revokeFamily(chosen.fact.family, as)
    await this.#server.revoke(node, chosen.text, as)
    this.#see('a refresh token revoked')
  }

  async #revokeAccess({ token, client, node }: Placed & { readonly do: 'revoke' }): Promise<void> {
    const chosen = latest(this.#access, token)
    if (chosen === undefined) return
    const as = client === 0 ? chosen.fact.family.client : 1 - chosen.fact.family.client
    this.#model.revokeAccess(chosen.fact, as)
    await this.#server.revoke(node, chosen.text, as)
    this.#see('an access token revoked')
  }

  async #endSession({ session, node }: Placed & { readonly do: 'end session' }): Promise<void> {
    const chosen = latest(this.#sessions, session)
    if (chosen === undefined) return
    this.#model.endSession(chosen.fact)
    await this.#server.endSession(node, chosen.id)
    this.#see('a session ended')
  }

  #see(what: string): void {
    this.#seen[what] = (this.#seen[what] ?? 0) + 1
  }
}

/** The newest are spoken of most: nought is the last. */
function latest<Item>(items: readonly Item[], number: number): Item | undefined {
  return items.length === 0 ? undefined : items.at(-1 - (number % items.length))
}
