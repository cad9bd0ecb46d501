/**
 * The gateway's end of the channel. It connects, proves itself, and connects
 * again when it must; questions that are under way then fail at once.
 *
 * INVARIANT (fail closed): `isFresh` is false from the moment a connection is
 * lost, and from `freshForMs` after the last answered ping was sent.
 *
 * @module
 */

import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { randomBytes, readId, Refusal, Unavailable, type Clock, type Secret, type TenantId } from '#kernel'
import type { TraceHeaders } from '#http'
import type { GatewayLog } from '../log.ts'
import { freshForMs } from './contract.ts'
import { Freshness } from './freshness.ts'
import { Line } from './line.ts'
import { channelVersion, isNonce, isProof, newNonce, prove } from './proof.ts'
import { readCount, readFields, readText } from './read.ts'

/** What happens to the gateway through its channel, in the order in which it happens. */
export interface ChannelListener {
  /** A connection was made: whatever was known came from another one and may be wrong. */
  connected(tenant: TenantId): void
  /** Something changed. What is done before the first `await` is done before anything else is read; resolves when it is in effect. */
  pushed(what: string, value: unknown): Promise<void>
  /** Nothing was known for sure for longer than the bound: what is still open must end. Called again and again while it lasts. */
  silent(): void
}

export interface ConnectOptions {
  readonly path: string
  readonly secret: Secret<Uint8Array>
  readonly clock: Clock
  readonly log: GatewayLog
  readonly listener: ChannelListener
  /** Another way to the server than the Unix socket at `path`. */
  readonly dial?: () => Duplex
}

export interface Channel {
  /** Whether decisions may rest on what is known. */
  isFresh(): boolean
  /** Waits until that is so; false when it takes longer. */
  becomesFresh(withinMs: number): Promise<boolean>
  /** Throws the refusal that the server answers, and `Unavailable` when it answers nothing. `trace` is what it is asked on behalf of. */
  ask(what: string, value: unknown, trace?: TraceHeaders): Promise<unknown>
  close(): void
}

/** Four tries within the bound. */
const pingEveryMs = 250
const lookEveryMs = 50

/** When the timer is so late, this process stood still, and an answer may lie unread: it gets one more look. */
const stoodStillMs = 250

/** Longer than the server's own patience with its database. */
const answerMs = 10_000

/** Requests that may be under way at once. */
const mostAsked = 8_192

/** A server on this machine greets at once. */
const greetingMs = 2_000

const firstRetryMs = 50
const longestRetryMs = 2_000

export function connectChannel(options: ConnectOptions): Channel {
  const connection = new Connection(options)
  return {
    isFresh: () => connection.isFresh(),
    becomesFresh: async (withinMs) => connection.becomesFresh(withinMs),
    ask: async (what, value, trace) => connection.ask(what, value, trace),
    close: () => connection.close(),
  }
}

interface Asked {
  readonly answer: PromiseWithResolvers<unknown>
  readonly timer: NodeJS.Timeout
}

class Connection {
  readonly #options: ConnectOptions
  readonly #freshness = new Freshness()
  readonly #asked = new Map<number, Asked>()
  readonly #hoping = new Set<() => void>()
  readonly #looks: NodeJS.Timeout
  #line: Line | undefined
  #proven = false
  #number = 0
  #retryMs = firstRetryMs
  #retry: NodeJS.Timeout | undefined
  #pingedAtMs = 0
  #lookedAtMs: number
  /** Survives the loss of a connection, which the server counts as one that has not heard for as long. */
  #lastFreshMs: number
  #closed = false

  constructor(options: ConnectOptions) {
    this.#options = options
    this.#lookedAtMs = options.clock.monotonicMs()
    this.#lastFreshMs = this.#lookedAtMs
    this.#looks = setInterval(() => this.#look(), lookEveryMs)
    this.#dial()
  }

  isFresh(): boolean {
    const ageMs = this.#freshness.ageMs(this.#options.clock.monotonicMs())
    return ageMs !== undefined && ageMs <= freshForMs
  }

  async becomesFresh(withinMs: number): Promise<boolean> {
    if (this.isFresh()) return true
    this.#ping()
    const hope = Promise.withResolvers<void>()
    const timer = setTimeout(hope.resolve, withinMs)
    this.#hoping.add(hope.resolve)
    await hope.promise
    clearTimeout(timer)
    this.#hoping.delete(hope.resolve)
    return this.isFresh()
  }

