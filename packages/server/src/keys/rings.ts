/**
 * Keeps the ring of each tenant fresh. What another server rotated takes effect
 * here within {@link maxAgeMs}, or at once when something names a key that we
 * have not seen.
 *
 * @module
 */

import type { Clock, Operation, TenantId } from '#kernel'
import type { Reader, Store } from '#store'
import type { SigningPurpose } from './contract.ts'
import { makeMissing, type Generate, type Maker } from './make-keys.ts'
import { isMadeWhenAsked } from './purposes.ts'
import { openRing, type Ring } from './ring.ts'
import { keepPurposeKeys, listPurposeKeys } from './store.ts'
import type { KeyVault } from './vault.ts'

/** One small read per tenant in this time. A key retired elsewhere signs here for that much longer, which its verifiers do not notice. */
export const maxAgeMs = 10_000

/** Tokens that name unknown keys cost a stranger nothing; they cost us at most one read a second. */
export const leastAgeMs = 1_000

export interface RingsOptions {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock: Clock
  readonly generate: Generate
}

interface Held {
  readonly ring: Ring
  /** The same, so that asking for it twice a request makes no promises. */
  readonly promised: Promise<Ring>
  readonly readAtMs: number
}

/** Every tenant's ring. It has a life, so it is a class: what it holds grows old. */
export class Rings {
  readonly maker: Maker
  readonly #store: Store
  readonly #clock: Clock
  /** One for each tenant of the database: bounded by their number. */
  readonly #held = new Map<TenantId, Held>()
  /** Reads under way, by tenant and by the purpose whose keys they make. */
  readonly #reading = new Map<string, Promise<Ring>>()

  constructor(options: RingsOptions) {
    this.#store = options.store
    this.#clock = options.clock
    this.maker = { vault: options.vault, generate: options.generate }
  }

  /** The tenant's keys, at most {@link maxAgeMs} old; makes what is missing when the tenant is new here. */
  current(op: Operation): Promise<Ring> {
    return this.#youngerThan(maxAgeMs, op)
  }

  /** The keys for somebody who names one that {@link current} did not have: read again, but not more often than once in {@link leastAgeMs}. */
  again(op: Operation): Promise<Ring> {
    return this.#youngerThan(leastAgeMs, op)
  }

  /** {@link current} with the keys of a purpose, made now where they wait to be asked for. Two servers that make them at once keep those of one. */
  async having(op: Operation, purpose: SigningPurpose): Promise<Ring> {
    const ring = await this.current(op)
    return ring.signing.has(purpose) || !isMadeWhenAsked(purpose) ? ring : this.#once(op, purpose)
  }

  /** For use inside a write: what is in memory, or what `db` has, which is not kept since it may yet be undone. Waits for no other connection. */
  async within(op: Operation, db: Reader, isEnough: (ring: Ring) => boolean): Promise<Ring | undefined> {
    const held = this.#held.get(op.tenant)
    if (held !== undefined && (isEnough(held.ring) || this.#age(held) < leastAgeMs)) return held.ring
    const rows = await listPurposeKeys(db, op.tenant, op.nowMs)
    return rows.length === 0 ? undefined : openRing(op, this.maker.vault, rows, held?.ring)
  }

  /** Reads now, after this server changed something. */
  async reread(op: Operation): Promise<Ring> {
    const startedAtMs = this.#clock.monotonicMs()
    const rows = await this.#store.read(op, (db) => listPurposeKeys(db, op.tenant, op.nowMs))
    const ring = await openRing(op, this.maker.vault, rows, this.#held.get(op.tenant)?.ring)
    const held = this.#held.get(op.tenant)
    // A read that began earlier and ended later must not bring an older ring back.
    if (held === undefined || held.readAtMs <= startedAtMs)
      this.#held.set(op.tenant, { ring, promised: Promise.resolve(ring), readAtMs: startedAtMs })
    return ring
  }

  #youngerThan(ageMs: number, op: Operation): Promise<Ring> {
    const held = this.#held.get(op.tenant)
    return held !== undefined && this.#age(held) < ageMs ? held.promised : this.#once(op)
  }

  async #ensure(op: Operation, asked?: SigningPurpose): Promise<Ring> {
    const ring = await this.reread(op)
    const missing = await makeMissing(op, this.maker, ring, asked)
    if (missing.length === 0) return ring
    await this.#store.write(op, async (tx) => {
      const made = await keepPurposeKeys(tx, missing)
      if (made > 0) tx.record({ what: 'keys.made', about: op.tenant, outcome: 'done', facts: { keys: made } })
    })
    return this.reread(op)
  }

  /** Those who ask while a read for the same is under way wait for that one. */
  async #once(op: Operation, asked?: SigningPurpose): Promise<Ring> {
    const what = `${op.tenant} ${asked ?? ''}`
    const under = this.#reading.get(what)
    if (under !== undefined) return under
    const reading = this.#ensure(op, asked)
    this.#reading.set(what, reading)
    try {
      return await reading
    } finally {
      this.#reading.delete(what)
    }
  }

  #age(held: Held): number {
    return this.#clock.monotonicMs() - held.readAtMs
  }
}
