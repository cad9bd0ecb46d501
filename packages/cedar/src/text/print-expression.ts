/**
 * Expressions of Cedar's JSON form, written as text that reads back to the same.
 *
 * @module
 */

import { extensionFunctions } from '../extensions/functions.ts'
import type { ExpressionJson, UidJson } from '../policy.ts'
import { unchain } from '../compile/chain.ts'
import { deepestExpression } from '../compile/expression.ts'
import { member, readList, readObject, readText, readTypeName, readUid, refuseInput, type PlainObject } from '../read/plain.ts'
import { readLong } from '../read/value.ts'
import { escapeText, isPlainName, quote } from './quote.ts'

/** How tightly each rank of the grammar binds. */
const rank = { choice: 0, or: 1, and: 2, relation: 3, sum: 4, product: 5, unary: 6, member: 7 } as const
type Rank = (typeof rank)[keyof typeof rank]

interface Printed {
  readonly text: string
  readonly rank: Rank
}

type Print = (operand: unknown, depth: number) => Printed

/** Operators with two operands: their own rank, and the least that each operand may have without parentheses. */
type Infix = readonly [own: Rank, left: Rank, right: Rank]
const infix: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ...['==', '!=', '<', '<=', '>', '>=', 'in'].map((name): [string, Infix] => [name, [rank.relation, rank.sum, rank.sum]]),
  ['+', [rank.sum, rank.sum, rank.product]],
  ['-', [rank.sum, rank.sum, rank.product]],
  ['*', [rank.product, rank.product, rank.unary]],
])

const variables: ReadonlySet<string> = new Set(['principal', 'action', 'resource', 'context'])

const methods: ReadonlySet<string> = new Set(['contains', 'containsAll', 'containsAny', 'getTag', 'hasTag'])

/** Writes an expression. Throws {@link InputError} for what is none. */
export function printExpression(json: ExpressionJson): string {
  return print(json, 0).text
}

/** Parentheses where the operand binds less tightly than it must. */
function at(json: unknown, least: Rank, depth: number): string {
  const { text, rank: own } = print(json, depth + 1)
  return own < least ? `(${text})` : text
}

function print(json: unknown, depth: number): Printed {
  if (depth > deepestExpression * 2) return refuseInput('input.depth', [], 'nested too deeply')
  const [[name, operand] = ['', undefined], ...more] = Object.entries(readObject(json, []))
  if (more.length > 0) refuseInput('input.type', [], 'an object with the one name of an operator is expected')
  const special = printers.get(name)
  if (special !== undefined) return special(operand, depth)
  const ranks = infix.get(name)
  if (ranks !== undefined) return printInfix(name, ranks, readObject(operand, [name]), depth)
  if (methods.has(name)) {
    const { left, right } = readObject(operand, [name])
    return { text: `${at(left, rank.member, depth)}.${name}(${at(right, rank.choice, depth)})`, rank: rank.member }
  }
  return printCall(name, readList(operand, [name]), depth)
}

function printInfix(name: string, [own, leftRank, rightRank]: readonly [Rank, Rank, Rank], operand: PlainObject, depth: number): Printed {
  const text = `${at(member(operand, 'left'), leftRank, depth)} ${name} ${at(member(operand, 'right'), rightRank, depth)}`
  return { text, rank: own }
}

function printCall(name: string, given: readonly unknown[], depth: number): Printed {
  const called = extensionFunctions.get(name) ?? refuseInput('input.name', [], `no operator and no function is called ${name}`)
  const [first, ...more] = given
  const list = (args: readonly unknown[]): string => args.map((arg) => at(arg, rank.choice, depth)).join(', ')
  const text = called.isMethod ? `${at(first, rank.member, depth)}.${name}(${list(more)})` : `${name}(${list(given)})`
  return { text, rank: rank.member }
}

const printers: ReadonlyMap<string, Print> = new Map<string, Print>([
  ['Value', printValue],
  ['Var', printVariable],
  ['&&', (operand, depth) => printChain('&&', rank.and, rank.relation, operand, depth)],
  ['||', (operand, depth) => printChain('||', rank.or, rank.and, operand, depth)],
  ['!', (operand, depth) => ({ text: `!${at(member(readObject(operand, ['!']), 'arg'), rank.member, depth)}`, rank: rank.unary })],
  ['neg', printNegation],
  [
    'isEmpty',
    (operand, depth) => ({ text: `${at(member(readObject(operand, []), 'arg'), rank.member, depth)}.isEmpty()`, rank: rank.member }),
  ],
  ['if-then-else', printChoice],
  ['.', printAttribute],
  ['has', printHas],
  ['is', printIs],
  ['like', printLike],
  ['Set', printSet],
  ['Record', printRecord],
])

function printVariable(operand: unknown): Printed {
  const text = readText(operand, ['Var'])
  return variables.has(text) ? { text, rank: rank.member } : refuseInput('input.name', ['Var'], 'no variable of Cedar')
}

