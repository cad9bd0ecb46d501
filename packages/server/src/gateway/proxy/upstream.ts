/**
 * An app behind the gateway: where it is, its connections, and how much of it
 * may be asked at once.
 *
 * @module
 */

import { Agent } from 'node:http'
import { isIP } from 'node:net'
import { HostMistake } from '../config.ts'
import { isOwnListener, type OwnListener } from './own-listeners.ts'
import { guardedLookup, requireUpstream, type Lookup } from './upstream-address.ts'

/** The app could not be asked, or its answer could not be understood. */
export class UpstreamTrouble extends Error {
  override readonly name = 'UpstreamTrouble'
  readonly status: 502 | 503 | 504
  readonly code: string

  constructor(code: keyof typeof troubles, cause?: unknown) {
    super(troubles[code].says, cause === undefined ? undefined : { cause })
    this.status = troubles[code].status
    this.code = code
  }
}

const troubles = {
  'upstream.unreachable': { status: 502, says: 'The app behind this address cannot be reached right now.' },
  'upstream.bad_answer': { status: 502, says: 'The app behind this address answered with something that cannot be passed on.' },
  'upstream.too_busy': { status: 503, says: 'The app behind this address has too much to do right now.' },
  'upstream.too_slow': { status: 504, says: 'The app behind this address took too long to answer.' },
} as const

/** All codes of an app that does not answer, with their sentences. */
export const upstreamTroubles: Readonly<Record<string, { readonly status: number; readonly says: string }>> = troubles

/** RFC 9110 section 15.2 allows any number before an answer. Apps send a few hints; more than these keep a request alive for ever, and fill memory before a client that does not read. */
export const mostInterimAnswers = 32

export interface UpstreamLimits {
  readonly connectMs: number
  /** Without a byte in either direction, before the answer begins. */
  readonly answerMs: number
  /** Without a byte in either direction, once it has begun. Streams of events send comments more often than this. */
  readonly idleMs: number
  /** Requests under way, WebSockets included. */
  readonly mostUnderWay: number
  /** Of those, for one person, or for the strangers of one network: a single connection can ask for all at once. */
  readonly mostForOne: number
}

export const upstreamLimits: UpstreamLimits = { connectMs: 5_000, answerMs: 60_000, idleMs: 300_000, mostUnderWay: 4_096, mostForOne: 512 }

export interface Upstream {
  readonly host: string
  readonly port: number
  readonly agent: Agent
  /** How its name is read, also for connections beside the agent's. */
  readonly lookup: Lookup
  readonly limits: UpstreamLimits
  /** Takes a place for somebody. Throws `upstream.too_busy` when there is none; the function that it returns gives the place back, once. */
  begin(who: string): () => void
  close(): void
}

/** `url` is the app's own address, for instance `http://127.0.0.1:3000`; `except` are listeners that it must not be. Throws {@link HostMistake}. */
export function openUpstream(url: string, limits: UpstreamLimits = upstreamLimits, except: readonly OwnListener[] = []): Upstream {
  const address = requireUpstream(url)
  const host = address.hostname.replace(/^\[|\]$/g, '')
  const port = address.port === '' ? 80 : Number(address.port)
  const isOurs = (found: string): boolean => isOwnListener(except, found, port)
  // Node looks up no number.
  if (isIP(host) !== 0 && isOurs(host)) throw new HostMistake('upstream', `${url} is a listener of this server and no app`)
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' })
  const places = new Map<string, number>()
  let underWay = 0
  return {
    host,
    port,
    agent,
    lookup: guardedLookup(isOurs),
    limits,
    begin: (who) => {
      const taken = places.get(who) ?? 0
      if (underWay >= limits.mostUnderWay || taken >= limits.mostForOne) throw new UpstreamTrouble('upstream.too_busy')
      underWay += 1
      places.set(who, taken + 1)
      let given = false
      return () => {
        if (given) return
        given = true
        underWay -= 1
        const left = (places.get(who) ?? 1) - 1
        if (left === 0) places.delete(who)
        else places.set(who, left)
      }
    },
    close: () => agent.destroy(),
  }
}
