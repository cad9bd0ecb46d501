/**
 * Where requests come in: TCP, with TLS 1.3 or plain on loopback and behind a
 * named proxy (OAUTH-6), and what any connection may cost.
 *
 * Node's strict parser refuses what makes smuggling possible (a length beside
 * chunks, folded headers, bare line feeds); what remains is refused by `arrival.ts`.
 *
 * @module
 */

import {
  createServer as createPlain,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTls, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isLoopback, networkOf } from '#kernel'
import { watchForCrumbs } from './crumbs.ts'
import { connectionsWithin } from './open-files.ts'
import type { RawRefusal } from './raw-answer.ts'
import { readTlsFiles, tlsOptions, type TlsFiles } from './tls.ts'

/** What answers the requests of a listener: a `Server`, or the gateway. */
export interface Answering {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  readonly rawRefusal: RawRefusal
  /** From now on each answer closes its connection. */
  readonly beginDrain?: () => void
  /** For WebSockets, which take the connection over. Without it, and for any other protocol, an Upgrade is answered as the request that it is. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** For requests that wait for `100 Continue` before their body: it is written by whoever wants the body. Without it Node writes it at once. */
  readonly handleWaiting?: (request: IncomingMessage, response: ServerResponse) => void
}

export interface ListenOptions {
  /** A loopback name or address, unless TLS is ended by us or by a proxy. `localhost` listens on IPv4 and IPv6. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: TlsFiles
  /** The proxy that ends TLS before us, in words. Its addresses are the server's `trustedProxies`. */
  readonly tlsEndedBy?: string
  readonly limits?: Partial<ConnectionLimits>
}

/** What a connection may cost before it is cut. */
export interface ConnectionLimits {
  readonly mostHeaderBytes: number
  /** From the first byte, or from the connection where none comes (slow headers). */
  readonly headersMs: number
  /** The whole request, body included (slow bodies). Raise it where uploads pass through. */
  readonly requestMs: number
  readonly keepAliveMs: number
  readonly mostConnections: number
  /** From one address, or one /64 of IPv6, so that nobody takes all. A proxy that ends TLS for everybody is not counted. */
  readonly mostConnectionsPerNetwork: number
  readonly mostRequestsPerConnection: number
}

export const connectionLimits: ConnectionLimits = {
  // Browsers' cookies of a whole host fit; Node's own default.
  mostHeaderBytes: 16 * 1024,
  headersMs: 10_000,
  // 64 KiB, the largest body, at 2 KiB/s.
  requestMs: 30_000,
  // Longer than the 60 s after which common proxies let go, so that the proxy closes and never meets a closed door.
  keepAliveMs: 65_000,
  // About 200 MB of sockets at worst. Fewer where the process may not have so many files open.
  mostConnections: 10_000,
  // An office of 400 people with the six connections that browsers open.
  mostConnectionsPerNetwork: 2_500,
  // So that connections move when servers are added behind a balancer.
  mostRequestsPerConnection: 100_000,
}

export interface Listener {
  readonly port: number
  /** Connections that are open right now. */
  readonly connections: () => Promise<number>
  /** Reads certificate and key again; connections under way keep theirs. Rejects, and changes nothing, when they are no good. */
  readonly reload: () => Promise<void>
  /** Stops accepting, lets requests under way finish, and cuts what is left after the bound. True when nothing had to be cut. */
  readonly drain: (withinMs: number) => Promise<boolean>
}

/** How often limits of time are looked at: what they promise is late by at most this. */
const checkEveryMs = 1_000

/** Opens a listener. Rejects with one sentence when the address cannot be used or is not allowed to speak plain HTTP. */
export async function listen(answering: Answering, options: ListenOptions): Promise<Listener> {
  if (options.tls === undefined && options.tlsEndedBy === undefined && !isLoopback(options.host)) {
    throw new Error(`Plain HTTP is for loopback only, not for ${options.host}: give a certificate, or name the proxy that ends TLS`)
  }
  const wished = { ...connectionLimits, ...options.limits }
  const limits = { ...wished, mostConnections: connectionsWithin(wished.mostConnections) }
  const credentials = options.tls === undefined ? undefined : await readTlsFiles(options.tls)
  const open = async (host: string, port: number): Promise<PlainServer | TlsServer> => {
    const settings = { ...nodeSettings(limits), ...(answering.upgrade === undefined ? {} : { shouldUpgradeCallback: isWebSocket }) }
    const { tls } = options
    const server =
      tls === undefined || credentials === undefined ? createPlain(settings) : createTls({ ...settings, ...tlsOptions(tls, credentials) })
    prepare(server, answering, limits)
    if (options.tlsEndedBy === undefined) shareOut(server, limits.mostConnectionsPerNetwork)
    await bind(server, host, port)
    return server
  }
  const first = await open(options.host === 'localhost' ? '127.0.0.1' : options.host, options.port)
  const { port } = first.address() as AddressInfo
  const servers = options.host === 'localhost' ? [first, ...(await alsoOnIpv6(first, open, port))] : [first]

  return {
    port,
    connections: async () => (await Promise.all(servers.map(countConnections))).reduce((sum, count) => sum + count, 0),
    reload: async () => {
      if (options.tls === undefined) return
      const fresh = await readTlsFiles(options.tls)
      for (const server of servers) if (server instanceof TlsServer) server.setSecureContext(fresh)
    },
    drain: async (withinMs) => {
      answering.beginDrain?.()
      const clean = await Promise.all(servers.map((server) => drainServer(server, withinMs)))
      return clean.every(Boolean)
    },
  }
}

