/**
 * The steps of every request, in their order. Each is one function; those that
 * need the rest of the house are handed in as ports.
 *
 * Deny by default: nothing is handled before every step has said yes, and a port
 * that throws has said no.
 *
 * @module
 */

import { Refusal, type AuditEvent, type DecisionRecord, type Operation, type Principal } from '#kernel'
import type { Answer } from './answer.ts'
import type { Presented } from './arrival.ts'
import { checkSite } from './cross-site.ts'
import { requireWithin, type LimitDecision } from './limit.ts'
import type { RequestOperation } from './operation.ts'
import { readVersion } from './read/version.ts'
import { refuse } from './refusals.ts'
import type { LimitClass, Route, RouteInput } from './route.ts'
import type { CheckShape } from './validate.ts'

/** What a decision is asked of. */
export interface AskedResource {
  readonly type: string
  readonly id: string
}

/** What a decision may know of the request itself. */
export type AskedHow = Pick<Presented, 'address' | 'method' | 'path'>

/** The answer of the policy engine for one action on our own APIs. */
export interface AccessDecision {
  readonly effect: 'allow' | 'deny'
  readonly record: DecisionRecord
  /** What the policy's author wants the caller to read. */
  readonly publicReason?: string
}

/** What the spine needs from the rest of the house. */
export interface SpinePorts {
  /** Spends from the buckets of the caller's network, before a byte of the body is read. */
  limitByAddress(op: Operation, address: string, limit: LimitClass): LimitDecision | Promise<LimitDecision>
  /**
   * Finds out who presents these credentials. `session` accepts the browser's
   * session cookie alone. Undefined when nothing was presented; a refusal when
   * something was and it is not good, or when credentials disagree.
   */
  identify(op: Operation, presented: Presented, accepts: 'session' | 'principal'): Promise<Principal | undefined>
  limitByPrincipal(op: Operation, principal: Principal, limit: LimitClass): LimitDecision | Promise<LimitDecision>
  decide(op: Operation, principal: Principal, action: string, resource: AskedResource, how: AskedHow): Promise<AccessDecision>
  /** What a handler records outside a write, through `op.record`. Throws `Unavailable` when it cannot be kept. */
  record(op: Operation, event: AuditEvent): void
  /** Class A: resolves when the event is durable. */
  recordRefusal(op: Operation, event: AuditEvent): Promise<void>
  /** Class B: an allowed action. A full buffer throws `Unavailable`, and nothing is handled. */
  recordAllowed(op: Operation, event: AuditEvent): void | Promise<void>
  /** Class C: a refusal to a stranger, counted by code and network. */
  countStranger(op: Operation, refused: { readonly code: string; readonly route: string; readonly address: string }): void
}

