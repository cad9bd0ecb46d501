/**
 * What a resource server knows of revocations, and since when.
 *
 * INVARIANT (bounded staleness): no token is believed by knowledge that is older
 * than `freshForMs`, counted from a moment at which the issuer certainly knew everything.
 *
 * @module
 */

import type { ClientProof, Revocations } from '../follow-revocations.ts'
import { IssuerError } from '../issuer-error.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

const freshForMs = 1_000

/** For the first answer. */
const mostWaitMs = 5_000

/** Between tries while the issuer does not answer. */
const retryMs = 200

/** 75 MB at worst. */
const mostKnown = 500_000

type Members = Readonly<Record<string, unknown>>

/** By what a token can be revoked. */
export interface Marks {
  /** The number of the last revocation that the issuer knew of when it made the token. */
  readonly generation: number
  readonly ids: Readonly<Partial<Record<Kind, string | undefined>>>
}

type Kind = 'token' | 'family' | 'session' | 'user' | 'client'

/** Ids of these are used again after a revocation: what is newer than it is not concerned. */
const lasting: readonly string[] = ['user', 'client']

interface Entry {
  readonly sequence: number
  readonly untilMs: number
}

export class RevocationMemory implements Revocations {
  readonly issuer: TrustedIssuer
  readonly #proof: ClientProof
  /** By `kind:id`, oldest first. */
  readonly #known = new Map<string, Entry>()
  #subscription: string | undefined
  #sequence = 0
  /** Monotonic. Undefined until everything is known. */
  #freshAsOfMs: number | undefined
  #trouble: unknown
  #closed = false
  readonly #first: Promise<void>
  #settleFirst: () => void = () => {}

  constructor(issuer: TrustedIssuer, proof: ClientProof) {
    this.issuer = issuer
    this.#proof = proof
    this.#first = new Promise((resolve) => (this.#settleFirst = resolve))
    void this.#follow()
  }

  close(): void {
    this.#closed = true
    this.#forget()
    this.#settleFirst()
  }

  /** Throws `issuer.revocations_unknown` while what is known is too old. */
  async isRevoked({ generation, ids }: Marks): Promise<boolean> {
    if (this.#freshAsOfMs === undefined && !this.#closed) await Promise.race([this.#first, after(mostWaitMs)])
    const asOfMs = this.#freshAsOfMs
    if (asOfMs === undefined || performance.now() - asOfMs > freshForMs) throw new IssuerError('issuer.revocations_unknown', this.#trouble)
    return Object.entries(ids).some(([kind, id]) => {
      const entry = id === undefined ? undefined : this.#known.get(`${kind}:${id}`)
      return entry !== undefined && entry.sequence > (lasting.includes(kind) ? generation : 0)
    })
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#ask()
        this.#trouble = undefined
      } catch (error) {
        this.#trouble = error
        // Whatever it was, the proof is made anew.
        this.#subscription = undefined
        await after(retryMs)
      }
    }
  }

  async #ask(): Promise<void> {
    this.#subscription ??= await this.#subscribe()
    const beganMs = performance.now()
    const told = await this.issuer.askRevocations({ subscription: this.#subscription, after: String(this.#sequence) })
    const { sequence, entries, reset, more, known_ms: knownMs } = told
    if (reset === true) {
      this.#forget()
      return after(retryMs)
    }
    if (!isCount(sequence) || !Array.isArray(entries) || typeof knownMs !== 'number') throw new IssuerError('issuer.wrong_feed')
    this.#dropOver()
    for (const entry of entries) this.#remember(entry as Members, beganMs)
    this.#sequence = sequence
    // Only an answer that goes as far as the issuer knows vouches for everything.
    if (more !== false) return
    this.#freshAsOfMs = Math.min(beganMs + knownMs, performance.now())
    this.#settleFirst()
  }

  async #subscribe(): Promise<string> {
    const { subscription } = await this.issuer.askRevocations(...(await proofOf(this.#proof)))
    if (typeof subscription !== 'string') throw new IssuerError('issuer.wrong_feed')
    return subscription
  }

  #remember({ sequence, kind, id, seconds }: Members, nowMs: number): void {
    if (!isCount(sequence) || typeof kind !== 'string' || typeof id !== 'string' || typeof seconds !== 'number') {
      throw new IssuerError('issuer.wrong_feed')
    }
    if (this.#known.size >= mostKnown) throw new IssuerError('issuer.wrong_feed', new Error('more was revoked than is held'))
    const name = `${kind}:${id}`
    this.#known.delete(name)
    this.#known.set(name, { sequence, untilMs: nowMs + seconds * 1000 })
  }

  /** Oldest first, so it stops at the first that is still needed. */
  #dropOver(): void {
    const nowMs = performance.now()
    for (const [name, { untilMs }] of this.#known) {
      if (untilMs > nowMs) return
      this.#known.delete(name)
    }
  }

  #forget(): void {
    this.#known.clear()
    this.#sequence = 0
    this.#freshAsOfMs = undefined
  }
}

async function proofOf(proof: ClientProof): Promise<readonly [Readonly<Record<string, string>>, string?]> {
  if (typeof proof === 'function') return [await proof()]
  const encoded = `${encodeURIComponent(proof.clientId)}:${encodeURIComponent(proof.clientSecret)}`
  return [{}, `Basic ${btoa(encoded)}`]
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

async function after(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms) as unknown as { unref?: () => void }
    timer.unref?.()
  })
}
