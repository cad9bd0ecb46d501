/** One expression, evaluated in a small world, and its value or its error as one line of text. @module */

import { compileExpression } from '../src/compile/expression.ts'
import {
  CedarSet,
  EntityStore,
  EntityUid,
  EvaluationError,
  InputError,
  readPlainEntities,
  readPolicies,
  type EntitySource,
  type ExpressionJson,
  type Value,
} from '../src/index.ts'
import { readRecord } from '../src/read/value.ts'

export interface JudgedIn {
  /** In Cedar's JSON form. */
  readonly context?: unknown
  readonly entities?: EntitySource
}

export const alice: EntityUid = new EntityUid('User', 'alice')
export const read: EntityUid = new EntityUid('Action', 'read')
export const note: EntityUid = new EntityUid('Note', '1')

/** A store with entities in Cedar's JSON form. */
export function storeOf(json: unknown): EntityStore {
  const store = new EntityStore()
  store.apply({ put: readPlainEntities(json) })
  return store
}

/** The expression that a text says. */
export function expressionOf(text: string): ExpressionJson {
  const [policy] = readPolicies(`permit (principal, action, resource) when { ${text} };`)
  const [condition] = policy?.json.conditions ?? []
  if (condition === undefined) throw new Error('the text has no condition')
  return condition.body
}

/** The value of an expression in Cedar's text, or the code of its error. */
export function judge(text: string, world: JudgedIn = {}): string {
  return judgeJson(expressionOf(text), world)
}

/** As {@link judge}, of an expression in Cedar's JSON form. */
export function judgeJson(json: unknown, { context = {}, entities = new EntityStore() }: JudgedIn = {}): string {
  try {
    const evaluate = compileExpression(json, [])
    return say(evaluate({ principal: alice, action: read, resource: note, context: readRecord(context, []), entities }))
  } catch (error) {
    if (error instanceof EvaluationError) return `error ${error.code}`
    if (error instanceof InputError) return `refused ${error.code} ${error.path}`.trimEnd()
    throw error
  }
}

/** A value as text: members of sets and records in order. */
export function say(value: Value): string {
  if (value instanceof CedarSet) return `[${value.members.map(say).sort().join(', ')}]`
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, Value>)].map(([name, member]) => `${name}: ${say(member)}`)
    return `{${members.sort().join(', ')}}`
  }
  // oxlint-disable-next-line typescript/no-base-to-string -- what is left has a text of its own
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** The code and the path with which input is refused; `taken` when it is not. */
export function refusalOf(reading: () => unknown): string {
  try {
    reading()
    return 'taken'
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.path}`.trimEnd()
    throw error
  }
}
