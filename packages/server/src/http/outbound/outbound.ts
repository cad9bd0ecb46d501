/**
 * The one way out: every request that the server makes to an address that
 * somebody else wrote down.
 *
 * The order matters. The URL is read and the name is resolved once; every address
 * that it has is held against the guard; the connection goes to those addresses and
 * asks no resolver again, so that a name cannot lead elsewhere the second time (DNS
 * rebinding). Nothing is followed, decompressed, remembered or sent through a proxy, and
 * of whoever answers slowly, endlessly or too much nothing is kept.
 *
 * @module
 */

import { lookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext } from 'node:tls'
import { knownAuthorities } from '../ask.ts'
import { createGuard, type Destination, type DestinationMistake, type OutboundExcuse } from './guard.ts'

/** Why nothing came back that counts. For the log: none of it is told to strangers. */
export type OutboundFailure =
  | DestinationMistake
  /** As many requests as may be are under way. */
  | 'busy'
  | 'unknown_name'
  | 'address'
  | 'certificate'
  | 'no_answer'
  | 'too_slow'
  | 'too_large'
  | 'redirect'
  | 'encoded'

export type Fetched =
  | { readonly is: 'answer'; readonly status: number; readonly contentType: string; readonly body: Uint8Array }
  | { readonly is: 'failure'; readonly why: OutboundFailure }

export interface OutboundWish {
  readonly accept: string
  /** Of the body. */
  readonly mostBytes: number
}

export interface Outbound {
  /** Asks by GET. Never rejects: that nobody answers is an answer. */
  get(url: string, wish: OutboundWish): Promise<Fetched>
}

export interface OutboundOptions {
  readonly unsafelyAllow?: readonly OutboundExcuse[]
  /** PEM of authorities that are believed beside those of this machine. */
  readonly authorities?: readonly string[]
  /** For tests: how names are resolved, and how long all of a request may take. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>
  readonly patienceMs?: number
}

/** Of all of it, from the name to the last byte. Somebody waits for what is asked here. */
const usualPatienceMs = 5_000
/** At once, all together and to one host: what a stranger sets off must not use up this server, nor somebody else's. */
const mostAtOnce = 32
const mostAtOnceToHost = 2
const mostHeaderBytes = 8_192

const tooSlow: Fetched = { is: 'failure', why: 'too_slow' }

export function createOutbound(options: OutboundOptions = {}): Outbound {
  const guard = createGuard(options.unsafelyAllow ?? [])
  const { authorities = [], patienceMs = usualPatienceMs, resolve = resolveName } = options
  let agent: Agent | undefined
  const underWay = new Map<string, number>()
  let all = 0
  const enter = (host: string): boolean => {
    const here = underWay.get(host) ?? 0
    if (all >= mostAtOnce || here >= mostAtOnceToHost) return false
    underWay.set(host, here + 1)
    all += 1
    return true
  }
  const leave = (host: string): void => {
    const here = (underWay.get(host) ?? 1) - 1
    if (here === 0) underWay.delete(host)
    else underWay.set(host, here)
    all -= 1
  }

  const exchange = async (
    destination: Destination,
    named: Promise<readonly LookupAddress[]>,
    wish: OutboundWish,
    late: AbortSignal,
  ): Promise<Fetched> => {
    // Whatever a resolver says instead of addresses, there are none.
    const found = await named.catch(() => undefined)
    if (late.aborted) return tooSlow
    if (found === undefined) return { is: 'failure', why: 'unknown_name' }
    const addresses = found.map(({ address }) => address)
    if (!guard.admits(destination, addresses)) return { is: 'failure', why: 'address' }
    const { host, port, path } = destination
    agent ??= createAgent(authorities)
    const out = request({
      host,
      port,
      path,
      agent,
      lookup: fixed(found),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      maxHeaderSize: mostHeaderBytes,
      headers: { accept: wish.accept, 'accept-encoding': 'identity', 'user-agent': 'Countersign' },
      signal: late,
    })
    try {
      return await readAnswer(await answerTo(out), wish)
    } catch (error) {
      return late.aborted ? tooSlow : { is: 'failure', why: whyOf(error) }
    } finally {
      out.destroy()
    }
  }

  return {
    async get(url, wish) {
      const destination = guard.readDestination(url)
      if (typeof destination === 'string') return { is: 'failure', why: destination }
      if (!enter(destination.host)) return { is: 'failure', why: 'busy' }
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), patienceMs)
      const named = resolve(destination.host)
      try {
        return await Promise.race([exchange(destination, named, wish, late.signal), overdue(late.signal)])
      } finally {
        clearTimeout(timer)
        const leaves = (): void => leave(destination.host)
        // A resolver cannot be told to stop: nobody waits for it, but it is under way until it ends.
        void named.then(leaves, leaves)
      }
    },
  }
}

/**
 * An agent of our own: the common one keeps connections, and may have been told to use a proxy. Made for the first request,
 * since it holds every authority of this machine.
 */
function createAgent(authorities: readonly string[]): Agent {
  const secureContext = createSecureContext({ ca: [...knownAuthorities(), ...authorities], minVersion: 'TLSv1.2' })
  return new Agent({ keepAlive: false, maxCachedSessions: 0, secureContext, rejectUnauthorized: true })
}

async function resolveName(host: string): Promise<readonly LookupAddress[]> {
  return lookup(host, { all: true, order: 'verbatim' })
}

/** Whatever else happens or does not, nobody waits for longer. */
async function overdue(late: AbortSignal): Promise<Fetched> {
  return new Promise((resolve) => late.addEventListener('abort', () => resolve(tooSlow), { once: true }))
}

/** INVARIANT (one resolution): a connection goes to the addresses that were held against the guard, and to no other. */
function fixed(found: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, done) => {
    const [first] = found
    if (all === true) done(null, [...found])
    else if (first === undefined) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
    else done(null, first.address, first.family)
  }
}

/** After `101 Switching Protocols` Node says neither `response` nor `error`: whatever closes without an answer gave none. */
async function answerTo(out: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const none = (): void => reject(new Error('closed without an answer'))
    const switched = (_answer: IncomingMessage, socket: Duplex): void => {
      socket.destroy()
      none()
    }
    out.once('response', resolve).on('error', reject).once('upgrade', switched).once('close', none).end()
  })
}

async function readAnswer(answer: IncomingMessage, { mostBytes }: OutboundWish): Promise<Fetched> {
  const { statusCode: status = 0, headers } = answer
  if (status >= 300 && status < 400) return { is: 'failure', why: 'redirect' }
  // Nothing is decompressed: a few bytes could become gigabytes.
  if (!['identity', undefined].includes(headers['content-encoding']?.toLowerCase())) return { is: 'failure', why: 'encoded' }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) return { is: 'failure', why: 'too_large' }
    chunks.push(chunk)
  }
  return { is: 'answer', status, contentType: headers['content-type'] ?? '', body: Buffer.concat(chunks) }
}

/** OpenSSL's and Node's words for a certificate that is not believed. */
const disbelief = /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH|ERROR_IN_CERT)/

function whyOf(error: unknown): OutboundFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'HPE_HEADER_OVERFLOW') return 'too_large'
  return disbelief.test(code) ? 'certificate' : 'no_answer'
}
