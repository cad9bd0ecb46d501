/**
 * Expressions in Cedar's text, read into its JSON form.
 *
 * Source: https://docs.cedarpolicy.com/policies/syntax-grammar.html
 *
 * @module
 */

import { longestChain } from '../compile/chain.ts'
import { deepestExpression } from '../compile/expression.ts'
import { extensionFunctions } from '../extensions/functions.ts'
import type { ExpressionJson } from '../policy.ts'
import { longOf } from '../values/long.ts'
import { readPath, readUidAfter } from './names.ts'
import type { TokenReader } from './reader.ts'
import { unescapePattern, unescapeString } from './unescape.ts'

const variables: ReadonlySet<string> = new Set(['principal', 'action', 'resource', 'context'])

/** Methods of Cedar itself, with how many arguments each takes. */
const methods: Readonly<Record<string, 0 | 1>> = { contains: 1, containsAll: 1, containsAny: 1, isEmpty: 0, getTag: 1, hasTag: 1 }

const relations: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=', 'in'])

/** Cedar takes no more `!` or `-` in a row. */
const mostUnary = 4

export class ExpressionReader {
  readonly #tokens: TokenReader
  #depth = 0

  constructor(tokens: TokenReader) {
    this.#tokens = tokens
  }

  expression(): ExpressionJson {
    this.#depth += 1
    if (this.#depth > deepestExpression) this.#tokens.fail(`nested deeper than ${deepestExpression} levels`)
    const expression = this.#tokens.isAt('if') ? this.#choice() : this.#chain('||', () => this.#chain('&&', () => this.#relation()))
    this.#depth -= 1
    return expression
  }

  #choice(): ExpressionJson {
    this.#tokens.expect('if')
    const condition = this.expression()
    this.#tokens.expect('then')
    const whenTrue = this.expression()
    this.#tokens.expect('else')
    // oxlint-disable-next-line unicorn/no-thenable -- Cedar's own name
    return { 'if-then-else': { if: condition, then: whenTrue, else: this.expression() } }
  }

  /** Operands of one rank, joined from the left. */
  #chain(operators: string, operand: () => ExpressionJson): ExpressionJson {
    let left = operand()
    for (let count = 1; ; count += 1) {
      if (count > longestChain) this.#tokens.fail(`more than ${longestChain} operands in a row`)
      const operator = operators.split(' ').find((one) => this.#tokens.isAt(one))
      if (operator === undefined) return left
      this.#tokens.take()
      left = { [operator]: { left, right: operand() } }
    }
  }

