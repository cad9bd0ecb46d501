/**
 * What this server knows of revocations, and since when.
 *
 * One table is the truth; every verifier follows it. It is read every 250 ms and
 * at once when somebody revoked something, here or on another server. Memory answers only while it is
 * at most a second old; otherwise the database is asked, and when that cannot
 * answer either, nobody is believed.
 *
 * INVARIANT (bounded staleness): no answer rests on knowledge older than
 * `freshForMs`, by the monotonic clock, counted from before the read began.
 *
 * @module
 */

import { systemOperation, type Clock, type Operation, type TenantId } from '#kernel'
import type { Store } from '#store'
import { Acknowledgements, type RevocationListener } from './acknowledgements.ts'
import { RevocationPeers } from './peers.ts'
import { concerns, type Revocation, type RevocationKind, type RevocationMarks } from './revocation.ts'
import { findRevocation, lastSequence, revocationsAfter } from './store.ts'

/** JWT-5: a second anywhere. */
export const freshForMs = 1_000

/** Four tries within the bound, so that a lost one or two do not send every check to the database. */
const pollEveryMs = 250

/** How long a revoking call waits for verifiers: after that, silent ones no longer trust their memory either. */
export const announceForMs: number = freshForMs

/** A wall clock that went back by more than this was set back: slewing moves it by half a millisecond a second. */
const setBackMs = 1_000

const pageSize = 1_000

/** 75 MB at worst. More revocations than this within an hour, and the database is asked instead of memory. */
const mostKnown = 500_000
const retryWholeAfterMs = 60_000

export interface FeedOptions {
  readonly store: Store
  readonly clock: Clock
  readonly tenant: TenantId
  readonly pollEveryMs?: number
  readonly mostKnown?: number
}

/** What a verifier that connects is given first. */
export interface FeedSnapshot {
  readonly sequence: number
  readonly entries: readonly Revocation[]
  readonly ageMs: number | undefined
}

