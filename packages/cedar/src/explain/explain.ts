/**
 * Why an answer is what it is, and what would turn it.
 *
 * It evaluates parts of policies by themselves and the whole again for each change
 * that it tries, so it is for people and not for every request.
 *
 * @module
 */

import { authorize, enforce, type Answer, type Request } from '../authorize.ts'
import { unchain } from '../compile/chain.ts'
import type { Environment } from '../compile/evaluate.ts'
import { compileExpression } from '../compile/expression.ts'
import type { CompiledPolicy, Effect } from '../compile/policy.ts'
import { fits, fitsAction, type Scope } from '../compile/scope.ts'
import type { EntitySource } from '../entities/source.ts'
import { EvaluationError } from '../errors.ts'
import type { ExpressionJson } from '../policy.ts'
import type { PolicySet } from '../policy-set.ts'
import { member } from '../read/plain.ts'
import { printExpression } from '../text/print-expression.ts'
import type { EntityUid } from '../values/uid.ts'
import { areEqual, type Value } from '../values/value.ts'
import { changed, type Change } from './change.ts'
import { changesFor } from './wanted.ts'

/** A value that a condition looked at: undefined where there was none. */
export interface SeenValue {
  readonly text: string
  readonly value: Value | undefined
  /** Why there is none. */
  readonly missing?: string
}

/** One of the things that a policy asks for: of `when { a && b }` there are two. */
export interface ExplainedCondition {
  readonly kind: 'when' | 'unless'
  readonly text: string
  /** Whether it lets the policy hold; undefined when it errs. */
  readonly holds: boolean | undefined
  readonly error?: string
  readonly saw: readonly SeenValue[]
}

export interface ExplainedPolicy {
  readonly policy: string
  readonly effect: Effect
  readonly scope: Readonly<Record<'principal' | 'action' | 'resource', boolean>>
  readonly conditions: readonly ExplainedCondition[]
}

export interface Explanation {
  readonly answer: Answer
  /** The policies that determined the answer. */
  readonly determining: readonly ExplainedPolicy[]
  readonly erring: readonly ExplainedPolicy[]
  /** For a default deny: the permits of which least is lacking, those first. */
  readonly nearest: readonly ExplainedPolicy[]
  /** Single changes that would turn what enforcement does; each was tried. */
  readonly turning: readonly Change[]
}

/** Permits that are told of as nearest. */
const mostNearest = 5
/** Changes that are tried. */
const mostTried = 200
/** Changes that are told. */
const mostTurning = 10

export function explain(policies: PolicySet, entities: EntitySource, request: Request): Explanation {
  const explainer = new Explainer(policies, entities, request)
  const answer = authorize(policies, entities, request)
  const determining = explainer.named(answer.reasons)
  const erring = explainer.named(answer.erring.map(({ policy }) => policy))
  const isDefaultDeny = answer.decision === 'deny' && answer.reasons.length === 0
  const nearest = isDefaultDeny ? explainer.nearest() : []
  const turning = explainer.turning(answer, [...nearest, ...determining, ...erring])
  return { answer, determining, erring, nearest, turning }
}

/** What a policy asks for, part by part. */
interface Part {
  readonly kind: 'when' | 'unless'
  readonly json: ExpressionJson
}

class Explainer {
  readonly #policies: PolicySet
  readonly #entities: EntitySource
  readonly #request: Request
  readonly #environment: Environment

  constructor(policies: PolicySet, entities: EntitySource, request: Request) {
    this.#policies = policies
    this.#entities = entities
    this.#request = request
    this.#environment = { ...request, entities }
  }

