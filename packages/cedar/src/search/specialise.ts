/**
 * Partial evaluation: what is left of an expression when some of a request is
 * known. The rest is an expression again, and answers for every value of what is
 * not known as the whole would.
 *
 * @module
 */

import type { Environment } from '../compile/evaluate.ts'
import { unchain } from '../compile/chain.ts'
import { compileExpression } from '../compile/expression.ts'
import { EvaluationError } from '../errors.ts'
import type { ExpressionJson } from '../policy.ts'
import { member, readObject } from '../read/plain.ts'
import { valueToJson } from '../values/to-json.ts'

/** The parts of a request that may be unknown. */
export type Unknown = 'principal' | 'resource' | 'action'

/** Operators whose value is a boolean or an error, whatever they are given. */
const boolean: ReadonlySet<string> = new Set(
  '&& || ! == != < <= > >= in has is like hasTag contains containsAll containsAny isEmpty'.split(' '),
)

export class Specialiser {
  readonly #environment: Environment
  readonly #unknown: Unknown

  /** Of the environment everything is known but the one part. */
  constructor(environment: Environment, unknown: Unknown) {
    this.#environment = environment
    this.#unknown = unknown
  }

  /** What is left of an expression. A value is `{ Value: … }`; what errs whenever it is reached stays as it is. */
  expression(json: ExpressionJson): ExpressionJson {
    if (!this.#asksUnknown(json)) return this.#evaluated(json)
    const [name = '', operand] = Object.entries(json)[0] ?? []
    if (name === '&&' || name === '||') return this.#chain(name, operand)
    if (name === 'if-then-else') return this.#choice(operand)
    return { [name]: this.#operands(name, operand) }
  }

  #evaluated(json: ExpressionJson): ExpressionJson {
    try {
      return { Value: valueToJson(compileExpression(json, [])(this.#environment)) }
    } catch (error) {
      if (error instanceof EvaluationError) return json
      throw error
    }
  }

  /** Whether the value of the expression may depend on what is not known. */
  #asksUnknown(json: unknown): boolean {
    const waiting = [json]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (typeof next !== 'object' || next === null) continue
      if ('Var' in next && next.Var === this.#unknown) return true
      if (!Object.hasOwn(next, 'Value')) waiting.push(...Object.values(next))
    }
    return false
  }

  /** Operands up to the first that settles it; those that change nothing are left out. */
  #chain(name: '&&' | '||', operand: unknown): ExpressionJson {
    const settles = name === '||'
    const left: ExpressionJson[] = []
    for (const { json } of unchain(name, operand, [])) {
      const rest = this.expression(json as ExpressionJson)
      const value = member(rest, 'Value')
      if (value === settles) {
        left.push(rest)
        break
      }
      if (value !== !settles) left.push(rest)
    }
    const [first, ...more] = left
    if (first === undefined) return { Value: !settles }
    // What stands alone must be a boolean still, or err.
    const alone = more.length === 0 && !boolean.has(Object.keys(first)[0] ?? '') && typeof member(first, 'Value') !== 'boolean'
    return alone
      ? { [name]: { left: { Value: !settles }, right: first } }
      : more.reduce((whole, right) => ({ [name]: { left: whole, right } }), first)
  }

  #choice(operand: unknown): ExpressionJson {
    const choice = readObject(operand, [])
    const part = (name: string): ExpressionJson => this.expression(member(choice, name) as ExpressionJson)
    const condition = part('if')
    const value = member(condition, 'Value')
    if (value === true) return part('then')
    if (value === false) return part('else')
    // oxlint-disable-next-line unicorn/no-thenable -- Cedar's own name
    return { 'if-then-else': { if: condition, then: part('then'), else: part('else') } }
  }

  /** Every expression among the operands of an operator, specialised. */
  #operands(name: string, operand: unknown): unknown {
    if (name === 'Var') return operand
    if (Array.isArray(operand)) return operand.map((json: unknown) => this.expression(json as ExpressionJson))
    const isOperand = (key: string): boolean => name === 'Record' || ['arg', 'left', 'right', 'in'].includes(key)
    return Object.fromEntries(
      Object.entries(readObject(operand, [])).map(([key, json]) => [key, isOperand(key) ? this.expression(json as ExpressionJson) : json]),
    )
  }
}
