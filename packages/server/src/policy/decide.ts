/**
 * A decision: may this principal do this, to that, now? The one way from a
 * question in the house's words to an answer with its reasons.
 *
 * @module
 */

import type { DecisionRecord, PolicyStoreName, Principal } from '#kernel'
import {
  enforce,
  type CompiledSet,
  type Entity,
  type EntityUid,
  type Evaluation,
  type PolicyEngine,
  type PolicyId,
  type Value,
} from './engine.ts'
import { contextFor, type RequestFacts } from './facts.ts'
import { houseNamespace } from './house-schema.ts'
import { missingFor, type Missing } from './missing.ts'
import { entityOfPrincipal, uidOfPrincipal, type Belonging } from './principal-entity.ts'

/** What is asked about: a type of the store (`Collection`) or of the house (`User`), and an id. */
export interface AskedThing {
  readonly type: string
  readonly id: string
  /** What policies may know of it, as the store's schema declares it. Left out, policies know its name alone. */
  readonly attributes?: Readonly<Record<string, Value>>
  /** What it is in, in types of the store. */
  readonly parents?: readonly { readonly type: string; readonly id: string }[]
}

/** A question in the house's words. */
export interface Ask extends Belonging {
  readonly principal: Principal
  /** The action's name in the store: `write`, `users:read`. */
  readonly action: string
  readonly resource: AskedThing
  readonly facts: RequestFacts
}

/** Why the answer is what it is. */
export type Because =
  /** A permit holds and no forbid does. */
  | 'permitted'
  /** A forbid holds. */
  | 'forbidden'
  /** No permit holds: `missing` says what lacks. */
  | 'nothing allows it'
  /** A forbid could not be evaluated, so its no is assumed. */
  | 'a policy erred'
  /** The question does not fit the store's schema: a mistake in a route, or a value that no policy may see. */
  | 'it cannot be asked'

export interface Decision {
  readonly effect: 'allow' | 'deny'
  readonly because: Because
  readonly store: PolicyStoreName
  /** Which policy set decided: SHA-256 of its content, base64url. */
  readonly digest: string
  readonly action: string
  /** The determining policies, sorted. */
  readonly policies: readonly PolicyId[]
  /** Policies that could not be evaluated. For the log: the errors may quote the request. */
  readonly erring: Evaluation['erring']
  /** What the author of the forbid wants the caller to read. */
  readonly publicReason?: string
  /** For a default deny only. */
  readonly missing?: Missing
  /** For the log: what about the question did not fit. */
  readonly unanswerable?: string
}

/** Decides in memory against one set. Never throws for what the question holds, and never looks at another store. */
export function decide(engine: Pick<PolicyEngine, 'evaluate'>, set: CompiledSet, ask: Ask): Decision {
  const resource: EntityUid = { type: fullType(set, ask.resource.type), id: ask.resource.id }
  const evaluation = evaluate(engine, set, ask, resource)
  const effect = enforce(evaluation)
  const because = becauseOf(effect, evaluation)
  const publicReason = because === 'forbidden' ? publicReasonOf(set, evaluation.reasons) : undefined
  return {
    effect,
    because,
    store: set.store,
    digest: set.digest,
    action: ask.action,
    policies: because === 'a policy erred' ? erringForbids(evaluation) : evaluation.reasons,
    erring: evaluation.erring,
    ...(publicReason === undefined ? {} : { publicReason }),
    ...(because === 'nothing allows it' ? { missing: missingFor(set, ask.roles, ask.action, resource) } : {}),
    ...(evaluation.unanswerable === undefined ? {} : { unanswerable: evaluation.unanswerable }),
  }
}

function evaluate(engine: Pick<PolicyEngine, 'evaluate'>, set: CompiledSet, ask: Ask, resource: EntityUid): Evaluation {
  const mistake = findAskMistake(set, ask.action, ask.resource.type)
  if (mistake !== undefined) return { decision: 'deny', reasons: [], erring: [], unanswerable: mistake }
  const shape = set.schema.actions.get(ask.action)
  const request = {
    principal: uidOfPrincipal(ask.principal),
    action: { type: `${set.words.namespace}::Action`, id: ask.action },
    resource,
    context: contextFor(shape?.context ?? new Set(), ask.facts),
  }
  return engine.evaluate(set, request, entitiesOf(set, ask, resource))
}

/** A thing of the house is known by its name alone, so that nobody outside this module describes a principal, not even by asking about it. */
function entitiesOf(set: CompiledSet, ask: Ask, resource: EntityUid): readonly Entity[] {
  const entities = [entityOfPrincipal(ask.principal, ask)]
  const { attributes, parents } = ask.resource
  const described = attributes !== undefined || parents !== undefined
  if (!described || resource.type.startsWith(`${houseNamespace}::`)) return entities
  const above = (parents ?? []).map(({ type, id }) => ({ type: fullType(set, type), id }))
  return [...entities, { uid: resource, attrs: attributes ?? {}, parents: above }]
}

function becauseOf(effect: 'allow' | 'deny', { decision, reasons, unanswerable }: Evaluation): Because {
  if (unanswerable !== undefined) return 'it cannot be asked'
  if (effect === 'allow') return 'permitted'
  if (decision === 'allow') return 'a policy erred'
  return reasons.length > 0 ? 'forbidden' : 'nothing allows it'
}

function erringForbids({ erring }: Evaluation): readonly PolicyId[] {
  return erring.filter(({ effect }) => effect === 'forbid').map(({ policy }) => policy)
}

/** Of several forbids the first by name that has something to say. */
function publicReasonOf(set: CompiledSet, reasons: readonly PolicyId[]): string | undefined {
  return reasons.map((id) => set.policies.get(id)?.publicReason).find((reason) => reason !== undefined)
}

/**
 * What is wrong with ever asking this of a store; undefined when it fits. For
 * whoever maps routes to actions: ask at start, not at the first request.
 */
export function findAskMistake(set: CompiledSet, action: string, resourceType: string): string | undefined {
  const shape = set.schema.actions.get(action)
  if (shape === undefined) return `${action} is not an action of the policy store ${set.store}`
  const type = fullType(set, resourceType)
  return shape.resources.has(type) ? undefined : `${action} of the policy store ${set.store} is not asked of a ${resourceType}`
}

/** The store's own type of that name, else the house's; a full name stays as it is. */
function fullType({ schema, words }: CompiledSet, type: string): string {
  const candidates = [`${words.namespace}::${type}`, `${houseNamespace}::${type}`]
  return candidates.find((candidate) => schema.types.has(candidate)) ?? type
}

/** What the record keeps of a decision. */
export function decisionRecord({ store, digest, effect, policies, action }: Decision): DecisionRecord {
  return { store, digest, effect, policies, action }
}

const sentences: Readonly<Record<Because, (decision: Decision) => string>> = {
  permitted: () => 'This is allowed.',
  forbidden: ({ publicReason }) => publicReason ?? 'A rule forbids this.',
  'nothing allows it': ({ missing }) => [missing?.sentence, missing?.whoMay].filter((sentence) => sentence !== undefined).join(' '),
  'a policy erred': () => 'This could not be decided, so it is refused.',
  'it cannot be asked': () => 'This could not be decided, so it is refused.',
}

/** Why not, in sentences for the caller: the author's own words, what is missing, or that a rule says no. */
export function sayWhyNot(decision: Decision): string {
  return sentences[decision.because](decision)
}
