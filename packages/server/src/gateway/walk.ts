/**
 * The steps of every request to an app, in their order.
 *
 * Deny by default: nothing is forwarded before every step has said yes, what was
 * decided is what is forwarded, and whatever throws has said no. Strangers are
 * asked to sign in before they learn whether an address exists.
 *
 * @module
 */

import { isEncrypted, readCookies, type TraceHeaders } from '#http'
import { networkOf, type TenantId } from '#kernel'
import { sayWhyNot, type Decision, type Difference, type RequestFacts } from '#policy'
import type { LimitDecision } from '#ratelimit'
import { isNavigation, redirectTo, type OwnAnswer } from './answer.ts'
import { assertionClaims, assertionHeader, assertionType } from './assertion.ts'
import type { GatewayEvent, SessionView } from './channel/contract.ts'
import type { GatewayRoute } from './config.ts'
import type { Gatehouse } from './gatehouse.ts'
import type { GuardedHost } from './hosts.ts'
import type { Furnished } from './knowledge.ts'
import { answerOwn, isOwn } from './own-endpoints.ts'
import { forward } from './proxy/forward.ts'
import { checkHandshake, tunnel } from './proxy/tunnel.ts'
import { Denial, refuse } from './refusals.ts'
import { checkHead } from './request/head.ts'
import { checkSite } from './request/site.ts'
import { readTarget, type Target } from './request/target.ts'
import { openSession, sessionCookie } from './session/cookies.ts'
import { beginSignIn } from './session/sign-in.ts'
import { answer } from './reception.ts'
import { aboutOf, cut, decisionOf, eventOf, type Visit } from './visit.ts'
import { asking } from './watch.ts'

/** Walks a request to its end. Throws what stopped it, as long as nothing was answered. */
export async function walk(house: Gatehouse, visit: Visit): Promise<void> {
  // Before the first await, so that nothing that follows on the same connection is looked at either.
  checkHead(visit.request)
  const address = readAddress(house, visit)
  await limitByAddress(house, address)
  const guarded = requireHost(house, visit)
  const target = requireTarget(visit)
  if (visit.upgrade !== undefined) checkHandshake(visit.request)
  if (isOwn(target)) return answer(house, visit, await answerOwn(house, visit, guarded, target))
  const match = guarded.routes.match(target, visit.request.method ?? '')
  if (match.is === 'ambiguous') throw refuse('gateway.ambiguous_target', 'case')
  if (match.is === 'route' && match.route.open === 'anyone') {
    visit.known.route = match.route.path
    await requireRoute(house, visit, guarded)
    return pass(house, visit, guarded, target, [])
  }
  const furnished = await house.knowledge.require()
  const arrived = await identify(house, visit, guarded, furnished)
  if (arrived === undefined) return answer(house, visit, askToSignIn(house, visit, guarded, target, furnished))
  await limitByPrincipal(house, furnished.tenant, arrived)
  const view = await stillThere(house, visit, arrived)
  checkSite(visit.request, visit.upgrade !== undefined, guarded.host.origin)
  if (match.is === 'unknown') throw refuse('route.unknown')
  if (match.is === 'other-method') throw refuse('route.method_not_allowed', undefined, { headers: { allow: match.allow.join(', ') } })
  visit.known.route = match.route.path
  const facts = factsOf(visit, guarded, target)
  const leave = enter(house, visit, guarded, match.route, facts, view)
  try {
    const question = { host: guarded.host, route: match.route, view, facts }
    const doubted = (difference: Difference): void => house.records.soon(doubtOf(visit, difference))
    // What is heard while another engine is asked cuts the request: it has entered.
    const decision = await house.knowledge.rules.confirmed(house.ports.confirm, question, doubted)
    if (visit.abort.signal.aborted) return
    house.ports.watch?.decided(guarded.host.policyStore, decision.effect)
    requirePermit(decision)
    await recordAllowed(house, visit, decision)
    if (visit.abort.signal.aborted) return
    const method = visit.request.method ?? ''
    const claims = assertionClaims({
      issuer: house.issuer,
      host: guarded.host,
      target,
      method,
      view,
      decision,
      nowMs: house.ports.clock.wallMs(),
    })
    await pass(house, visit, guarded, target, [assertionHeader, furnished.signer.sign(assertionType, claims)])
  } finally {
    leave()
  }
}