export function nodeSettings(limits: ConnectionLimits): ServerOptions {
  return {
    insecureHTTPParser: false,
    maxHeaderSize: limits.mostHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
    joinDuplicateHeaders: false,
    // Ours answers it, with a code and all headers.
    requireHostHeader: false,
    noDelay: true,
  }
}

/** Hands requests to who answers them, and answers what is no request. */
export function prepare(server: PlainServer | TlsServer, answering: Answering, limits: ConnectionLimits): void {
  const answers = new WeakMap<Duplex, ServerResponse>()
  /** The last word, unless an answer has begun, which it would spoil. */
  const refuse = (socket: Duplex, code: RawCode): void => {
    const begun = answers.get(socket)?.headersSent === true && answers.get(socket)?.writableFinished === false
    if (!socket.writable || begun) socket.destroy()
    else close(socket, answering.rawRefusal(code))
  }
  // Dropped: what one of several workers is too full for would otherwise be offered to the next one, and so on in a circle for as long as all are full.
  Object.assign(server, { maxConnections: limits.mostConnections, dropMaxConnection: true })
  server.maxRequestsPerSocket = limits.mostRequestsPerConnection
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answers.set(request.socket, response)
    watchForCrumbs(request, response, () => refuse(request.socket, 'request.malformed'))
    answering.handle(request, response)
  })
  const { handleWaiting } = answering
  if (handleWaiting !== undefined) {
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      answers.set(request.socket, response)
      watchForCrumbs(request, response, () => refuse(request.socket, 'request.malformed'))
      handleWaiting(request, response)
    })
  }
  // RFC 9110 section 10.1.1: an expectation that we do not know. Only 100-continue is known, and Node answers it.
  server.on('checkExpectation', (request: IncomingMessage) => close(request.socket, answering.rawRefusal('request.malformed')))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => close(socket, answering.rawRefusal('route.method_not_allowed')))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // What `watchForCrumbs` stopped is answered and about to be closed.
    if (error.code === 'HPE_PAUSED') return
    if (error.code === 'ECONNRESET') socket.destroy()
    else refuse(socket, rawCodes[error.code ?? ''] ?? 'request.malformed')
  })
  if (answering.upgrade !== undefined) server.on('upgrade', answering.upgrade)
}

/** Cuts connections above the share of one network, before a byte of them is read. */
function shareOut(server: PlainServer | TlsServer, mostPerNetwork: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? '')
    const count = (open.get(network) ?? 0) + 1
    open.set(network, count)
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1
      if (left === 0) open.delete(network)
      else open.set(network, left)
    })
    if (count > mostPerNetwork) socket.destroy()
  })
}

/** `h2c` and the like are offers that RFC 9110 section 7.8 lets us ignore; taken up, they would lead around every check. */
function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket'
}

type RawCode = 'request.malformed' | 'request.too_large' | 'request.timeout' | 'request.headers_too_large'

const rawCodes: Readonly<Record<string, RawCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request.too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
}

/** Says the last word on a connection. What the caller still sends is thrown away for a moment, so that a reset does not overtake the answer. */
function close(socket: Duplex, answer: string): void {
  socket.end(answer)
  socket.resume()
  const late = setTimeout(() => socket.destroy(), 500)
  late.unref()
  socket.once('close', () => clearTimeout(late))
}

function bind(server: PlainServer | TlsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)))
    server.listen({ host, port }, resolve)
  })
}

/** A failure to bind, in one sentence. Its cause keeps the system's words and code. */
function bindError(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is taken by another program`,
    EACCES: `Port ${port} of ${host} may not be used without more rights`,
    EADDRNOTAVAIL: `${host} is no address of this machine`,
    ENOTFOUND: `${host} is no address of this machine`,
  }
  return new Error(why[cause.code ?? ''] ?? `Listening on port ${port} of ${host} failed`, { cause })
}

export function countConnections(server: PlainServer | TlsServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)))
}

/** Browsers try ::1 first for `localhost`. A machine without IPv6 does without. */
async function alsoOnIpv6(
  first: PlainServer | TlsServer,
  open: (host: string, port: number) => Promise<PlainServer | TlsServer>,
  port: number,
): Promise<readonly (PlainServer | TlsServer)[]> {
  try {
    return [await open('::1', port)]
  } catch (error) {
    const { code } = (error instanceof Error ? error.cause : {}) as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE') return []
    // Left open it would keep the process that says so.
    await drainServer(first, 0)
    throw error
  }
}

/** Resolves when every connection is closed; false if some had to be cut. */
export function drainServer(server: PlainServer | TlsServer, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let cut = false
    // A connection that becomes idle after `close` began is not closed by it.
    const sweep = setInterval(() => server.closeIdleConnections(), 20)
    const bound = setTimeout(() => {
      cut = true
      server.closeAllConnections()
    }, withinMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(bound)
      resolve(!cut)
    })
  })
}
