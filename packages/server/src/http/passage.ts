/**
 * One request's way through the server: the spine is walked, and what comes of
 * it, an answer, a refusal, an outage or a defect, is sent in the style of the edge.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { base64url, randomBytes, Refusal, Unavailable, type Clock, type RequestId, type TenantId } from '#kernel'
import type { Answer } from './answer.ts'
import {
  checkDestination,
  checkHead,
  connectionOf,
  isOwnerSocket,
  readOrigin,
  readPath,
  readPeerCertificate,
  readTrace,
  type Presented,
  type Whereabouts,
} from './arrival.ts'
import type { CertificateField } from './forwarded-certificate.ts'
import type { LimitDecision } from './limit.ts'
import { RequestOperation } from './operation.ts'
import { plainAddress, type Origin, type TrustedProxies } from './proxies.ts'
import { Gone, readBody } from './read/body.ts'
import { readCookies } from './read/cookies.ts'
import { readForm } from './read/form.ts'
import { httpRefusalAnswers, refuse, type HttpRefusalCode } from './refusals.ts'
import { plainPage, render, troubleOf, type PageRenderer, type Trouble } from './render.ts'
import type { AnswerStyle, RefusalAnswer, Route } from './route.ts'
import type { SecurityHeaders } from './security-headers.ts'
import { send, type Sending } from './send.ts'
import { walk, type Parsed, type SpinePorts, type Walkable } from './spine.ts'
import type { RequestWatch, WatchRequests } from './watch.ts'

/** Where the server tells its operator what went wrong. Bodies, cookies and queries never go there. */
export interface ServerLog {
  /** A bug: answered with 500. */
  defect(report: TroubleReport): void
  /** Something we depend on is out: answered with 503. */
  outage(report: TroubleReport): void
}

export interface TroubleReport {
  readonly requestId: string
  /** `POST /token`, the template and not the address. */
  readonly route: string
  /** What was thrown, and what caused it, outermost first. */
  readonly causes: readonly string[]
  readonly stack: string | undefined
}

export interface PassageOptions {
  readonly ports: SpinePorts
  readonly tenant: TenantId
  readonly clock: Clock
  readonly where: Whereabouts
  readonly proxies: TrustedProxies
  readonly certificateField: CertificateField | undefined
  readonly security: SecurityHeaders
  readonly renderPage: PageRenderer
  readonly log: ServerLog
  readonly newRequestId: () => RequestId
  readonly watch: WatchRequests | undefined
}

type Answers = Readonly<Record<string, RefusalAnswer>>
type Walker = (request: IncomingMessage, response: ServerResponse, params: Readonly<Record<string, string>>) => void

export interface Passage {
  walker(route: Route, checks: Walkable['checks'], answers: Answers): Walker
  methodNotAllowed(allow: string): Walker
  unknown(request: IncomingMessage, response: ServerResponse): void
  unreadable(request: IncomingMessage, response: ServerResponse): void
  beginDrain(): void
  readonly isDraining: boolean
  readonly underWay: number
}

/** Everything about a route that each of its requests needs. */
interface Way {
  readonly walkable: Walkable
  readonly answers: Answers
  readonly style: AnswerStyle
  /** Whether an answer may be a page, and so needs a nonce. */
  readonly hasPages: boolean
  /** Set where there is no route: the refusal, once the request has been looked at. */
  readonly refused?: HttpRefusalCode
}

const nothing: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>)

