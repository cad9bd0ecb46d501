/**
 * Cedar's validator, strict: whether policies can err on requests and entities
 * that fit the schema.
 *
 * Source: https://docs.cedarpolicy.com/policies/validation.html
 *
 * @module
 */

import type { ActionScopeJson, ExpressionJson, PolicyJson, ScopeJson } from '../policy.ts'
import { readUid } from '../read/plain.ts'
import type { Action, Schema } from '../schema/schema.ts'
import type { EntityUid } from '../values/uid.ts'
import { findUnknownName } from './unknown-names.ts'
import { TypeMistake, type ValidationCode } from './mistake.ts'
import { Typechecker, type RequestKind } from './typechecker.ts'

/** What is wrong with a policy. */
export interface PolicyMistake {
  readonly policy: string
  readonly code: ValidationCode
  readonly says: string
  /** The kind of request for which it is; undefined when it is whatever is asked. */
  readonly when: RequestKind | undefined
}

export interface Validation {
  readonly mistakes: readonly PolicyMistake[]
  /** Policies that hold for no request: no mistake for Cedar, and hardly what their authors meant. */
  readonly neverHold: readonly string[]
}

/** Validates policies and templates, each by itself. A policy's first mistake for a kind of request is told. */
export function validate(schema: Schema, policies: Readonly<Record<string, PolicyJson>>): Validation {
  const validator = new Validator(schema)
  const results = Object.entries(policies).map(([policy, json]) => ({ policy, ...validator.policy(policy, json) }))
  return {
    mistakes: results.flatMap(({ mistakes }) => mistakes),
    neverHold: results.filter(({ mistakes, mayHold }) => mistakes.length === 0 && !mayHold).map(({ policy }) => policy),
  }
}

class Validator {
  readonly #schema: Schema

  constructor(schema: Schema) {
    this.#schema = schema
  }

  policy(policy: string, json: PolicyJson): { readonly mistakes: readonly PolicyMistake[]; readonly mayHold: boolean } {
    const about = (found: TypeMistake, when?: RequestKind): PolicyMistake => ({ policy, code: found.code, says: found.message, when })
    const unknown = findUnknownName(this.#schema, json)
    if (unknown !== undefined) return { mistakes: [about(unknown)], mayHold: false }
    const mistakes: PolicyMistake[] = []
    if (!this.#applies(json)) {
      mistakes.push(about(new TypeMistake('type.scope', 'no action of its scope applies to such principals and resources')))
    }
    let mayHold = false
    const whole = wholeOf(json)
    for (const kind of requestKinds(this.#schema)) {
      try {
        const type = new Typechecker(this.#schema, kind).typeOf(whole)
        mayHold ||= type.is === 'bool' && type.truth !== 'false'
      } catch (error) {
        if (!(error instanceof TypeMistake)) throw error
        mistakes.push(about(error, kind))
      }
    }
    return { mistakes, mayHold }
  }

  /** Whether some action of the scope applies to some principal and some resource of it. */
  #applies({ principal, action, resource }: PolicyJson): boolean {
    return this.#schema.actions
      .filter(({ uid }) => this.#isInScope(uid, action))
      .some(({ principals, resources }) => this.#fits(principal, principals) && this.#fits(resource, resources))
  }

  #isInScope(action: EntityUid, scope: ActionScopeJson): boolean {
    if (scope.op === 'All') return true
    const named = 'entities' in scope ? scope.entities : [scope.entity]
    return named.some((json) => {
      const target = readUid(json, [])
      return scope.op === '==' ? action.equals(target) : this.#schema.isActionIn(action, target)
    })
  }

  #fits(scope: ScopeJson, types: Action['principals']): boolean {
    return [...types].some((type) => {
      if (scope.op === 'is' && scope.entity_type !== type) return false
      const target = scope.op === 'is' ? scope.in : scope
      if (target === undefined || !('entity' in target)) return true
      const { type: above } = readUid(target.entity, [])
      return scope.op === '==' ? type === above : type === above || this.#schema.typesAbove(type).has(above)
    })
  }
}

function* requestKinds({ actions }: Schema): Iterable<RequestKind> {
  for (const action of actions) {
    for (const principal of action.principals) for (const resource of action.resources) yield { principal, action, resource }
  }
}

const yes: ExpressionJson = { Value: true }

function and(left: ExpressionJson, right: ExpressionJson): ExpressionJson {
  return { '&&': { left, right } }
}

/** A policy as the one expression that it is. */
function wholeOf({ principal, action, resource, conditions }: PolicyJson): ExpressionJson {
  const scope = [scopeExpression('principal', principal), actionExpression(action), scopeExpression('resource', resource)]
  const clauses = conditions.map(({ kind, body }): ExpressionJson => (kind === 'when' ? body : { '!': { arg: body } }))
  return [...scope, ...clauses].reduce(and)
}

/** A slot may be any entity that fits, so of a scope with one only its type says anything. */
function scopeExpression(name: 'principal' | 'resource', scope: ScopeJson): ExpressionJson {
  const left = { Var: name }
  const target = scope.op === 'is' ? scope.in : scope
  const isIn =
    target !== undefined && 'entity' in target
      ? { [scope.op === '==' ? '==' : 'in']: { left, right: { Value: { __entity: readUid(target.entity, []).toJSON() } } } }
      : undefined
  if (scope.op !== 'is') return isIn ?? yes
  const isOfType = { is: { left, entity_type: scope.entity_type } }
  return isIn === undefined ? isOfType : and(isOfType, isIn)
}

function actionExpression(action: PolicyJson['action']): ExpressionJson {
  if (action.op === 'All') return yes
  const literal = (uid: Parameters<typeof readUid>[0]): ExpressionJson => ({ Value: { __entity: readUid(uid, []).toJSON() } })
  const right = 'entities' in action ? { Set: action.entities.map(literal) } : literal(action.entity)
  return { [action.op]: { left: { Var: 'action' }, right } }
}
