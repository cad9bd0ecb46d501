/**
 * What the gateway writes down, through its channel.
 *
 * Class A: an event that must be durable before anything else happens. Class B:
 * an allowed read, kept in a bounded buffer for a moment; when the buffer is full
 * nothing more is allowed. Class C: refusals to strangers, counted.
 *
 * INVARIANT (nobody cuts the channel): the server cuts a gateway off that says what
 * it cannot read, so what it could not read is found out here and is not said.
 *
 * @module
 */

import { networkOf } from '#ratelimit'
import { Unavailable } from '#kernel'
import type { GatewayEvent, StrangerCount } from './channel/contract.ts'
import { mostCountsInBatch, mostEventsInBatch, readCounts, readEvents } from './channel/read.ts'

export interface RecordPorts {
  record(batch: readonly GatewayEvent[]): Promise<void>
  countStrangers(counts: readonly StrangerCount[]): Promise<void>
}

/** Reads are on disk within a second: this, and what a write takes. */
const flushEveryMs = 250

/** A kilobyte each. Reads that are not durable yet, whatever the reason. */
const mostBuffered = 4_096

const mostCounted = mostCountsInBatch

export class Records {
  readonly #ports: RecordPorts
  readonly #timer: NodeJS.Timeout
  /** Class A, waiting for the next message, which they share. */
  #urgent: { readonly event: GatewayEvent; readonly done: PromiseWithResolvers<void> }[] = []
  #buffered: GatewayEvent[] = []
  #flushing: Promise<void> | undefined
  #counts = new Map<string, { -readonly [Field in keyof StrangerCount]: StrangerCount[Field] }>()

  constructor(ports: RecordPorts) {
    this.#ports = ports
    this.#timer = setInterval(() => this.#tick(), flushEveryMs)
  }

  /** Class A. Resolves when the event is durable, rejects with `Unavailable` when it may not be. */
  async durably(event: GatewayEvent): Promise<void> {
    requireReadable(event)
    const done = Promise.withResolvers<void>()
    if (this.#urgent.push({ event, done }) === 1) setImmediate(() => void this.#sendUrgent())
    return done.promise
  }

  /** Class B. Throws `Unavailable` when there is no room. */
  soon(event: GatewayEvent): void {
    requireReadable(event)
    if (this.#buffered.length >= mostBuffered) throw new Unavailable('audit')
    this.#buffered.push(event)
  }

  /** Class C. */
  count(code: string, about: string, address: string): void {
    const full = this.#counts.size >= mostCounted
    const key = `${code} ${about} ${networkOf(address)}`
    const known = this.#counts.get(key)
    if (known !== undefined) known.count += 1
    else if (!full && readCounts([{ code, about, address, count: 1 }]) !== undefined)
      this.#counts.set(key, { code, about, address, count: 1 })
  }

  /** Writes what is buffered, as far as that is possible. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.allSettled([this.#flushing])
    await Promise.allSettled([this.#flush(), this.#sendCounts()])
  }

  async #sendUrgent(): Promise<void> {
    const waiting = this.#urgent
    this.#urgent = []
    for (let at = 0; at < waiting.length; at += mostEventsInBatch) {
      const batch = waiting.slice(at, at + mostEventsInBatch)
      this.#ports.record(batch.map(({ event }) => event)).then(
        () => batch.forEach(({ done }) => done.resolve()),
        (cause: unknown) => batch.forEach(({ done }) => done.reject(new Unavailable('audit', cause))),
      )
    }
  }

  #tick(): void {
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined))
    if (this.#counts.size > 0) void this.#sendCounts()
  }

  /** What could not be written stays in the buffer, and takes its room. */
  async #flush(): Promise<void> {
    while (this.#buffered.length > 0) {
      const batch = this.#buffered.slice(0, mostEventsInBatch)
      try {
        await this.#ports.record(batch)
      } catch (error) {
        if (error instanceof Unavailable) return
        throw error
      }
      this.#buffered.splice(0, batch.length)
    }
  }

  async #sendCounts(): Promise<void> {
    const counts = [...this.#counts.values()]
    this.#counts = new Map()
    try {
      await this.#ports.countStrangers(counts)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      // Counted again with the next ones; what does not fit is let go.
      for (const { code, about, address, count } of counts) {
        this.count(code, about, address)
        const known = this.#counts.get(`${code} ${about} ${networkOf(address)}`)
        if (known !== undefined) known.count += count - 1
      }
    }
  }
}

/** What cannot be recorded is not allowed. */
function requireReadable(event: GatewayEvent): void {
  if (readEvents([event]) === undefined) throw new Unavailable('audit', new Error('an event is none that the server reads'))
}
