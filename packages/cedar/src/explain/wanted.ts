/** Which single changes could make an expression true or false. They are guesses: whoever asks evaluates again. @module */

import { unchain } from '../compile/chain.ts'
import type { Environment } from '../compile/evaluate.ts'
import { compileExpression } from '../compile/expression.ts'
import { EvaluationError } from '../errors.ts'
import type { ExpressionJson } from '../policy.ts'
import { member, readObject } from '../read/plain.ts'
import { longOf } from '../values/long.ts'
import { EntityUid } from '../values/uid.ts'
import { CedarSet, type Value } from '../values/value.ts'
import type { Change } from './change.ts'

/** Members of a set that are tried, each by itself. */
const mostTried = 8

/** The value of an expression; undefined when it errs. */
export function valueOf(json: unknown, environment: Environment): Value | undefined {
  try {
    return compileExpression(json, [])(environment)
  } catch (error) {
    if (error instanceof EvaluationError) return undefined
    throw error
  }
}

/** Changes after which the expression may have the value. */
export function changesFor(json: ExpressionJson, wanted: boolean, environment: Environment): readonly Change[] {
  const [name = '', operand] = Object.entries(json)[0] ?? []
  const part = (key: string): ExpressionJson => member(readObject(operand, []), key) as ExpressionJson
  switch (name) {
    case '!':
      return changesFor(part('arg'), !wanted, environment)
    case '&&':
    case '||':
      return unchain(name, operand, []).flatMap(({ json: each }) =>
        valueOf(each, environment) === wanted ? [] : changesFor(each as ExpressionJson, wanted, environment),
      )
    case '==':
    case '!=':
      return wanted === (name === '==') ? equalities(part('left'), part('right'), environment) : []
    case 'in':
      return wanted ? memberships(valueOf(part('left'), environment), valueOf(part('right'), environment)) : []
    case 'contains':
      return wanted ? additions(part('left'), part('right'), environment) : []
    case '<':
    case '<=':
    case '>':
    case '>=':
      return orders(name, part('left'), part('right'), wanted, environment)
    case '.':
      return settings(json, wanted, environment)
    default:
      return []
  }
}

/** A member of an entity or of the context is given a value. */
function settings(json: ExpressionJson, value: Value, environment: Environment): readonly Change[] {
  const access = member(json, '.')
  if (access === undefined) return []
  const { left, attr } = readObject(access, [])
  const name = String(attr)
  if (member(readObject(left, []), 'Var') === 'context') return [{ is: 'context', name, value }]
  const entity = valueOf(left, environment)
  return entity instanceof EntityUid ? [{ is: 'attribute', entity, name, value }] : []
}

function equalities(left: ExpressionJson, right: ExpressionJson, environment: Environment): readonly Change[] {
  const [leftValue, rightValue] = [valueOf(left, environment), valueOf(right, environment)]
  return [
    ...(rightValue === undefined ? [] : settings(left, rightValue, environment)),
    ...(leftValue === undefined ? [] : settings(right, leftValue, environment)),
  ]
}

function memberships(inner: Value | undefined, outer: Value | undefined): readonly Change[] {
  if (!(inner instanceof EntityUid)) return []
  const groups = outer instanceof CedarSet ? outer.members.slice(0, mostTried) : [outer]
  return groups.flatMap((parent) => (parent instanceof EntityUid ? [{ is: 'parent' as const, entity: inner, parent }] : []))
}

function additions(set: ExpressionJson, wanted: ExpressionJson, environment: Environment): readonly Change[] {
  const [known, value] = [valueOf(set, environment), valueOf(wanted, environment)]
  if (value === undefined) return []
  return settings(set, new CedarSet([...(known instanceof CedarSet ? known.members : []), value]), environment)
}

/** How much more than the other side the left one must be, for the comparison to hold. */
const steps = { '<': -1, '<=': 0, '>': 1, '>=': 0 } as const
const opposites = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const

function orders(
  name: keyof typeof steps,
  left: ExpressionJson,
  right: ExpressionJson,
  wanted: boolean,
  environment: Environment,
): readonly Change[] {
  const step = steps[wanted ? name : opposites[name]]
  const [leftValue, rightValue] = [valueOf(left, environment), valueOf(right, environment)]
  return [...stepped(left, rightValue, step, environment), ...stepped(right, leftValue, -step, environment)]
}

/** There is no whole number above the greatest. */
function stepped(json: ExpressionJson, value: Value | undefined, step: number, environment: Environment): readonly Change[] {
  if (typeof value !== 'number' && typeof value !== 'bigint') return []
  const next = BigInt(value) + BigInt(step)
  const long = longOf(next)
  return long === undefined ? [] : settings(json, long, environment)
}
