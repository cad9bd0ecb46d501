/**
 * The server: routes as data, walked by the spine, on Fastify's router.
 *
 * Fastify finds the route and gives tests their `inject()`. Reading, refusing
 * and answering are ours, so that the steps of a request stand in one place
 * (`spine.ts`) and not in a framework's hooks.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify'
import { newId, type Clock, type RequestId, type TenantId } from '#kernel'
import { whereabouts } from './arrival.ts'
import { createPassage, type ServerLog } from './passage.ts'
import { rawRefusals, type RawRefusal } from './raw-answer.ts'
import { trustedProxies } from './proxies.ts'
import { httpRefusalAnswers } from './refusals.ts'
import type { PageRenderer } from './render.ts'
import { plainPage } from './render.ts'
import type { Edge, RefusalAnswer, Route } from './route.ts'
import { securityHeaders } from './security-headers.ts'
import type { SpinePorts } from './spine.ts'
import { createShapes, type Shapes } from './validate.ts'
import type { WatchRequests } from './watch.ts'

export interface ServerOptions {
  readonly edges: readonly Edge[]
  readonly ports: SpinePorts
  readonly tenant: TenantId
  readonly clock: Clock
  /** How browsers and clients reach this server, for instance `https://id.example.test`. All https, or all http (loopback). */
  readonly origins: readonly string[]
  /** Addresses and networks of the proxies that end TLS before us. */
  readonly trustedProxies?: readonly string[]
  /** Answers for refusals that the ports throw (an expired token, an ended session) where the edge has none of its own. */
  readonly refusals?: Readonly<Record<string, RefusalAnswer>>
  readonly renderPage?: PageRenderer
  readonly log: ServerLog
  readonly newRequestId?: () => RequestId
  /** Told of every request that has a route, and of those that have none. */
  readonly watch?: WatchRequests | undefined
}

export interface Server {
  /** For listeners: everything from the request's head on. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** For what never became a request. */
  readonly rawRefusal: RawRefusal
  /** A request in memory, for tests. */
  readonly inject: (options: InjectOptions) => Promise<LightMyRequestResponse>
  /** From now on each answer closes its connection. */
  readonly beginDrain: () => void
  readonly isDraining: boolean
  /** Requests being answered right now. */
  readonly underWay: number
}

/** Longer than any identifier of ours or of others (2 KiB). */
const longestParameter = 2048

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** Builds a server from its edges. Throws for edges that contradict each other. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const where = whereabouts(options.origins)
  const security = securityHeaders(where.secure)
  const newRequestId = options.newRequestId ?? (() => newId('req'))
  const passage = createPassage({
    ports: options.ports,
    tenant: options.tenant,
    clock: options.clock,
    where,
    proxies: trustedProxies(options.trustedProxies ?? []),
    security,
    renderPage: options.renderPage ?? plainPage,
    log: options.log,
    newRequestId,
    watch: options.watch,
  })
  const app = Fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: () => '',
    routerOptions: {
      maxParamLength: longestParameter,
      querystringParser: () => ({}),
    },
    frameworkErrors: (_error, request, reply) => take(reply, () => passage.unreadable(request.raw, reply.raw)),
  })
  const shapes = createShapes()
  const paths = new Map<string, Set<string>>()
  for (const edge of options.edges) {
    const answers = { ...httpRefusalAnswers, ...options.refusals, ...edge.refusals }
    for (const route of edge.routes) {
      addRoute(app, passage.walker(route, checksOf(shapes, route), answers), route)
      const known = paths.get(route.path) ?? new Set()
      known.add(route.method)
      if (route.method === 'GET') known.add('HEAD')
      paths.set(route.path, known)
    }
  }
  for (const [path, known] of paths) addOtherMethods(app, passage.methodNotAllowed([...known].sort().join(', ')), path, known)
  app.setNotFoundHandler({}, (request, reply) => take(reply, () => passage.unknown(request.raw, reply.raw)))
  await app.ready()

  return {
    handle: (request, response) => app.routing(request, response),
    rawRefusal: rawRefusals(security, newRequestId),
    inject: (request) => app.inject({ ...request, headers: { host: [...where.hosts][0], ...request.headers } }),
    beginDrain: () => passage.beginDrain(),
    get isDraining() {
      return passage.isDraining
    },
    get underWay() {
      return passage.underWay
    },
  }
}

type Walker = (request: IncomingMessage, response: ServerResponse, params: Readonly<Record<string, string>>) => void

function checksOf(shapes: Shapes, { schema }: Route): Readonly<Record<string, (value: unknown) => void>> {
  return {
    ...(schema.params === undefined ? {} : { params: shapes.checker('params', schema.params) }),
    ...(schema.query === undefined ? {} : { query: shapes.checker('query', schema.query) }),
    ...(schema.body === undefined ? {} : { body: shapes.checker('body', schema.body) }),
  }
}

/** The first hook takes the request over, before the framework reads or judges anything. */
function addRoute(app: FastifyInstance, walker: Walker, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET',
    onRequest: (request: FastifyRequest, reply: FastifyReply) => {
      take(reply, () => walker(request.raw, reply.raw, request.params as Readonly<Record<string, string>>))
    },
    handler: unreachable,
  })
}

function addOtherMethods(app: FastifyInstance, refuse: Walker, url: string, known: ReadonlySet<string>): void {
  const others = methods.filter((method) => !known.has(method))
  if (others.length === 0) return
  app.route({
    method: others,
    url,
    onRequest: (request, reply) => take(reply, () => refuse(request.raw, reply.raw, {})),
    handler: unreachable,
  })
}

function take(reply: FastifyReply, walker: () => void): void {
  reply.hijack()
  walker()
}

function unreachable(): never {
  throw new Error('The spine answers before this')
}