/** What a proxy in front of us says counts only if the operator named it; whoever goes around it came without TLS. */
function readAddress({ proxies, secure }: Gatehouse, { request, known }: Visit): string {
  const origin = proxies.origin(known.address, one(request.headers['x-forwarded-for']), one(request.headers['x-forwarded-proto']))
  if (secure && !isEncrypted(request, origin)) throw refuse('request.not_https')
  known.address = origin.address
  return origin.address
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' || header === undefined ? header : header.join(',')
}

function limitByAddress(house: Gatehouse, address: string): Promise<void> {
  const { limits, knowledge } = house
  return requireWithin(house, limits.byAddress({ tenant: knowledge.tenant }, address, 'proxied'))
}

function limitByPrincipal(house: Gatehouse, tenant: TenantId, view: SessionView): Promise<void> {
  return requireWithin(house, house.limits.byPrincipal({ tenant }, { id: view.user }, 'proxied'))
}

async function requireWithin({ ports }: Gatehouse, asked: LimitDecision | Promise<LimitDecision>): Promise<void> {
  const decision = await asked
  if (decision.allowed) return
  ports.watch?.limited(decision.name)
  throw refuse('limit.exceeded', decision.name, { headers: { 'retry-after': String(Math.max(1, decision.retryAfterSeconds)) } })
}

function requireHost({ hosts }: Gatehouse, { request, known }: Visit): GuardedHost {
  const guarded = hosts.find((request.headers.host ?? '').toLowerCase())
  if (guarded === undefined) throw refuse('host.unknown')
  known.guarded = guarded
  return guarded
}

/** A route that the server told of may have been taken away: it is believed no longer than anything else. */
async function requireRoute({ knowledge }: Gatehouse, { abort }: Visit, { from }: GuardedHost): Promise<void> {
  if (from === 'configuration') return
  await knowledge.require()
  if (abort.signal.aborted) throw refuse('gateway.route_changed')
}

function requireTarget({ request, known }: Visit): Target {
  const target = readTarget(request.url ?? '')
  if (target === undefined) throw refuse('gateway.ambiguous_target')
  known.target = target
  return target
}

/** The person behind this host's cookie, if their central session lives. */
async function identify(
  { knowledge, secure }: Gatehouse,
  { request, known, watch }: Visit,
  { host }: GuardedHost,
  { sealer }: Furnished,
): Promise<SessionView | undefined> {
  const cookie = readCookies(request.headers.cookie, secure)[sessionCookie]
  const session = openSession(sealer, host.origin, cookie)
  const view = session === undefined ? undefined : await knowledge.people.find(session.session, watch)
  if (view === undefined || view.user !== session?.user) return undefined
  known.view = view
  return view
}

/**
 * Where limits are counted elsewhere (Redis), asking takes a moment, and what is heard meanwhile about a person finds no request of
 * theirs to cut. Asked again, and then decided without waiting for anything.
 */
async function stillThere({ knowledge }: Gatehouse, { known, watch }: Visit, { id, user }: SessionView): Promise<SessionView> {
  const view = await knowledge.people.find(id, watch)
  if (view?.user !== user) throw refuse('gateway.session_ended')
  known.view = view
  return view
}