export class RevocationFeed {
  readonly #options: FeedOptions
  readonly #listeners = new Acknowledgements()
  readonly #peers: RevocationPeers
  /** By `kind:id`, oldest first. */
  readonly #known = new Map<string, Revocation>()
  #sequence = 0
  /** Monotonic. */
  #freshAsOfMs: number | undefined
  /** How far the wall clock has been ahead of the monotonic one since it was last set back. */
  #aheadMs = -Infinity
  #whole = true
  #retryWholeAtMs = 0
  #running: Promise<void> | undefined
  #queued: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#peers = new RevocationPeers(options.store.peers, options.tenant)
  }

  /** Loads everything and begins to follow. The server is ready only after this: whoever revokes waits for us before we believe anything. */
  async start(): Promise<void> {
    await this.#peers.join(async () => {
      await this.catchUp()
      const sequence = this.#sequence
      await this.#listeners.all(sequence)
      return sequence
    })
    await this.catchUp()
    this.#schedule()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#peers.leave()
    clearTimeout(this.#timer)
    await Promise.allSettled([this.#running, this.#queued])
  }

  /** Whether memory may answer for itself. */
  isFresh(): boolean {
    const ageMs = this.ageMs()
    return ageMs !== undefined && ageMs <= freshForMs
  }

  /** The number of the last known revocation. Read it before whatever it is to vouch for. */
  async generation(op: Operation): Promise<number> {
    if (this.isFresh() && op.tenant === this.#options.tenant) return this.#sequence
    return this.#options.store.read(op, async (db) => lastSequence(db, op.tenant))
  }

  async isRevoked(op: Operation, marks: RevocationMarks): Promise<boolean> {
    if (this.#whole && this.isFresh() && op.tenant === this.#options.tenant) return concerns(this.#latest, marks)
    return (await this.#options.store.read(op, async (db) => findRevocation(db, op.tenant, marks))) !== undefined
  }

  snapshot(): FeedSnapshot {
    return { sequence: this.#sequence, entries: [...this.#known.values()], ageMs: this.ageMs() }
  }

  /** The number of the last revocation that memory knows. */
  knownTo(): number {
    return this.#sequence
  }

  /** What memory knows after a number, at most so many, and up to which number that is. Undefined where it does not know everything. */
  later(after: number, most: number): Pick<FeedSnapshot, 'sequence' | 'entries'> | undefined {
    if (!this.#whole) return undefined
    const entries: Revocation[] = []
    for (const entry of this.#known.values()) {
      if (entry.sequence <= after) continue
      if (entries.length === most) return { sequence: entries.at(-1)?.sequence ?? after, entries }
      entries.push(entry)
    }
    return { sequence: this.#sequence, entries }
  }

  subscribe(listener: RevocationListener): () => void {
    return this.#listeners.subscribe(listener, this.#sequence)
  }

  /**
   * Call it after the COMMIT of a revocation and before answering. Resolves
   * when every connected verifier knows, those of other servers too, or when the
   * bound has passed and those who do not know have stopped believing their
   * memory. Never rejects: what was committed stays committed.
   */
  async announce(): Promise<void> {
    const bound = Promise.withResolvers<void>()
    const timer = setTimeout(bound.resolve, announceForMs)
    this.#peers.wake()
    const heard = this.catchUp().then(async () => {
      const sequence = this.#sequence
      await Promise.all([this.#listeners.all(sequence), this.#peers.all(sequence)])
    })
    await Promise.race([heard.catch(async () => bound.promise), bound.promise])
    clearTimeout(timer)
  }

  /** Reads what is new. A read that is under way may have begun before the caller's commit, so one that begins later is awaited. */
  async catchUp(): Promise<void> {
    this.#queued ??= this.#next()
    return this.#queued
  }

  async #next(): Promise<void> {
    await Promise.allSettled([this.#running])
    this.#queued = undefined
    this.#running = this.#poll()
    return this.#running
  }

  async #poll(): Promise<void> {
    const asOfMs = this.#options.clock.monotonicMs()
    if (this.#wasSetBack() || (!this.#whole && asOfMs >= this.#retryWholeAtMs)) this.#forget()
    let more = true
    while (more) more = await this.#readPage()
    this.#freshAsOfMs = asOfMs
    this.#dropExpired()
  }

  /** What had expired by a clock that was ahead was dropped too early, and the tokens that it concerns live again; the database still has it. */
  #wasSetBack(): boolean {
    const aheadMs = this.#options.clock.wallMs() - this.#options.clock.monotonicMs()
    const setBack = aheadMs < this.#aheadMs - setBackMs
    this.#aheadMs = setBack ? aheadMs : Math.max(aheadMs, this.#aheadMs)
    return setBack
  }

  async #readPage(): Promise<boolean> {
    const { store, tenant } = this.#options
    const { last, page } = await store.read(this.#operation(), async (db) => {
      const last = await lastSequence(db, tenant)
      return { last, page: last === this.#sequence ? [] : await revocationsAfter(db, tenant, this.#sequence, pageSize) }
    })
    // A number lower than one already seen: another database stands behind the same address.
    if (last < this.#sequence) return this.#startOver()
    if (last === this.#sequence) return false
    this.#learn(page, page.length === pageSize ? (page.at(-1)?.sequence ?? last) : last)
    return this.#sequence < last
  }

  #learn(entries: readonly Revocation[], sequence: number): void {
    const missed = entries.length !== sequence - this.#sequence
    for (const entry of entries) this.#remember(entry)
    this.#sequence = sequence
    this.#listeners.deliver({ sequence, entries, reset: missed })
  }

  #remember(entry: Revocation): void {
    if (this.#known.size >= (this.#options.mostKnown ?? mostKnown)) {
      this.#whole = false
      this.#retryWholeAtMs = this.#options.clock.monotonicMs() + retryWholeAfterMs
      return
    }
    const name = `${entry.kind}:${entry.id}`
    this.#known.delete(name)
    this.#known.set(name, entry)
  }

  #startOver(): true {
    this.#forget()
    this.#peers.forget()
    this.#listeners.deliver({ sequence: 0, entries: [], reset: true })
    return true
  }

  #forget(): void {
    this.#known.clear()
    this.#sequence = 0
    this.#freshAsOfMs = undefined
    this.#whole = true
  }

  /** Oldest first, so it stops at the first that is still needed. */
  #dropExpired(): void {
    const nowMs = this.#options.clock.wallMs()
    for (const [name, entry] of this.#known) {
      if (entry.untilMs > nowMs) return
      this.#known.delete(name)
    }
  }

  readonly #latest = (kind: RevocationKind, id: string): number | undefined => this.#known.get(`${kind}:${id}`)?.sequence

  /** Milliseconds since what is known was certainly whole; undefined when it never was. */
  ageMs(): number | undefined {
    return this.#freshAsOfMs === undefined ? undefined : this.#options.clock.monotonicMs() - this.#freshAsOfMs
  }

  #schedule(): void {
    if (this.#closed) return
    const again = (): void => this.#schedule()
    // A failed read is not handled here: knowledge simply grows old, and the checks ask the database themselves.
    this.#timer = setTimeout(() => void this.catchUp().then(again, again), this.#options.pollEveryMs ?? pollEveryMs)
    this.#timer.unref()
  }

  #operation(): Operation {
    return systemOperation('revocations', this.#options.tenant, () => undefined, this.#options.clock)
  }
}