/** A request as `parse` leaves it: read, and neither judged nor validated. */
export interface Parsed {
  readonly presented: Presented
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A route, ready to be walked. */
export interface Walkable {
  readonly route: Route
  readonly checks: { readonly params?: CheckShape; readonly query?: CheckShape; readonly body?: CheckShape }
}

/** What stands at the door: the rest is read by the `parse` step. */
export interface AtTheDoor {
  readonly address: string
  parse(): Promise<Parsed>
  /** Wall time. */
  nowMs(): number
  nonce(): string
}

export interface Walked {
  readonly answer: Answer
  /** The decision of the last bucket, for the RateLimit fields. */
  readonly limit: LimitDecision
}

export async function walk(
  ports: SpinePorts,
  walkable: Walkable,
  origins: ReadonlySet<string>,
  arrived: RequestOperation,
  door: AtTheDoor,
): Promise<Walked> {
  const { route } = walkable
  try {
    const byAddress = requireWithin(await ports.limitByAddress(arrived, door.address, route.limit))
    const parsed = await door.parse()
    const op = arrived.beginningAt(door.nowMs())
    const principal = await identify(ports, route, op, parsed.presented)
    const asker = principal === undefined ? op : op.as(principal)
    const byPrincipal = principal && requireWithin(await ports.limitByPrincipal(asker, principal, route.limit))
    checkSite(route, parsed.presented, principal, origins)
    validate(walkable, parsed)
    const decision = await decide(ports, route, asker, principal, parsed)
    // After the decision: whether the caller sent a version is nothing to tell whoever may not change the thing.
    const version = versionOf(route, parsed)
    const answer = await route.handle(asker, { ...input(parsed, principal, decision, door.nonce()), version })
    return { answer, limit: byPrincipal ?? byAddress }
  } catch (thrown) {
    if (thrown instanceof Refusal) await record(ports, route, arrived, door.address, thrown)
    throw thrown
  }
}

/** `anyone` is not asked, `client` is authenticated by its handler; everybody else must be known here. */
async function identify(ports: SpinePorts, route: Route, op: Operation, presented: Presented): Promise<Principal | undefined> {
  if (route.caller === 'anyone' || route.caller === 'client') return undefined
  const principal = await ports.identify(op, presented, route.caller)
  if (principal !== undefined) return principal
  throw refuse(route.caller === 'session' ? 'http.no_session' : 'http.no_credential')
}

function versionOf({ version }: Route, { presented }: Parsed): string | undefined {
  const ifMatch = presented.headers['if-match']
  return version === 'required' || (version === 'accepted' && ifMatch !== undefined) ? readVersion(ifMatch) : undefined
}

function validate({ checks }: Walkable, parsed: Parsed): void {
  checks.params?.(parsed.params)
  checks.query?.(parsed.query)
  checks.body?.(parsed.body)
}

/** A route that names an action needs a permit for it. The permit is recorded before anything is done with it. */
async function decide(
  ports: SpinePorts,
  route: Route,
  op: Operation,
  principal: Principal | undefined,
  parsed: Parsed,
): Promise<DecisionRecord | undefined> {
  if (route.action === undefined) return undefined
  if (principal === undefined) throw new Error(`${route.path} names an action, so its caller must be identified`)
  const resource = askedResource(route, op, parsed)
  const decision = await ports.decide(op, principal, route.action, resource, parsed.presented)
  const record = route.resource?.param === undefined ? decision.record : { ...decision.record, resource: `${resource.type} ${resource.id}` }
  if (decision.effect !== 'allow') throw denied(decision, record)
  await ports.recordAllowed(op, { what: 'access.allowed', about: route.path, outcome: 'allowed', decision: record })
  return record
}

function askedResource(route: Route, op: Operation, parsed: Parsed): AskedResource {
  if (route.resource === undefined) return { type: 'Tenant', id: op.tenant }
  const { type, param } = route.resource
  const id = param === undefined ? op.tenant : parsed.params[param]
  if (id === undefined) throw new Error(`${route.path} has no parameter ${param}`)
  return { type, id }
}

/** The policy's own words, where its author wrote some for the caller. The decision travels as the cause, for the record. */
function denied(decision: AccessDecision, record: DecisionRecord): Refusal {
  const plain = refuse('access.denied', record.policies.join(' '))
  return new Refusal(plain.code, decision.publicReason ?? plain.message, plain.detail, record)
}

function input(parsed: Parsed, principal: Principal | undefined, decision: DecisionRecord | undefined, nonce: string): RouteInput {
  const { presented, params, query, body } = parsed
  const { headers, cookies, address, connection } = presented
  const peerCertificate: RouteInput['peerCertificate'] = () => presented.peerCertificate()
  return { params, query, body, headers, cookies, address, connection, peerCertificate, principal, decision, nonce }
}

/**
 * A refusal to a known caller is durable before its answer leaves; one to a
 * stranger is counted, so that strangers cannot fill the disk. A limit that was
 * hit is counted too, whoever hit it: an fsync for each would make the limit the
 * load that it is there to prevent.
 */
async function record(ports: SpinePorts, route: Route, op: RequestOperation, address: string, refusal: Refusal): Promise<void> {
  const caller = op.caller
  if (caller === undefined || refusal.code.startsWith('limit.')) {
    ports.countStranger(op, { code: refusal.code, route: route.path, address })
    return
  }
  const decision = refusal.cause as DecisionRecord | undefined
  await ports.recordRefusal(op.as(caller), {
    what: 'request.refused',
    about: route.path,
    outcome: 'refused',
    facts: { code: refusal.code, method: route.method },
    ...(refusal.code === 'access.denied' && decision !== undefined ? { decision } : {}),
  })
}