/** However many operands: they nest to the left, and stand in one row. */
function printChain(name: '&&' | '||', own: Rank, least: Rank, operand: unknown, depth: number): Printed {
  return {
    text: unchain(name, operand, [name])
      .map(({ json }) => at(json, least, depth))
      .join(` ${name} `),
    rank: own,
  }
}

function printSet(operand: unknown, depth: number): Printed {
  const items = readList(operand, ['Set']).map((item) => at(item, rank.choice, depth))
  return { text: `[${items.join(', ')}]`, rank: rank.member }
}

function printRecord(operand: unknown, depth: number): Printed {
  const members = Object.entries(readObject(operand, ['Record']))
  const items = members.map(([name, value]) => `${isPlainName(name) ? name : quote(name)}: ${at(value, rank.choice, depth)}`)
  return { text: `{${items.join(', ')}}`, rank: rank.member }
}

/** A dash before a number belongs to it, so the number that is negated stands in parentheses. */
function printNegation(operand: unknown, depth: number): Printed {
  const arg = readObject(member(readObject(operand, ['neg']), 'arg'), ['neg', 'arg'])
  const isNumber = ['number', 'bigint'].includes(typeof member(arg, 'Value'))
  return { text: isNumber ? `-(${print(arg, depth + 1).text})` : `-${at(arg, rank.member, depth)}`, rank: rank.unary }
}

function printChoice(operand: unknown, depth: number): Printed {
  const choice = readObject(operand, ['if-then-else'])
  const [condition, whenTrue, whenFalse] = ['if', 'then', 'else'].map((name) => at(member(choice, name), rank.choice, depth))
  return { text: `if ${condition} then ${whenTrue} else ${whenFalse}`, rank: rank.choice }
}

function printAttribute(operand: unknown, depth: number): Printed {
  const access = readObject(operand, ['.'])
  const name = readText(member(access, 'attr'), ['attr'])
  return {
    text: `${at(member(access, 'left'), rank.member, depth)}${isPlainName(name) ? `.${name}` : `[${quote(name)}]`}`,
    rank: rank.member,
  }
}

/** A way of names is written with points; one of them that is no plain name can only be asked for alone. */
function printHas(operand: unknown, depth: number): Printed {
  const has = readObject(operand, ['has'])
  const given = member(has, 'attr')
  const names = (Array.isArray(given) ? given : [given]).map((name) => readText(name, ['attr']))
  const left = member(has, 'left')
  if (names.length === 1 || names.every(isPlainName)) {
    const way = names.every(isPlainName) ? names.join('.') : quote(names[0] ?? '')
    return { text: `${at(left, rank.sum, depth)} has ${way}`, rank: rank.relation }
  }
  const [first = '', ...rest] = names
  const next = { has: { left: { '.': { left, attr: first } }, attr: rest } }
  return print({ '&&': { left: { has: { left, attr: first } }, right: next } }, depth + 1)
}

function printIs(operand: unknown, depth: number): Printed {
  const is = readObject(operand, ['is'])
  const within = member(is, 'in')
  const type = `${at(member(is, 'left'), rank.sum, depth)} is ${readTypeName(member(is, 'entity_type'), ['entity_type'])}`
  return { text: within === undefined ? type : `${type} in ${at(within, rank.sum, depth)}`, rank: rank.relation }
}

function printLike(operand: unknown, depth: number): Printed {
  const like = readObject(operand, ['like'])
  const pieces = readList(member(like, 'pattern'), ['pattern']).map((piece) =>
    piece === 'Wildcard'
      ? '*'
      : escapeText(readText(member(readObject(piece, ['pattern']), 'Literal'), ['pattern'])).replaceAll('*', '\\*'),
  )
  return { text: `${at(member(like, 'left'), rank.sum, depth)} like "${pieces.join('')}"`, rank: rank.relation }
}

function printValue(json: unknown, depth: number): Printed {
  if (typeof json === 'string') return { text: quote(readText(json, ['Value'])), rank: rank.member }
  if (typeof json === 'number' || typeof json === 'bigint') {
    const long = readLong(json, ['Value'])
    return { text: String(long), rank: long < 0 ? rank.unary : rank.member }
  }
  if (typeof json === 'boolean') return { text: String(json), rank: rank.member }
  if (Array.isArray(json)) return print({ Set: json.map((item: unknown) => ({ Value: item })) }, depth + 1)
  const object = readObject(json, ['Value'])
  if (member(object, '__entity') !== undefined) return { text: printUid(object as UidJson), rank: rank.member }
  const extension = member(object, '__extn')
  if (extension === undefined) {
    return print({ Record: Object.fromEntries(Object.entries(object).map(([name, value]) => [name, { Value: value }])) }, depth + 1)
  }
  const { fn, arg, args } = readObject(extension, ['__extn'])
  const given = args === undefined ? [arg] : readList(args, ['args'])
  return print({ [readText(fn, ['fn'])]: given.map((value) => ({ Value: value })) }, depth + 1)
}

export function printUid(json: UidJson): string {
  const { type, id } = readUid(json, [])
  return `${type}::${quote(id)}`
}