/** Somebody who opens an address signs in and comes back to it; a script or a form is told, and its page decides. */
function askToSignIn(
  { issuer, ports, secure }: Gatehouse,
  visit: Visit,
  { host }: GuardedHost,
  target: Target,
  { sealer }: Furnished,
): OwnAnswer {
  const { request, upgrade } = visit
  if (request.method !== 'GET' || upgrade !== undefined || !isNavigation(request)) throw refuse('gateway.not_signed_in')
  const begin = { issuer, sealer, nowMs: ports.clock.wallMs() }
  const { to, cookies } = beginSignIn(begin, host, target, readCookies(request.headers.cookie, secure))
  return redirectTo(to, cookies)
}

/** A policy is told the path that routes are matched with: another spelling of it (`/%61dmin`) must not lead around a forbid. */
function factsOf({ atMs, request, known }: Visit, { authority }: GuardedHost, { routed }: Target): RequestFacts {
  const path = routed === '' ? '/' : routed
  return { nowMs: atMs, address: known.address, method: request.method ?? '', path, host: authority.replace(/:\d+$/, '') }
}

/** From here until it is left, the request ends when the person's access does. */
function enter(
  house: Gatehouse,
  visit: Visit,
  { host }: GuardedHost,
  route: GatewayRoute,
  facts: RequestFacts,
  view: SessionView,
): () => void {
  const { live, rules } = house.knowledge
  return live.enter({
    session: view.id,
    user: view.user,
    endsAtMs: view.endsAtMs,
    cut: (why) => cut(visit, why),
    isStillAllowed: (now) => rules.isLoaded && rules.decide(host, route, now, facts).effect === 'allow',
  })
}

function requirePermit(decision: Decision): void {
  if (decision.effect === 'allow') return
  const wanted = decision.missing === undefined ? 'do this' : decision.missing.action
  throw new Denial(sayWhyNot(decision), `You may not ${wanted}`, decision)
}

/** A permit is recorded before it is used: of a read within a moment, of anything else at once. */
async function recordAllowed({ records }: Gatehouse, visit: Visit, decision: Decision): Promise<void> {
  const { request, upgrade } = visit
  const method = request.method ?? ''
  const event = eventOf(visit, {
    what: 'gateway.allowed',
    about: aboutOf(visit),
    outcome: 'allowed',
    facts: { method, ...(upgrade === undefined ? {} : { upgrade: 'websocket' }) },
    decision: decisionOf(decision),
  })
  if (upgrade === undefined && (method === 'GET' || method === 'HEAD')) records.soon(event)
  else await asking(visit.watch, 'server', 'record', async () => records.durably(event))
}

function doubtOf(visit: Visit, { store, ...facts }: Difference): GatewayEvent {
  return eventOf(visit, { what: 'gateway.doubted', about: store, outcome: 'done', facts })
}

async function pass(
  { secure }: Gatehouse,
  visit: Visit,
  { host, authority, upstream }: GuardedHost,
  target: Target,
  asserted: readonly string[],
): Promise<void> {
  const { request, response, waiting, upgrade, abort, known, watch } = visit
  const { signal } = abort
  const forwarded = ['X-Forwarded-For', known.address, 'X-Forwarded-Proto', secure ? 'https' : 'http', 'X-Forwarded-Host', authority]
  const who = known.view?.user ?? networkOf(known.address)
  return asking(watch, 'app', upgrade === undefined ? 'request' : 'websocket', async (trace) => {
    const ours = ['Host', authority, ...forwarded, ...asserted, ...traceFields(trace)]
    if (upgrade === undefined)
      return forward({ upstream, who, request, response, target, ours, addHeaders: host.addHeaders, waiting, signal })
    return tunnel({ upstream, who, request, response, ...upgrade, target, ours, signal })
  })
}

/** W3C Trace Context: what the app does belongs to our trace, where there is one. */
function traceFields(trace: TraceHeaders | undefined): readonly string[] {
  const { traceparent, tracestate } = trace ?? {}
  return [...(traceparent === undefined ? [] : ['traceparent', traceparent]), ...(tracestate ? ['tracestate', tracestate] : [])]
}
