/** Policies of the public corpus, altered: mostly of fitting types, often just not. @module */

import type { ExpressionJson, PolicyJson } from '../../src/index.ts'
import type { Random } from './random.ts'

/** Expressions that stand in for others. */
const others: readonly ExpressionJson[] = [
  { Var: 'principal' },
  { Var: 'action' },
  { Var: 'resource' },
  { Var: 'context' },
  { Value: 1 },
  { Value: 'a' },
  { Value: true },
  { Value: false },
  { Set: [] },
  { ip: [{ Value: '1.1.1.1' }] },
]

/** An expression within a policy, and how to put another in its place. */
interface Place {
  readonly expression: ExpressionJson
  readonly replace: (other: ExpressionJson) => void
}

/** A copy of a policy in which one or two expressions are others, or are joined with others. */
export function alter(random: Random, policy: PolicyJson): PolicyJson {
  const altered = structuredClone(policy)
  for (let count = 1 + random.below(2); count > 0; count -= 1) {
    const places = placesIn(altered.conditions)
    if (places.length === 0) return altered
    const { expression, replace } = random.pick(places)
    const other = structuredClone(random.once(3) ? random.pick(others) : random.pick(places).expression)
    replace(join(random, structuredClone(expression), other))
  }
  return altered
}

function join(random: Random, left: ExpressionJson, right: ExpressionJson): ExpressionJson {
  const joined: readonly ExpressionJson[] = [
    right,
    right,
    { has: { left: right, attr: 'a' } },
    { '==': { left, right } },
    { '&&': { left, right } },
    { '||': { left, right } },
    { in: { left, right } },
    // oxlint-disable-next-line unicorn/no-thenable -- Cedar's own name
    { 'if-then-else': { if: left, then: right, else: left } },
  ]
  return random.pick(joined)
}

/** Every expression of conditions, outermost first. */
function placesIn(conditions: PolicyJson['conditions']): readonly Place[] {
  const places: Place[] = []
  const waiting: Place[] = conditions.map((clause) => ({
    expression: clause.body,
    replace: (other) => void Object.assign(clause, { body: other }),
  }))
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    places.push(place)
    const [name = '', operand] = Object.entries(place.expression)[0] ?? []
    if (name === 'Value' || name === 'Var' || typeof operand !== 'object' || operand === null) continue
    const members = operand as Record<string, unknown>
    for (const key of operandsOf(name, members)) {
      waiting.push({ expression: members[key] as ExpressionJson, replace: (other) => void (members[key] = other) })
    }
  }
  return places
}

function operandsOf(name: string, members: Readonly<Record<string, unknown>>): readonly string[] {
  if (Array.isArray(members) || name === 'Record') return Object.keys(members)
  return ['arg', 'left', 'right', 'if', 'then', 'else', 'in'].filter((key) => Object.hasOwn(members, key))
}
