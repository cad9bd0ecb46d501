/**
 * The server: routes as data, walked by the spine.
 *
 * A router finds the route and nothing else. Reading, refusing and answering are
 * ours, so that the steps of a request stand in one place (`spine.ts`).
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import Router, { type HTTPMethod } from 'find-my-way'
import type { InjectOptions, Response as InjectedResponse } from 'light-my-request'
import { newId, type Clock, type RequestId, type TenantId } from '#kernel'
import { whereabouts } from './arrival.ts'
import type { CertificateField } from './forwarded-certificate.ts'
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
  /** Where those proxies say which certificate a client showed. */
  readonly certificateField?: CertificateField | undefined
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
  readonly inject: (options: InjectOptions) => Promise<InjectedResponse>
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
export function createServer(options: ServerOptions): Server {
  const where = whereabouts(options.origins)
  const security = securityHeaders(where.secure)
  const newRequestId = options.newRequestId ?? (() => newId('req'))
  const passage = createPassage({
    ports: options.ports,
    tenant: options.tenant,
    clock: options.clock,
    where,
    proxies: trustedProxies(options.trustedProxies ?? []),
    certificateField: options.certificateField,
    security,
    renderPage: options.renderPage ?? plainPage,
    log: options.log,
    newRequestId,
    watch: options.watch,
  })
  const router = Router({
    maxParamLength: longestParameter,
    defaultRoute: (request, response) => passage.unknown(request, response),
    onBadUrl: (_path, request, response) => passage.unreadable(request, response),
    onMaxParamLength: (_path, request, response) => passage.unreadable(request, response),
  })
  const shapes = createShapes()
  const paths = new Map<string, Set<string>>()
  for (const edge of options.edges) {
    const answers = { ...httpRefusalAnswers, ...options.refusals, ...edge.refusals }
    for (const route of edge.routes) {
      const walker = passage.walker(route, checksOf(shapes, route), answers)
      addRoute(router, route.method === 'GET' ? ['GET', 'HEAD'] : [route.method], route.path, walker)
      const known = paths.get(route.path) ?? new Set()
      known.add(route.method)
      if (route.method === 'GET') known.add('HEAD')
      paths.set(route.path, known)
    }
  }
  for (const [path, known] of paths) {
    const others = methods.filter((method) => !known.has(method))
    addRoute(router, others, path, passage.methodNotAllowed([...known].sort().join(', ')))
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => void router.lookup(request, response)

  return {
    handle,
    rawRefusal: rawRefusals(security, newRequestId),
    inject: async (request) => {
      const { inject } = await import('light-my-request')
      return inject(handle, { ...request, headers: { host: [...where.hosts][0], ...request.headers } })
    },
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

function addRoute(router: Router.Instance<Router.HTTPVersion.V1>, methods: readonly HTTPMethod[], path: string, walker: Walker): void {
  if (methods.length === 0) return
  router.on([...methods], path, (request, response, params) => walker(request, response, params as Readonly<Record<string, string>>))
}
