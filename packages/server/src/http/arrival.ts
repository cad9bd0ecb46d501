/**
 * A request as it stands at the door: who is connected, what the head says, and
 * whether it is meant for us. Nothing here is believed that the caller merely wrote.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { readForwardedCertificate, type CertificateField } from './forwarded-certificate.ts'
import type { Origin, TrustedProxies } from './proxies.ts'
import { plainAddress } from './proxies.ts'
import { refuse } from './refusals.ts'
import type { Connection, PeerCertificate } from './route.ts'
import type { TraceHeaders } from './watch.ts'

/** What a request presents for finding out who sends it. */
export interface Presented {
  /** `network`, or the Unix socket that only the owner of this machine can open. */
  readonly via: 'network' | 'socket'
  /** The caller's address, after the trusted proxies; `local` on the socket. */
  readonly address: string
  readonly method: string
  /** The template of the route, for instance `/admin/v1/users/:user`. */
  readonly route: string
  /** As it was asked, without the query and a final slash, its percent-escapes read. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly connection: Connection
  /** Our own, by their names without prefix. */
  readonly cookies: Readonly<Record<string, string>>
  peerCertificate(): PeerCertificate | undefined
}

/** Where this server may be reached, from configuration and never from a request. */
export interface Whereabouts {
  /** Values of `Host` that are ours, in lower case. */
  readonly hosts: ReadonlySet<string>
  /** Origins of our own pages. */
  readonly origins: ReadonlySet<string>
  /** Whether the outside world reaches us by https. */
  readonly secure: boolean
}

const ownerSockets = new WeakSet<Socket>()

/** Marks a connection as one that came through the owner's Unix socket. The listener alone calls it. */
export function markOwnerSocket(socket: Socket): void {
  ownerSockets.add(socket)
}

export function isOwnerSocket(socket: Socket): boolean {
  return ownerSockets.has(socket)
}

/** Reads where the request came from. Refuses with `request.malformed`. */
export function readOrigin(request: IncomingMessage, proxies: TrustedProxies): Origin {
  const socket = request.socket
  if (ownerSockets.has(socket)) return { address: 'local', https: undefined }
  const peer = plainAddress(socket.remoteAddress ?? '')
  if (proxies.isEmpty) return { address: peer, https: undefined }
  return proxies.origin(peer, oneHeader(request, 'x-forwarded-for'), oneHeader(request, 'x-forwarded-proto'))
}

/** What a trusted proxy says of a trace. A stranger could join any trace, and have everything of theirs kept. */
export function readTrace(request: IncomingMessage, proxies: TrustedProxies): TraceHeaders | undefined {
  const traceparent = oneHeader(request, 'traceparent')
  if (traceparent === undefined || !proxies.trusts(plainAddress(request.socket.remoteAddress ?? ''))) return undefined
  return { traceparent, tracestate: oneHeader(request, 'tracestate') }
}

/** The connection of a request whose origin was read. */
export function connectionOf(request: IncomingMessage, origin: Origin, proxies: TrustedProxies): Connection {
  const peer = ownerSockets.has(request.socket) ? 'local' : plainAddress(request.socket.remoteAddress ?? '')
  return { peer, trusted: proxies.trusts(peer), encrypted: isEncrypted(request, origin) }
}

/** Works out origins like `https://id.example.test` into what requests are compared with. */
export function whereabouts(origins: readonly string[]): Whereabouts {
  const hosts = new Set<string>()
  const own = new Set<string>()
  const schemes = new Set<string>()
  for (const text of origins) {
    const url = new URL(text)
    schemes.add(url.protocol)
    own.add(url.origin)
    hosts.add(url.host)
    if (url.port === '') hosts.add(`${url.host}:${url.protocol === 'https:' ? 443 : 80}`)
  }
  if (schemes.size !== 1) throw new Error('The origins of a server must all be https, or all http')
  return { hosts, origins: own, secure: schemes.has('https:') }
}

/** Header fields that mean one thing only if they come once. Node keeps the first and drops the others; a proxy before us may have read the last. */
const singular = new Set(['host', 'authorization', 'content-type', 'content-length', 'transfer-encoding', 'dpop', 'origin', 'if-match'])

/**
 * Refuses a head that two readers could understand differently.
 *
 * DIFFERS FROM RFC 9112 s.3.2.2: a target in absolute form is refused, since it
 * names a second host beside the `Host` field, and no client of ours sends one.
 */
export function checkHead(request: IncomingMessage): void {
  const target = request.url ?? ''
  if (target.charCodeAt(0) !== 0x2f || target.startsWith('//')) throw refuse('request.malformed', 'target')
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) throw refuse('request.malformed', 'target')
  if (request.headers.host === undefined) throw refuse('request.malformed', 'no Host')
  const raw = request.rawHeaders
  let seen: Set<string> | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    if (!singular.has(name)) continue
    if (seen?.has(name) === true) throw refuse('request.malformed', `${name} twice`)
    seen ??= new Set()
    seen.add(name)
  }
}

/** The path of a target that {@link checkHead} let pass. Refuses with `request.malformed` what is no text. */
export function readPath(target: string): string {
  const [path = ''] = target.split('?', 1)
  try {
    const read = path.includes('%') ? decodeURIComponent(path) : path
    return read.length > 1 && read.endsWith('/') ? read.slice(0, -1) : read
  } catch (error) {
    if (error instanceof URIError) throw refuse('request.malformed', 'path', error)
    throw error
  }
}

/** Whether the request is meant for us and came the way it must. Refuses with `host.unknown` and `request.not_https`. */
export function checkDestination(request: IncomingMessage, origin: Origin, where: Whereabouts): void {
  if (ownerSockets.has(request.socket)) return
  const host = request.headers.host
  if (host === undefined || !where.hosts.has(host.toLowerCase())) throw refuse('host.unknown')
  if (where.secure && !isEncrypted(request, origin)) throw refuse('request.not_https')
}

/** Whether the caller came by TLS: by the word of a named proxy, else only if it ends with us. */
export function isEncrypted(request: IncomingMessage, origin: Origin): boolean {
  return origin.https ?? request.socket instanceof TLSSocket
}

/** The certificate of the caller: of the connection, or by the word of a named proxy. Refuses with `request.malformed` what is none. */
export function readPeerCertificate(
  request: IncomingMessage,
  field: CertificateField | undefined,
  proxies: TrustedProxies,
): PeerCertificate | undefined {
  const said = field === undefined ? undefined : oneHeader(request, field.name)
  if (field !== undefined && said !== undefined && said !== '') {
    if (!proxies.trusts(plainAddress(request.socket.remoteAddress ?? ''))) throw refuse('request.malformed', `${field.name} of no proxy`)
    const raw = readForwardedCertificate(field.format, said)
    if (raw === undefined) throw refuse('request.malformed', field.name)
    return { raw, authorized: false }
  }
  const socket = request.socket
  if (!(socket instanceof TLSSocket)) return undefined
  const raw = socket.getPeerX509Certificate()?.raw
  return raw === undefined ? undefined : { raw, authorized: socket.authorized }
}

/** A header that may come once. */
function oneHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}
