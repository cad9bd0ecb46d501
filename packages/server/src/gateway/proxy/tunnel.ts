/**
 * A WebSocket (RFC 6455), forwarded: after a handshake that both sides agreed on
 * the two connections are joined byte for byte until either ends.
 *
 * Joined they are only after the app's own 101, read by a strict parser: a
 * connection that the app still reads requests from is never handed to a client.
 *
 * @module
 */

import { request as askUpstream, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { refuse } from '../refusals.ts'
import { requestHeaders, responseHeaders } from '../request/headers.ts'
import type { Target } from '../request/target.ts'
import { mostInterimAnswers, UpstreamTrouble, type Upstream } from './upstream.ts'

export interface Tunnelling {
  readonly upstream: Upstream
  /** Whose place at the app it takes. */
  readonly who: string
  readonly request: IncomingMessage
  /** For an answer that is no 101. */
  readonly response: ServerResponse
  readonly socket: Socket
  /** What the client sent right behind its handshake. */
  readonly head: Buffer
  readonly target: Target
  readonly ours: readonly string[]
  /** Aborted when access is taken away. */
  readonly signal: AbortSignal
}

/** 16 bytes in base64, RFC 6455 section 4.1. */
const keyShape = /^[A-Za-z0-9+/]{22}==$/

/** Refuses with `gateway.bad_upgrade` what is no opening handshake of a WebSocket, or brings a body that nobody would read. */
export function checkHandshake({ method, httpVersion, headers }: IncomingMessage): void {
  const isHandshake = method === 'GET' && httpVersion === '1.1' && headers.upgrade?.toLowerCase() === 'websocket'
  const isVersion13 = headers['sec-websocket-version'] === '13' && keyShape.test(headers['sec-websocket-key'] ?? '')
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  if (!isHandshake || !isVersion13 || hasBody) throw refuse('gateway.bad_upgrade')
}

/** Resolves when the connection has ended, or when the app's refusal was passed on. Rejects with {@link UpstreamTrouble} before either. */
export async function tunnel(tunnelling: Tunnelling): Promise<void> {
  const done = tunnelling.upstream.begin(tunnelling.who)
  try {
    await join(tunnelling)
  } finally {
    done()
  }
}

async function join({ upstream, request, response, socket, head, target, ours, signal }: Tunnelling): Promise<void> {
  const finished = Promise.withResolvers<void>()
  const out = askUpstream({
    host: upstream.host,
    port: upstream.port,
    agent: false,
    lookup: upstream.lookup,
    method: 'GET',
    path: target.raw,
    setHost: false,
    headers: [...requestHeaders(request.rawHeaders, ours), 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
  })
  const gone = (): void => {
    out.destroy()
    finished.resolve()
  }
  signal.addEventListener('abort', gone, { once: true })
  socket.once('close', gone)
  out.setTimeout(upstream.limits.answerMs, () => finished.reject(new UpstreamTrouble('upstream.too_slow')))
  out.on('error', (cause) => finished.reject(new UpstreamTrouble('upstream.unreachable', cause)))
  let interim = 0
  out.on('information', () => {
    interim += 1
    if (interim > mostInterimAnswers) finished.reject(new UpstreamTrouble('upstream.bad_answer'))
  })
  out.on('response', (incoming) => {
    // The app does not want this WebSocket. What it says beside the status stays behind: there is no page to show it on.
    const { statusCode = 0 } = incoming
    if (statusCode < 200 || statusCode > 999) {
      finished.reject(new UpstreamTrouble('upstream.bad_answer'))
      return
    }
    response.writeHead(statusCode, ['content-length', '0', 'connection', 'close'])
    response.end(() => finished.resolve())
    incoming.destroy()
  })
  out.on('upgrade', (incoming, other, rest) => {
    if (signal.aborted || socket.destroyed || incoming.headers.upgrade?.toLowerCase() !== 'websocket') {
      other.destroy()
      if (!socket.destroyed && !signal.aborted) finished.reject(new UpstreamTrouble('upstream.bad_answer'))
      return
    }
    response.detachSocket(socket)
    const cut = (): void => {
      socket.destroy()
      other.destroy()
      finished.resolve()
    }
    signal.addEventListener('abort', cut, { once: true })
    for (const one of [socket, other]) one.once('error', cut).once('close', cut)
    keepOpen(socket)
    keepOpen(other)
    socket.write(handshakeAnswer(incoming), 'latin1')
    if (rest.length > 0) socket.write(rest)
    if (head.length > 0) other.write(head)
    socket.pipe(other)
    other.pipe(socket)
  })
  out.end()
  if (signal.aborted) gone()
  try {
    await finished.promise
  } finally {
    out.destroy()
    signal.removeEventListener('abort', gone)
    socket.removeListener('close', gone)
  }
}

/** A WebSocket may be silent for hours; a peer that vanished is found by the system's probes. */
function keepOpen(socket: Socket): void {
  socket.setTimeout(0)
  socket.setKeepAlive(true, 30_000)
  socket.setNoDelay(true)
}

function handshakeAnswer(incoming: IncomingMessage): string {
  const headers = [...responseHeaders(incoming.rawHeaders), 'Connection', 'Upgrade', 'Upgrade', 'websocket']
  const lines = ['HTTP/1.1 101 Switching Protocols']
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at] ?? ''}: ${headers[at + 1] ?? ''}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
