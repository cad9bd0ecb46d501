/**
 * The server's end of one connection: a gateway that has not proven itself yet,
 * then one whose questions are answered and who is told what changes.
 *
 * INVARIANT (nobody is forgotten early): a gateway believes what it knows for at
 * most `freshForMs` after the ping that our last pong answered. While that may
 * still be so it counts as a listener that has not heard, connected or not.
 *
 * @module
 */

import type { Duplex } from 'node:stream'
import type { TraceHeaders } from '#http'
import { Refusal, Unavailable, type Clock, type Secret } from '#kernel'
import type { GatewayLog } from '../log.ts'
import type { AskWatch } from '../watch.ts'
import { freshForMs, type RevocationNews, type ServerPorts } from './contract.ts'
import { Line } from './line.ts'
import { channelVersion, isNonce, isProof, newNonce, prove } from './proof.ts'
import {
  readCodeExchange,
  readCount,
  readCounts,
  readEvents,
  readFields,
  readSessionAsk,
  readSessionEnd,
  readText,
  readTrace,
} from './read.ts'

export interface ServingOptions {
  readonly secret: Secret<Uint8Array>
  readonly ports: ServerPorts
  readonly clock: Clock
  readonly log: GatewayLog
  /** Told of what is asked on behalf of a traced request. */
  readonly watch?: AskWatch | undefined
}

export type PushName = 'revoked' | 'policies' | 'routes' | 'secrets'

/** A process on this machine answers at once; a stranger who connects and says nothing goes. */
const greetingMs = 2_000

/** What one gateway may have asked and not been told: more requests than it may have under way. */
const mostAsked = 16_384

export class ConnectedGateway {
  readonly #options: ServingOptions
  readonly #line: Line
  readonly #gone = Promise.withResolvers<void>()
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>()
  readonly #serverNonce = newNonce()
  readonly #greeting: NodeJS.Timeout
  #unsubscribe: (() => void) | undefined
  #pushed = 0
  #asked = 0
  #lastPongMs: number | undefined
  #isFurnished = false
  #ended = false

  constructor(stream: Duplex, options: ServingOptions) {
    this.#options = options
    this.#greeting = setTimeout(() => this.#line.end(new Error('it did not prove itself in time')), greetingMs)
    this.#line = new Line(stream, { message: (message) => this.#greet(message), end: (why) => this.#end(why) })
    this.#line.send({ is: 'challenge', version: channelVersion, nonce: this.#serverNonce })
  }

