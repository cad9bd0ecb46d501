/**
 * One request, forwarded: bytes both ways as they come, at the pace of the
 * slower side, nothing kept.
 *
 * What is sent is exactly what was decided: the method and target as they came.
 * How the message is framed is said anew by Node from the parsed message, so that
 * no two readers can disagree about where it ends (request smuggling).
 *
 * @module
 */

import { request as askUpstream, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { requestHeaders, responseHeaders, responseTrailers } from '../request/headers.ts'
import type { Target } from '../request/target.ts'
import { mostInterimAnswers, UpstreamTrouble, type Upstream } from './upstream.ts'

export interface Forwarding {
  readonly upstream: Upstream
  /** Whose place at the app it takes. */
  readonly who: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly target: Target
  /** What we say to the app, alternating names and values, `Host` among them. */
  readonly ours: readonly string[]
  /** For answers that lack them. */
  readonly addHeaders?: Readonly<Record<string, string>> | undefined
  /** The client waits for `100 Continue` before it sends the body. */
  readonly waiting: boolean
  /** Aborted when access is taken away. */
  readonly signal: AbortSignal
}

/**
 * Resolves when the last byte has gone, or the client has. Rejects with
 * {@link UpstreamTrouble} while nothing was answered yet; later than that a broken
 * answer can only be cut off.
 */
export async function forward(forwarding: Forwarding): Promise<void> {
  const done = forwarding.upstream.begin(forwarding.who)
  try {
    await attempt(forwarding, 'kept alive')
  } finally {
    done()
  }
}

async function attempt(forwarding: Forwarding, connection: 'kept alive' | 'fresh'): Promise<void> {
  const { upstream, request, response, signal } = forwarding
  const finished = Promise.withResolvers<void>()
  const out = open(forwarding, connection)

  let settled = false
  const fail = (trouble: UpstreamTrouble): void => {
    out.destroy()
    if (settled) return
    settled = true
    // Half an answer cannot be taken back: the client sees that it is cut off.
    if (response.headersSent) response.destroy()
    if (response.headersSent || response.destroyed) finished.resolve()
    else finished.reject(trouble)
  }
  const gone = (): void => {
    settled = true
    if (!response.writableFinished || !out.writableFinished) out.destroy()
    finished.resolve()
  }
  signal.addEventListener('abort', gone, { once: true })
  response.once('close', gone)

  limitTime(out, forwarding, fail)
  let interim = 0
  out.on('information', ({ statusCode, headers }) => {
    interim += 1
    if (interim > mostInterimAnswers) fail(new UpstreamTrouble('upstream.bad_answer'))
    else informClient(forwarding, statusCode, headers['link'])
  })
  out.on('upgrade', (_incoming, socket) => {
    socket.destroy()
    fail(new UpstreamTrouble('upstream.bad_answer'))
  })
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (settled) return
    const stale = connection === 'kept alive' && out.reusedSocket && error.code === 'ECONNRESET'
    if (stale && !hasBody(request) && isRepeatable(request) && !response.headersSent && !response.destroyed) {
      // The app closed an idle connection just when we used it; it never saw the request.
      settled = true
      cleanUp()
      attempt(forwarding, 'fresh').then(finished.resolve, finished.reject)
    } else fail(new UpstreamTrouble(error.code?.startsWith('HPE_') === true ? 'upstream.bad_answer' : 'upstream.unreachable', error))
  })
  out.on('response', (incoming) => {
    out.setTimeout(upstream.limits.idleMs)
    passBack(incoming, forwarding, fail)
  })
  const cleanUp = (): void => {
    signal.removeEventListener('abort', gone)
    response.removeListener('close', gone)
    request.unpipe(out)
  }

  if (signal.aborted) gone()
  else if (!hasBody(request)) out.end()
  else {
    if (forwarding.waiting) response.writeContinue()
    request.pipe(out)
  }
  try {
    await finished.promise
  } finally {
    cleanUp()
  }
}

function open({ upstream, request, target, ours }: Forwarding, connection: 'kept alive' | 'fresh'): ClientRequest {
  const framing = request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']
  const method = request.method ?? 'GET'
  // Without it Node would announce chunks that never come.
  const empty = !hasBody(request) && request.headers['content-length'] === undefined && !bodiless.has(method)
  return askUpstream({
    host: upstream.host,
    port: upstream.port,
    agent: connection === 'fresh' ? false : upstream.agent,
    lookup: upstream.lookup,
    method,
    path: target.raw,
    setHost: false,
    insecureHTTPParser: false,
    headers: [...requestHeaders(request.rawHeaders, ours), ...framing, ...(empty ? ['Content-Length', '0'] : [])],
  })
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** RFC 9112 section 6: a request has a body when its head frames one. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function isRepeatable({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

function limitTime(out: ClientRequest, { upstream, request, response }: Forwarding, fail: (trouble: UpstreamTrouble) => void): void {
  const { connectMs, answerMs } = upstream.limits
  const connecting = setTimeout(() => fail(new UpstreamTrouble('upstream.unreachable', new Error('no connection in time'))), connectMs)
  out.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => clearTimeout(connecting))
    else clearTimeout(connecting)
  })
  out.once('close', () => clearTimeout(connecting))
  out.setTimeout(answerMs, () => {
    // A client that does not send the body it announced is not the app's fault: the connection goes.
    if (request.complete || response.headersSent) fail(new UpstreamTrouble('upstream.too_slow'))
    else response.destroy()
  })
}

/** A link value of RFC 8288 section 3 as Node accepts it; others stay behind, since an early hint is only a hint. */
const link = /^<[^<>\s"]*>(?:\s*;\s*[a-z]+(?:="?[^;"\s]*"?)?)*$/i

/** RFC 9110 section 15.2: interim answers are passed on, except for the one that we asked for ourselves. */
function informClient({ request, response }: Forwarding, status: number, links: string | string[] | undefined): void {
  if (response.headersSent || response.destroyed || request.httpVersion !== '1.1') return
  if (status === 102) response.writeProcessing()
  const hints = [links ?? []]
    .flat()
    .flatMap((value) => value.split(/,\s*(?=<)/))
    .filter((value) => link.test(value))
  if (status === 103 && hints.length > 0) response.writeEarlyHints({ link: hints })
}

function passBack(
  incoming: IncomingMessage,
  { request, response, addHeaders, signal }: Forwarding,
  fail: (trouble: UpstreamTrouble) => void,
): void {
  incoming.on('error', (error) => fail(new UpstreamTrouble('upstream.unreachable', error)))
  if (response.destroyed || signal.aborted) {
    incoming.destroy()
    return
  }
  const headers = responseHeaders(incoming.rawHeaders, addHeaders)
  // An answer before the end of the request: what is still sent belongs to no request that we know.
  if (!request.complete) headers.push('Connection', 'close')
  try {
    response.writeHead(incoming.statusCode ?? 502, headers)
  } catch (error) {
    fail(new UpstreamTrouble('upstream.bad_answer', error))
    return
  }
  response.flushHeaders()
  incoming.pipe(response, { end: false })
  incoming.once('end', () => {
    const trailers = responseTrailers(incoming.rawTrailers)
    if (trailers.length > 0) response.addTrailers(pairs(trailers))
    response.end()
  })
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) list.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return list
}