  named(ids: readonly string[]): readonly ExplainedPolicy[] {
    return ids.flatMap((id) => {
      const policy = this.#policies.get(id)
      return policy === undefined ? [] : [this.#explained(policy)]
    })
  }

  /** A permit of whose scope two parts fail is for something else. */
  nearest(): readonly ExplainedPolicy[] {
    const near: { readonly policy: CompiledPolicy; readonly lacking: number }[] = []
    for (const policy of this.#policies.all()) {
      if (policy.effect !== 'permit') continue
      const misfits = Object.values(this.#scopeOf(policy)).filter((isFit) => !isFit).length
      if (misfits > 1) continue
      const failing = partsOf(policy).filter(({ kind, json }) => this.#evaluate(json).value !== (kind === 'when'))
      near.push({ policy, lacking: misfits + failing.length })
    }
    return near
      .toSorted((one, other) => one.lacking - other.lacking || (one.policy.id < other.policy.id ? -1 : 1))
      .slice(0, mostNearest)
      .map(({ policy }) => this.#explained(policy))
  }

  /** Tries what the parts of these policies suggest, and keeps what turns the answer. */
  turning(answer: Answer, around: readonly ExplainedPolicy[]): readonly Change[] {
    const before = enforce(answer)
    const turning: Change[] = []
    let tried = 0
    for (const change of around.flatMap(({ policy }) => this.#suggested(policy))) {
      if (turning.length >= mostTurning || (tried += 1) > mostTried) break
      const after = changed(change, this.#request, this.#entities)
      if (after === undefined || turning.some((known) => isSame(known, change))) continue
      if (enforce(authorize(this.#policies, after.entities, after.request)) !== before) turning.push(change)
    }
    return turning
  }

  /** What would make a permit hold that does not; of every other policy, what would keep it from holding or from erring. */
  #suggested(id: string): readonly Change[] {
    const policy = this.#policies.get(id)
    if (policy === undefined) return []
    const shouldHold = policy.effect === 'permit' && !this.#holds(policy)
    const { principal, resource } = this.#request
    const joins = shouldHold ? [...joining(policy.principal, principal), ...joining(policy.resource, resource)] : []
    return [...joins, ...partsOf(policy).flatMap(({ kind, json }) => changesFor(json, (kind === 'when') === shouldHold, this.#environment))]
  }

  #holds(policy: CompiledPolicy): boolean {
    const isInScope = Object.values(this.#scopeOf(policy)).every(Boolean)
    return isInScope && partsOf(policy).every(({ kind, json }) => this.#evaluate(json).value === (kind === 'when'))
  }

  #scopeOf(policy: CompiledPolicy): ExplainedPolicy['scope'] {
    const { principal, action, resource } = this.#request
    return {
      principal: fits(policy.principal, principal, this.#entities),
      action: fitsAction(policy.action, action, this.#entities),
      resource: fits(policy.resource, resource, this.#entities),
    }
  }

  #explained(policy: CompiledPolicy): ExplainedPolicy {
    const conditions = partsOf(policy).map((part) => this.#condition(part))
    return { policy: policy.id, effect: policy.effect, scope: this.#scopeOf(policy), conditions }
  }

  #condition({ kind, json }: Part): ExplainedCondition {
    const saw = accessesIn(json).map((access) => this.#seen(access))
    const text = printExpression(json)
    const { value, error } = this.#evaluate(json)
    if (typeof value === 'boolean') return { kind, text, holds: value === (kind === 'when'), saw }
    return { kind, text, holds: undefined, error: error ?? 'it is no boolean', saw }
  }

  #seen(json: ExpressionJson): SeenValue {
    const { value, error } = this.#evaluate(json)
    return { text: printExpression(json), value, ...(error === undefined ? {} : { missing: error }) }
  }

  #evaluate(json: ExpressionJson): { readonly value: Value | undefined; readonly error?: string } {
    try {
      return { value: compileExpression(json, [])(this.#environment) }
    } catch (error) {
      if (error instanceof EvaluationError) return { value: undefined, error: error.message }
      throw error
    }
  }
}

/** An `unless` of several asks for one thing: that they do not all hold. */
function partsOf({ conditions }: CompiledPolicy): readonly Part[] {
  return conditions.flatMap(({ kind, body }) => {
    const operand = member(body, '&&')
    if (kind === 'unless' || operand === undefined) return [{ kind, json: body }]
    return unchain('&&', operand, []).map(({ json }) => ({ kind, json: json as ExpressionJson }))
  })
}

/** Attributes and tags that an expression asks for, each whole: of `a.b.c` not `a.b`. */
function accessesIn(json: ExpressionJson): readonly ExpressionJson[] {
  const found: ExpressionJson[] = []
  const waiting: unknown[] = [json]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || Object.hasOwn(next, 'Value')) continue
    if (Object.hasOwn(next, '.') || Object.hasOwn(next, 'getTag')) found.push(next as ExpressionJson)
    else waiting.push(...Object.values(next).toReversed())
  }
  return found
}

function joining(scope: Scope, entity: EntityUid): readonly Change[] {
  return scope.is === 'in' || scope.is === 'type in' ? [{ is: 'parent', entity, parent: scope.uid }] : []
}

function isSame(one: Change, other: Change): boolean {
  if (one.is === 'parent') return other.is === 'parent' && one.entity.equals(other.entity) && one.parent.equals(other.parent)
  if (one.is !== other.is || one.name !== other.name || !areEqual(one.value, other.value)) return false
  return one.is === 'context' || (other.is === 'attribute' && one.entity.equals(other.entity))
}