  /** Resolves when it no longer believes anything that it learnt from us. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  get isProven(): boolean {
    return this.#unsubscribe !== undefined && !this.#ended
  }

  /** Tells it something; resolves when it has acted on that, rejects when it is gone. */
  async push(what: PushName, value: unknown): Promise<void> {
    const number = (this.#pushed += 1)
    const heard = Promise.withResolvers<void>()
    this.#waiting.set(number, heard)
    this.#line.send({ is: 'push', number, what, value })
    return heard.promise
  }

  close(): void {
    this.#line.end()
  }

  #greet(message: object): void {
    const said = readFields(message)
    const { secret } = this.#options
    const gateway = said?.['nonce']
    if (said?.['is'] !== 'proof' || said['version'] !== channelVersion || !isNonce(gateway)) {
      this.#line.end(new Error(`it does not speak version ${channelVersion} of the channel`))
      return
    }
    const nonces = { server: this.#serverNonce, gateway }
    if (!isProof(secret, 'gateway', nonces, said['proof'])) {
      this.#line.end(new Error('it does not hold the secret'))
      return
    }
    clearTimeout(this.#greeting)
    this.#line.trust({ message: (next) => this.#hear(next), end: (why) => this.#end(why) })
    // It has to hear of everything that commits from here on, and is told what stands now after that.
    this.#unsubscribe = this.#options.ports.revocations.subscribe({ deliver: async (news) => this.#deliver(news) })
    this.#line.send({ is: 'welcome', proof: prove(secret, 'server', nonces), tenant: this.#options.ports.tenant })
    void this.#furnish()
  }

  /** Keys, policies and routes, as pushes like any later change of them. */
  async #furnish(): Promise<void> {
    try {
      const secrets = await this.#options.ports.secrets()
      const { ports } = this.#options
      const told = [this.push('secrets', secrets.reveal()), this.push('policies', ports.policies()), this.push('routes', ports.hosts())]
      this.#isFurnished = true
      await Promise.all(told)
    } catch (error) {
      if (!this.#ended) this.#line.end(new Error('it could not be given its keys and policies', { cause: error }))
    }
  }

  async #deliver({ entries, reset }: RevocationNews): Promise<void> {
    return this.push('revoked', { entries: entries.map(({ kind, id }) => ({ kind, id })), reset })
  }

  #hear(message: object): void {
    const said = readFields(message)
    const number = readCount(said?.['number'])
    if (said === undefined || number === undefined) return this.#misspoke()
    switch (said['is']) {
      case 'ping':
        return this.#pong(number)
      case 'heard':
        this.#waiting.get(number)?.resolve()
        this.#waiting.delete(number)
        return
      case 'ask':
        if (this.#asked >= mostAsked) return this.#misspoke()
        void this.#answer(number, readText(said['what'], 32) ?? '', said['value'], readTrace(said['trace']))
        return
      default:
        return this.#misspoke()
    }
  }

  /**
   * Everything that was pushed before this is on the line before it, so whoever reads it has read that. Before the
   * policies and routes were, a gateway that came back would decide by those that stood when it left.
   */
  #pong(number: number): void {
    const ageMs = this.#options.ports.revocations.ageMs()
    if (!this.#isFurnished || ageMs === undefined || ageMs > freshForMs) return
    this.#lastPongMs = this.#options.clock.monotonicMs()
    this.#line.send({ is: 'pong', number, ageMs })
  }

  async #answer(number: number, what: string, value: unknown, trace: TraceHeaders | undefined): Promise<void> {
    const asked = this.#ask(what, value)
    if (asked === undefined) return this.#misspoke()
    const watch = trace === undefined ? undefined : this.#options.watch?.(what, trace)
    let failed = false
    this.#asked += 1
    try {
      this.#line.send({ is: 'answer', number, value: (await asked) ?? null })
    } catch (error) {
      failed = !(error instanceof Refusal)
      this.#line.send({ number, ...this.#inWords(what, error) })
    } finally {
      this.#asked -= 1
      watch?.ended(failed)
    }
  }

  /** Undefined for a question that is none. */
  #ask(what: string, value: unknown): Promise<unknown> | undefined {
    const { ports } = this.#options
    const ask = <Asked>(read: Asked | undefined, port: (asked: Asked) => Promise<unknown>): Promise<unknown> | undefined =>
      read === undefined ? undefined : port(read)
    switch (what) {
      case 'exchange':
        return ask(readCodeExchange(value), async (asked) => ports.exchange(asked))
      case 'session':
        return ask(readSessionAsk(value), async ({ id, purpose }) => ports.session(id, purpose))
      case 'end-session':
        return ask(readSessionEnd(value), async ({ requestId, id }) => ports.endSession(requestId, id))
      case 'record':
        return ask(readEvents(value), async (batch) => ports.record(batch))
      case 'strangers':
        return ask(readCounts(value), async (counts) => ports.countStrangers(counts))
      default:
        return undefined
    }
  }

  /** A refusal is for the gateway's caller; of an outage it is told what is out; of a defect nothing. */
  #inWords(what: string, error: unknown): Readonly<Record<string, unknown>> {
    if (error instanceof Refusal) return { is: 'refused', code: error.code, says: error.message, detail: error.detail }
    this.#options.log.error('a question of the gateway could not be answered', error, { what })
    if (error instanceof Unavailable) return { is: 'unavailable', what: error.what, retryAfterSeconds: error.retryAfterSeconds }
    return { is: 'unavailable', what: 'server', retryAfterSeconds: 1 }
  }

  #misspoke(): void {
    this.#line.end(new Error('it said something that is no message of the channel'))
  }

  #end(why: Error | undefined): void {
    this.#ended = true
    clearTimeout(this.#greeting)
    if (why !== undefined) this.#options.log.error('the connection to a gateway was cut', why)
    const sinceMs = this.#lastPongMs === undefined ? freshForMs : this.#options.clock.monotonicMs() - this.#lastPongMs
    setTimeout(() => this.#forget(), Math.max(0, freshForMs - sinceMs)).unref()
  }

  #forget(): void {
    this.#unsubscribe?.()
    this.#gone.resolve()
    for (const { reject } of this.#waiting.values()) reject(new Unavailable('gateway'))
    this.#waiting.clear()
  }
}
