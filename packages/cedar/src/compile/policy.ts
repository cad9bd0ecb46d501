/** A policy, compiled: its scope for the index, its conditions as one closure. @module */

import type { PolicyJson } from '../policy.ts'
import { member, readList, readObject, readText, refuseInput, type Path } from '../read/plain.ts'
import { asBool, erred, type Environment } from './evaluate.ts'
import { compileExpression } from './expression.ts'
import { readActionScope, readScope, type ActionScope, type Scope, type Slots } from './scope.ts'

export type Effect = 'permit' | 'forbid'

/** What of a policy does not depend on what it is linked to. */
export interface Body {
  readonly effect: Effect
  readonly annotations: ReadonlyMap<string, string>
  /** As they were given, for what looks into them: search and explanations. */
  readonly conditions: PolicyJson['conditions']
  /** Whether its conditions hold, once its scope does. Throws {@link EvaluationError}. */
  readonly holds: (environment: Environment) => boolean
}

export interface CompiledPolicy extends Body {
  readonly id: string
  readonly principal: Scope
  readonly action: ActionScope
  readonly resource: Scope
}

/**
 * Whether a policy whose scope fits says what it would, a forbid no and a permit yes.
 *
 * INVARIANT (fail closed): a policy that errs settles as one that says no: a forbid forbids, a permit permits nothing.
 */
export function settles({ effect, holds }: CompiledPolicy, environment: Environment): boolean {
  try {
    return holds(environment)
  } catch (error) {
    erred(error)
    return effect === 'forbid'
  }
}

/** Conditions of one policy. */
const mostConditions = 1_000

export function compileBody(json: PolicyJson, path: Path): Body {
  const policy = readObject(json, path)
  const effect = member(policy, 'effect')
  if (effect !== 'permit' && effect !== 'forbid') return refuseInput('input.name', [...path, 'effect'], 'neither permit nor forbid')
  const conditions = readList(member(policy, 'conditions') ?? [], [...path, 'conditions'])
  if (conditions.length > mostConditions) refuseInput('input.size', [...path, 'conditions'], `more than ${mostConditions} conditions`)
  return {
    effect,
    conditions: json.conditions ?? [],
    annotations: readAnnotations(member(policy, 'annotations') ?? {}, [...path, 'annotations']),
    holds: compileConditions(conditions, [...path, 'conditions']),
  }
}

/** In their order, and none after the first that does not hold: a later one may err. */
export function compileConditions(conditions: readonly unknown[], path: Path): Body['holds'] {
  const clauses = conditions.map((condition, at) => {
    const clause = readObject(condition, [...path, at])
    const kind = member(clause, 'kind')
    if (kind !== 'when' && kind !== 'unless') return refuseInput('input.name', [...path, at, 'kind'], 'neither when nor unless')
    return { wanted: kind === 'when', evaluate: compileExpression(member(clause, 'body'), [...path, at, 'body']) }
  })
  const [only] = clauses
  if (only !== undefined && clauses.length === 1) {
    const { wanted, evaluate } = only
    return (environment) => asBool(evaluate(environment)) === wanted
  }
  return (environment) => {
    for (const { wanted, evaluate } of clauses) if (asBool(evaluate(environment)) !== wanted) return false
    return true
  }
}

function readAnnotations(json: unknown, path: Path): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(readObject(json, path)).map(([name, value]) => [name, value === null ? '' : readText(value, [...path, name])]),
  )
}

/** Puts a policy in place: a template's slots are filled, a policy's own scope has none. */
export function placePolicy(id: string, json: PolicyJson, body: Body, slots: Slots, path: Path): CompiledPolicy {
  return {
    ...body,
    id,
    principal: readScope(json.principal, '?principal', slots, [...path, 'principal']),
    action: readActionScope(json.action, [...path, 'action']),
    resource: readScope(json.resource, '?resource', slots, [...path, 'resource']),
  }
}
