/**
 * What an engine for Cedar policies must do. `cedar-engine.ts` does it with
 * Cedar's WebAssembly build; another engine needs to provide nothing more.
 *
 * @module
 */

import type { Mistake } from './mistake.ts'
import type { ExportedSet, SentSet, StoreSource } from './source.ts'
import type { Words } from './words.ts'

declare const name: unique symbol

/** The `@id` of a policy: what records and people call it. */
export type PolicyId = string & { readonly [name]: 'policy' }

/** An entity's type and id, as in `Countersign::User::"usr_…"`. */
export interface EntityUid {
  readonly type: string
  readonly id: string
}

/**
 * A value as the schema of the store reads it: text for String, datetime and
 * ipaddr, `{ type, id }` for an entity. Cedar's escapes (`__entity`, `__extn`)
 * are never read, so a value from outside cannot become something else.
 */
export type Value = string | number | boolean | readonly Value[] | { readonly [attribute: string]: Value }

export interface Entity {
  readonly uid: EntityUid
  readonly attrs: Readonly<Record<string, Value>>
  readonly parents: readonly EntityUid[]
}

export interface AuthorizationRequest {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: Readonly<Record<string, Value>>
}

/** An action that can be asked for. Types are full names. */
export interface ActionShape {
  readonly principals: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  /** The facts that its context declares. */
  readonly context: ReadonlySet<string>
  /** The action groups that it is in, directly or not. */
  readonly groups: ReadonlySet<string>
}

export interface SchemaView {
  /** The whole schema as Cedar reads it: the store's own and the house's. */
  readonly text: string
  readonly actions: ReadonlyMap<string, ActionShape>
  /** Full names of all entity types. */
  readonly types: ReadonlySet<string>
}

/** Which principals a policy is about: all where it says nothing. Types are full names. */
export interface PrincipalScope {
  readonly type?: string
  /** The one principal. */
  readonly is?: EntityUid
  /** The role or group that they must be in. */
  readonly in?: EntityUid
}

/** What is known of a policy without evaluating it: what its author says in public and, for a permit, whom it lets do what. */
export interface PolicySummary {
  readonly id: PolicyId
  readonly effect: 'permit' | 'forbid'
  /** The text itself, comments around it left out. */
  readonly text: string
  readonly publicReason?: string
  readonly principal: PrincipalScope
  /** The role that its principal must have, when that is how it chooses principals. */
  readonly role?: string
  /** Actions and action groups; `any` when it does not choose. */
  readonly actions: 'any' | readonly EntityUid[]
  /** The one resource that it is about, when it names one. */
  readonly resource?: EntityUid
  /** The one type of resources that it is about, when it names one. */
  readonly resourceType?: string
  /** Whether its conditions ask what something is in, and so may ask for a role. */
  readonly asksMembership: boolean
  /** False when it also depends on a condition, or on where the resource belongs. */
  readonly unconditional: boolean
}

/** A store that was checked: everything that decisions need, and nothing of any other store. */
export interface CompiledSet extends ExportedSet {
  readonly schema: SchemaView
  readonly words: Words
  readonly policies: ReadonlyMap<PolicyId, PolicySummary>
}

export type Compiled =
  { readonly is: 'compiled'; readonly set: CompiledSet } | { readonly is: 'mistaken'; readonly mistakes: readonly Mistake[] }

/** What the engine found. A decision is a value with two ordinary outcomes, so it is returned, not thrown. */
export interface Evaluation {
  readonly decision: 'allow' | 'deny'
  /** The policies that determined it, sorted; none for a default deny. */
  readonly reasons: readonly PolicyId[]
  readonly erring: readonly ErringPolicy[]
  /** Why the request could not be asked at all: it does not fit the schema. The decision is then deny. */
  readonly unanswerable?: string
}

/** The evaluation of what could not be asked. */
export function unanswerable(says: string): Evaluation {
  return { decision: 'deny', reasons: [], erring: [], unanswerable: says }
}

export interface ErringPolicy {
  readonly policy: PolicyId
  readonly effect: 'permit' | 'forbid'
  /** For the log. It may quote values of the request. */
  readonly error: string
}

/** A {@link PolicyEngine} that may have stores checked elsewhere. Rejects with `Unavailable` when that cannot be done. */
export interface RulesEngine extends Pick<PolicyEngine, 'evaluate'> {
  compile(source: StoreSource): Compiled | Promise<Compiled>
}

/** Evaluates requests by sets that were compiled elsewhere. */
export interface ReceivingEngine extends Pick<PolicyEngine, 'evaluate'> {
  /** Undefined for a set that is no good: nothing may be decided by it. */
  receive(sent: SentSet): CompiledSet | undefined
}

/** Checks stores and evaluates requests. It keeps nothing between calls that could change an answer. */
export interface PolicyEngine {
  /** Checks a store completely. Costs tens of milliseconds: at start and at reload, never on a request's path. */
  compile(source: StoreSource): Compiled
  /** Evaluates against one set. Never throws for what a request holds: what cannot be asked is denied and says so. */
  evaluate(set: CompiledSet, request: AuthorizationRequest, entities: readonly Entity[]): Evaluation
}

/**
 * Turns an evaluation into the answer that an enforcement point acts on.
 *
 * Cedar skips a policy that errs, `forbid` included. We report Cedar's answer
 * unchanged, and refuse to act on it when what was skipped could have said no.
 *
 * INVARIANT (fail closed): a broken policy can only ever turn allow into deny.
 */
export function enforce(evaluation: Evaluation): 'allow' | 'deny' {
  const skippedForbid = evaluation.erring.some((policy) => policy.effect === 'forbid')
  return skippedForbid || evaluation.unanswerable !== undefined ? 'deny' : evaluation.decision
}