  async ask(what: string, value: unknown, trace?: TraceHeaders): Promise<unknown> {
    if (!this.#proven || this.#asked.size >= mostAsked) throw new Unavailable('channel')
    const number = (this.#number += 1)
    const answer = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => this.#settle(number)?.answer.reject(new Unavailable('channel')), answerMs)
    this.#asked.set(number, { answer, timer })
    this.#line?.send({ is: 'ask', number, what, value, trace })
    return answer.promise
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#looks)
    clearTimeout(this.#retry)
    this.#line?.end()
  }

  #dial(): void {
    const { dial, path, secret } = this.#options
    const stream = dial?.() ?? connectSocket(path)
    const gateway = newNonce()
    let server: string | undefined
    const greeting = setTimeout(() => this.#line?.end(new Error('the server did not greet in time')), greetingMs)
    this.#line = new Line(stream, {
      message: (message) => {
        const said = readFields(message)
        if (server === undefined && said?.['is'] === 'challenge' && said['version'] === channelVersion && isNonce(said['nonce'])) {
          server = said['nonce']
          this.#line?.send({ is: 'proof', version: channelVersion, nonce: gateway, proof: prove(secret, 'gateway', { server, gateway }) })
        } else if (server !== undefined && said?.['is'] === 'welcome' && isProof(secret, 'server', { server, gateway }, said['proof'])) {
          clearTimeout(greeting)
          this.#welcome(said['tenant'])
        } else this.#line?.end(new Error(`the server does not speak version ${channelVersion} of the channel, or does not hold the secret`))
      },
      end: (why) => {
        clearTimeout(greeting)
        this.#lost(why)
      },
    })
  }

  #welcome(said: unknown): void {
    const tenant = readId('ten', String(said))
    if (tenant === undefined) {
      this.#line?.end(new Error('the server did not say its tenant'))
      return
    }
    this.#line?.trust({ message: (message) => this.#hear(message), end: (why) => this.#lost(why) })
    this.#proven = true
    this.#retryMs = firstRetryMs
    this.#options.listener.connected(tenant)
    this.#ping()
  }

  #hear(message: object): void {
    const said = readFields(message)
    const number = readCount(said?.['number'])
    if (said === undefined || number === undefined) return
    switch (said['is']) {
      case 'pong':
        this.#freshness.pong(number, readCount(Math.ceil(Number(said['ageMs']))) ?? freshForMs)
        if (this.isFresh()) for (const hope of this.#hoping) hope()
        return
      case 'push':
        void this.#pushed(number, readText(said['what'], 32) ?? '', said['value'])
        return
      case 'answer':
        this.#settle(number)?.answer.resolve(said['value'] ?? undefined)
        return
      default:
        this.#settle(number)?.answer.reject(readRefusal(said))
    }
  }

  async #pushed(number: number, what: string, value: unknown): Promise<void> {
    const line = this.#line
    try {
      await this.#options.listener.pushed(what, value)
      line?.send({ is: 'heard', number })
    } catch (error) {
      // What cannot be put into effect leaves us knowing the wrong thing: begin anew.
      line?.end(new Error(`a change of ${what} could not be put into effect`, { cause: error }))
    }
  }

  #settle(number: number): Asked | undefined {
    const asked = this.#asked.get(number)
    this.#asked.delete(number)
    clearTimeout(asked?.timer)
    return asked
  }

  #ping(): void {
    if (!this.#proven) return
    this.#pingedAtMs = this.#options.clock.monotonicMs()
    this.#line?.send({ is: 'ping', number: this.#freshness.ping(this.#pingedAtMs) })
  }

  #look(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const stoodStill = nowMs - this.#lookedAtMs > stoodStillMs
    this.#lookedAtMs = nowMs
    if (nowMs - this.#pingedAtMs >= pingEveryMs || stoodStill) this.#ping()
    const ageMs = this.#freshness.ageMs(nowMs)
    if (ageMs !== undefined) this.#lastFreshMs = Math.max(this.#lastFreshMs, nowMs - ageMs)
    if (nowMs - this.#lastFreshMs > freshForMs && !stoodStill) this.#options.listener.silent()
  }

  #lost(why: Error | undefined): void {
    this.#proven = false
    this.#freshness.forget()
    this.#line = undefined
    for (const number of this.#asked.keys()) this.#settle(number)?.answer.reject(new Unavailable('channel', why))
    if (this.#closed) return
    this.#options.log.error('the channel to the server was lost', why)
    this.#retry = setTimeout(() => this.#dial(), this.#retryMs + (randomBytes(1)[0] ?? 0) / 8)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }
}

function readRefusal(said: Readonly<Record<string, unknown>>): Error {
  const code = readText(said['code'], 64)
  if (said['is'] === 'refused' && code !== undefined) {
    return new Refusal(code, readText(said['says'], 500) ?? 'This is not possible.', readText(said['detail'], 200))
  }
  return new Unavailable(readText(said['what'], 64) ?? 'server', undefined, readCount(said['retryAfterSeconds']) ?? 1)
}