  #relation(): ExpressionJson {
    const left = this.#sum()
    const tokens = this.#tokens
    if (tokens.takeIf('has')) return this.#has(left)
    if (tokens.takeIf('like')) return { like: { left, pattern: tokens.string(unescapePattern) } }
    if (tokens.takeIf('is')) {
      const type = readPath(tokens)
      return { is: { left, entity_type: type, ...(tokens.takeIf('in') ? { in: this.#sum() } : {}) } }
    }
    if (!this.#isAtRelation()) return left
    const relation = { [tokens.take().text]: { left, right: this.#sum() } }
    if (this.#isAtRelation()) tokens.fail('relations do not chain: parentheses are needed')
    return relation
  }

  #isAtRelation(): boolean {
    const { kind, text } = this.#tokens.next
    return (kind === 'symbol' || kind === 'name') && relations.has(text)
  }

  #has(left: ExpressionJson): ExpressionJson {
    const tokens = this.#tokens
    if (tokens.next.kind === 'string') return { has: { left, attr: tokens.string(unescapeString) } }
    const names = [tokens.name()]
    while (tokens.takeIf('.')) names.push(tokens.name())
    return { has: { left, attr: names.length === 1 ? names[0] : names } }
  }

  #sum(): ExpressionJson {
    return this.#chain('+ -', () => this.#chain('*', () => this.#unary()))
  }

  /** A dash right before a number belongs to it: the least number has no positive. */
  #unary(): ExpressionJson {
    const tokens = this.#tokens
    const operator = tokens.isAt('!') ? '!' : '-'
    let count = 0
    for (; tokens.takeIf(operator); count += 1) if (count === mostUnary) tokens.fail(`more than ${mostUnary} ${operator} in a row`)
    const isNegative = operator === '-' && count > 0 && tokens.next.kind === 'number'
    let expression = this.#member(isNegative)
    for (let left = isNegative ? count - 1 : count; left > 0; left -= 1) {
      expression = operator === '!' ? { '!': { arg: expression } } : { neg: { arg: expression } }
    }
    return expression
  }

  #member(isNegative: boolean): ExpressionJson {
    const tokens = this.#tokens
    let left = this.#primary(isNegative)
    for (;;) {
      if (tokens.takeIf('.')) {
        const name = tokens.name()
        left = tokens.takeIf('(') ? this.#method(left, name) : { '.': { left, attr: name } }
      } else if (tokens.takeIf('[')) {
        left = { '.': { left, attr: tokens.string(unescapeString) } }
        tokens.expect(']')
      } else return left
    }
  }

  #method(left: ExpressionJson, name: string): ExpressionJson {
    const tokens = this.#tokens
    const given = tokens.list(')', () => this.expression())
    if (Object.hasOwn(methods, name)) {
      if (given.length !== methods[name]) tokens.fail(`${name} takes ${methods[name]} arguments`)
      return name === 'isEmpty' ? { isEmpty: { arg: left } } : { [name]: { left, right: given[0] } }
    }
    if (extensionFunctions.get(name)?.isMethod !== true) tokens.fail(`no method is called ${name}`)
    return { [name]: [left, ...given] }
  }

  #primary(isNegative: boolean): ExpressionJson {
    const tokens = this.#tokens
    const { kind, text } = tokens.next
    if (kind === 'number') return { Value: this.#long(isNegative) }
    if (kind === 'string') return { Value: tokens.string(unescapeString) }
    if (tokens.takeIf('true')) return { Value: true }
    if (tokens.takeIf('false')) return { Value: false }
    if (tokens.takeIf('[')) return { Set: tokens.list(']', () => this.expression()) }
    if (tokens.takeIf('{')) return this.#record()
    if (tokens.takeIf('(')) {
      const inner = this.expression()
      tokens.expect(')')
      return inner
    }
    if (kind !== 'name') return tokens.fail('an expression is expected')
    if (variables.has(text) && tokens.afterNext.text !== '::') return { Var: tokens.take().text }
    return this.#named()
  }

  /** What begins with a name: an entity, or a call of a function. */
  #named(): ExpressionJson {
    const tokens = this.#tokens
    const name = tokens.name()
    if (!tokens.takeIf('(')) return { Value: { __entity: readUidAfter(tokens, name) } }
    if (extensionFunctions.get(name)?.isMethod !== false) tokens.fail(`no function is called ${name}`)
    return { [name]: tokens.list(')', () => this.expression()) }
  }

  #long(isNegative: boolean): number | bigint {
    const { text } = this.#tokens.next
    const size = text.length > 32 ? undefined : BigInt(text)
    const long = size === undefined ? undefined : longOf(isNegative ? -size : size)
    if (long === undefined) return this.#tokens.fail('the number is outside 64 bits')
    this.#tokens.take()
    return long
  }

  #record(): ExpressionJson {
    const tokens = this.#tokens
    const members = new Map<string, ExpressionJson>()
    tokens.list('}', () => {
      const name = tokens.next.kind === 'string' ? tokens.string(unescapeString) : tokens.name()
      if (members.has(name)) tokens.fail(`a record has ${JSON.stringify(name)} twice`)
      tokens.expect(':')
      members.set(name, this.expression())
    })
    return { Record: Object.fromEntries(members) }
  }
}