export function createPassage(options: PassageOptions): Passage {
  const { ports, where, proxies, security, log } = options
  let isDraining = false
  let underWay = 0

  async function pass(
    way: Way,
    request: IncomingMessage,
    response: ServerResponse,
    params: Readonly<Record<string, string>>,
  ): Promise<void> {
    const op = new RequestOperation(options.newRequestId(), options.tenant, options.clock.wallMs(), {
      record: (acting, event) => ports.record(acting, event),
      onGone: (listener) => void response.once('close', () => response.writableFinished || listener()),
    })
    let made = ''
    const nonce = (): string => (made === '' && way.hasPages ? (made = base64url(randomBytes(16))) : made)
    const watch = options.watch === undefined ? undefined : beginWatch(options.watch, way, request, op.id)
    underWay++
    try {
      const { answer, limit } = await walked(way, request, params, op, nonce)
      await deliver(way, request, response, answer, {
        security,
        secure: where.secure,
        requestId: op.id,
        nonce: nonce(),
        limit,
        closing: isDraining,
      })
    } catch (thrown) {
      // Nobody is there to be answered, or even the answer that says so failed.
      if (!(thrown instanceof Gone)) log.defect(reportOf(thrown, way, op.id))
      response.destroy()
    } finally {
      underWay--
      watch?.ended(response.headersSent ? response.statusCode : 'gone')
    }
  }

  function beginWatch(begin: WatchRequests, { walkable: { route } }: Way, request: IncomingMessage, requestId: string): RequestWatch {
    return begin({
      requestId,
      method: route.method,
      route: route.path,
      address: () => addressOf(request),
      trace: readTrace(request, proxies),
    })
  }

  /** A chain of addresses that cannot be read is refused; then it came from whoever is connected. */
  function addressOf(request: IncomingMessage): string {
    try {
      return readOrigin(request, proxies).address
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      return plainAddress(request.socket.remoteAddress ?? '')
    }
  }

  /** The answer of the spine, or the one that says why there is none. */
  async function walked(
    way: Way,
    request: IncomingMessage,
    params: Readonly<Record<string, string>>,
    op: RequestOperation,
    nonce: () => string,
  ): Promise<{ readonly answer: Answer; readonly limit?: LimitDecision }> {
    try {
      const origin = readOrigin(request, proxies)
      const door = { address: origin.address, parse: () => parse(way, request, origin, params), nowMs: () => options.clock.wallMs(), nonce }
      return await walk(ports, way.walkable, where.origins, op, door)
    } catch (thrown) {
      if (thrown instanceof Gone) throw thrown
      return { answer: render(way.style, troubleFrom(thrown, way, op.id), nonce(), pageFor(way)) }
    }
  }

  /** A page that cannot be made must not keep the refusal from being told. */
  function pageFor(way: Way): PageRenderer {
    return (page) => {
      try {
        return options.renderPage(page)
      } catch (thrown) {
        log.defect(reportOf(thrown, way, page.requestId))
        return plainPage(page)
      }
    }
  }

  /** An answer that cannot be sent as it is, is a defect like any other. */
  async function deliver(way: Way, request: IncomingMessage, response: ServerResponse, answer: Answer, sending: Sending): Promise<void> {
    try {
      await send(request, response, answer, sending)
    } catch (thrown) {
      if (response.headersSent || response.destroyed) {
        if (!isHangUp(thrown)) log.defect(reportOf(thrown, way, sending.requestId))
        return void response.destroy()
      }
      const trouble = troubleFrom(thrown, way, sending.requestId)
      await send(request, response, render(way.style, trouble, sending.nonce, pageFor(way)), sending)
    }
  }

  async function parse(way: Way, request: IncomingMessage, origin: Origin, params: Readonly<Record<string, string>>): Promise<Parsed> {
    const { route } = way.walkable
    checkHead(request)
    if (route.limit !== 'health') checkDestination(request, origin, where)
    if (way.refused !== undefined) throw refuse(way.refused)
    const target = request.url ?? ''
    const mark = target.indexOf('?')
    const query = route.schema.query === undefined || mark === -1 ? nothing : readForm(target.slice(mark + 1))
    const headers = request.headers as Readonly<Record<string, string | undefined>>
    const presented: Presented = {
      via: isOwnerSocket(request.socket) ? 'socket' : 'network',
      address: origin.address,
      connection: connectionOf(request, origin, proxies),
      method: route.method,
      route: route.path,
      path: readPath(target),
      headers,
      cookies: readCookies(headers['cookie'], where.secure),
      peerCertificate: () => readPeerCertificate(request, options.certificateField, proxies),
    }
    for (const value of Object.values(params)) if (value.includes('\0')) throw refuse('request.malformed', 'NUL in the path')
    return { presented, params, query, body: await readBody(request, route.schema) }
  }

  function troubleFrom(thrown: unknown, way: Way, requestId: string): Trouble {
    if (thrown instanceof Refusal) {
      const answer = Object.hasOwn(way.answers, thrown.code) ? way.answers[thrown.code] : undefined
      if (answer !== undefined) return troubleOf(thrown, answer, requestId)
    }
    if (thrown instanceof Unavailable) {
      log.outage(reportOf(thrown, way, requestId))
      const headers = { 'retry-after': String(thrown.retryAfterSeconds) }
      return {
        status: 503,
        code: 'server.unavailable',
        sentence: 'This is not possible right now. Try again in a moment.',
        requestId,
        headers,
        error: 'temporarily_unavailable',
      }
    }
    log.defect(reportOf(thrown, way, requestId))
    return { status: 500, code: 'server.defect', sentence: 'Something went wrong on our side.', requestId, error: 'server_error' }
  }

  /** What is no route of an edge still takes the steps: it is limited by address, looked at, and refused. */
  function refusing(
    code: 'route.unknown' | 'route.method_not_allowed' | 'request.malformed',
    headers?: Readonly<Record<string, string>>,
  ): Walker {
    const route: Route = {
      method: 'GET',
      path: '/*',
      caller: 'anyone',
      limit: 'metadata',
      schema: { answers: {} },
      answers: 'problem',
      summary: '',
      handle: () => Promise.reject(refuse(code)),
    }
    const answers = { ...httpRefusalAnswers, [code]: { ...httpRefusalAnswers[code], ...(headers === undefined ? {} : { headers }) } }
    const forPrograms: Way = { walkable: { route, checks: {} }, answers, style: 'problem', hasPages: false, refused: code }
    const forPeople: Way = { ...forPrograms, style: 'page', hasPages: true }
    return (request, response) => {
      const isPerson = (request.headers.accept ?? '').includes('text/html')
      void pass(isPerson ? forPeople : forPrograms, request, response, nothing)
    }
  }

  const unknown = refusing('route.unknown')
  const unreadable = refusing('request.malformed')

  return {
    walker(route, checks, answers) {
      const hasPages = route.answers === 'page' || Object.values(route.schema.answers).includes('html')
      const way: Way = { walkable: { route, checks }, answers, style: route.answers, hasPages }
      return (request, response, params) => void pass(way, request, response, params)
    },
    methodNotAllowed: (allow) => refusing('route.method_not_allowed', { allow }),
    unknown: (request, response) => unknown(request, response, nothing),
    unreadable: (request, response) => unreadable(request, response, nothing),
    beginDrain: () => {
      isDraining = true
    },
    get isDraining() {
      return isDraining
    },
    get underWay() {
      return underWay
    },
  }
}

/** The caller went away while a stream was being sent to them. */
function isHangUp(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function reportOf(thrown: unknown, { walkable: { route } }: Way, requestId: string): TroubleReport {
  return {
    requestId,
    route: `${route.method} ${route.path}`,
    causes: causesOf(thrown),
    stack: thrown instanceof Error ? thrown.stack : undefined,
  }
}

/** The messages of an error and of everything that caused it, outermost first. */
export function causesOf(thrown: unknown): readonly string[] {
  const causes: string[] = []
  let next = thrown
  while (next !== undefined && causes.length < 16) {
    causes.push(next instanceof Error ? `${next.name}: ${next.message}` : typeof next)
    next = next instanceof Error ? next.cause : undefined
  }
  return causes
}
