/**
 * Cedar's strict typechecker: the type of an expression for one kind of request,
 * or the mistake in it. What is known to be false is not looked behind.
 *
 * Source: https://docs.cedarpolicy.com/policies/validation.html and the
 * formal model in https://github.com/cedar-policy/cedar-spec, `Cedar/Validation/Typechecker.lean`.
 *
 * @module
 */

import { unchain } from '../compile/chain.ts'
import { deepestExpression } from '../compile/expression.ts'
import { readExtension } from '../extensions/functions.ts'
import { member, readList, readObject, readText, readUid, type PlainObject } from '../read/plain.ts'
import type { Action, Schema } from '../schema/schema.ts'
import { entityLiteralOf, entityLiteralsOf, literalOf, operatorOf } from './constants.ts'
import { binaryType, expect, expectBool, expectEntity, expectSet, mistaken, negated, requireCommon } from './expect.ts'
import { constructed, methodTypes } from './extension-types.ts'
import {
  bool,
  common,
  either,
  expressionType,
  recordExpressionType,
  sayType,
  type ExpressionType,
  type TypedAttribute,
} from './expression-type.ts'

/** A kind of request: an action with one of its types of principals and resources. */
export interface RequestKind {
  readonly principal: string
  readonly action: Action
  readonly resource: string
}

/** Attributes and tags that are known to be there, each with the expression that has it. */
type Known = ReadonlySet<string>

interface Typed {
  readonly type: ExpressionType
  /** What is known to be there where the expression is true. */
  readonly known: Known
}

const nothing: Known = new Set()

export class Typechecker {
  readonly #schema: Schema
  readonly #kind: RequestKind

  constructor(schema: Schema, kind: RequestKind) {
    this.#schema = schema
    this.#kind = kind
  }

  /** The type of a condition. Throws {@link TypeMistake}. */
  typeOf(json: unknown): ExpressionType {
    return this.#typed(json, nothing, 0).type
  }

  #typed(json: unknown, known: Known, depth: number): Typed {
    if (depth > deepestExpression * 2) return mistaken('type.unexpected', 'nested too deeply')
    const [name, operand] = operatorOf(json)
    const of = (part: string, more: Known = nothing): Typed =>
      this.#typed(member(readObject(operand, []), part), union(known, more), depth + 1)
    switch (name) {
      case 'Value':
        return plain(this.#valueType(operand))
      case 'Var':
        return plain(this.#variableType(operand))
      case '&&':
      case '||':
        return this.#chain(name, operand, known, depth)
      case 'if-then-else':
        return this.#choice(of)
      case '!':
        return plain(negated(expectBool(of('arg').type)))
      case 'neg':
        return plain(expect(of('arg').type, { is: 'long' }))
      case 'isEmpty':
        return plain(expectSet(of('arg').type) && either)
      case '==':
        return plain(this.#equal(operand, of('left').type, of('right').type))
      case '!=':
        return plain(negated(this.#equal(operand, of('left').type, of('right').type)))
      case 'is':
        return this.#is(operand, known, depth)
      case 'has':
        return this.#has(operand, known, depth)
      case '.':
        return plain(this.#attribute(operand, of('left').type, known))
      case 'like':
        return plain(expect(of('left').type, { is: 'string' }) && either)
      case 'Set':
        return plain(this.#set(readList(operand, []), known, depth))
      case 'Record':
        return plain(this.#record(readObject(operand, []), known, depth))
      case 'hasTag':
      case 'getTag':
        return this.#tag(name, operand, of('left').type, of('right').type, known)
      case 'in':
        return plain(this.#in(operand, expectEntity(of('left').type), of('right').type))
      default:
        if (Array.isArray(operand)) return plain(this.#call(name, operand, known, depth))
        return plain(binaryType(name, of('left').type, of('right').type))
    }
  }

  #valueType(value: unknown): ExpressionType {
    if (typeof value === 'boolean') return bool(value)
    if (typeof value === 'number' || typeof value === 'bigint') return { is: 'long' }
    if (typeof value === 'string') return { is: 'string' }
    if (Array.isArray(value))
      return this.#set(
        value.map((item: unknown) => ({ Value: item })),
        nothing,
        0,
      )
    const object = readObject(value, [])
    if (member(object, '__entity') !== undefined) return { is: 'entity', name: readUid(object, []).type }
    const extension = member(object, '__extn')
    if (extension === undefined) {
      return this.#record(Object.fromEntries(Object.entries(object).map(([name, item]) => [name, { Value: item }])), nothing, 0)
    }
    const { fn, arg, args } = readObject(extension, [])
    const given = args === undefined ? [arg] : readList(args, [])
    return this.#call(
      readText(fn, []),
      given.map((item) => ({ Value: item })),
      nothing,
      0,
    )
  }

  #variableType(name: unknown): ExpressionType {
    const { principal, action, resource } = this.#kind
    if (name === 'principal') return { is: 'entity', name: principal }
    if (name === 'resource') return { is: 'entity', name: resource }
    return name === 'action' ? { is: 'entity', name: action.uid.type } : recordExpressionType(action.context)
  }

  #chain(name: '&&' | '||', operand: unknown, known: Known, depth: number): Typed {
    const [first, ...rest] = unchain(name, operand, []).map(({ json }) => json)
    let typed = this.#typed(first, known, depth + 1)
    for (const json of rest) {
      const right = (more: Known): Typed => this.#typed(json, union(known, more), depth + 1)
      typed = name === '&&' ? this.#and(typed, right) : this.#or(typed, () => right(nothing))
    }
    return typed
  }

  #and(left: Typed, right: (more: Known) => Typed): Typed {
    const { truth } = expectBool(left.type)
    if (truth === 'false') return plain(bool(false))
    const other = right(left.known)
    const otherTruth = expectBool(other.type).truth
    if (otherTruth === 'false') return plain(bool(false))
    return { type: otherTruth === 'true' ? left.type : either, known: union(left.known, other.known) }
  }

  #or(left: Typed, right: () => Typed): Typed {
    const { truth } = expectBool(left.type)
    if (truth === 'true') return plain(bool(true))
    const other = right()
    const otherTruth = expectBool(other.type).truth
    if (truth === 'false') return other
    if (otherTruth === 'true') return plain(bool(true))
    return { type: either, known: otherTruth === 'false' ? left.known : left.known.intersection(other.known) }
  }

  #choice(of: (part: string, more?: Known) => Typed): Typed {
    const condition = of('if')
    const { truth } = expectBool(condition.type)
    if (truth === 'false') return of('else')
    const whenTrue = of('then', condition.known)
    const knownThen = union(condition.known, whenTrue.known)
    if (truth === 'true') return { type: whenTrue.type, known: knownThen }
    const whenFalse = of('else')
    return { type: requireCommon(whenTrue.type, whenFalse.type), known: knownThen.intersection(whenFalse.known) }
  }

  /** Two literals are equal or not. Entities of two types never are; other values of two types are a mistake. */
  #equal(operand: unknown, left: ExpressionType, right: ExpressionType): ExpressionType {
    const { left: leftJson, right: rightJson } = readObject(operand, [])
    const { action } = this.#kind
    const literals = [literalOf(leftJson, action.uid), literalOf(rightJson, action.uid)]
    if (literals[0] !== undefined && literals[1] !== undefined) return bool(literals[0] === literals[1])
    if (common(left, right) !== undefined) return either
    if (left.is === 'entity' && right.is === 'entity') return bool(false)
    return requireCommon(left, right)
  }

  #is(operand: unknown, known: Known, depth: number): Typed {
    const { left, entity_type: type, in: within } = readObject(operand, [])
    const name = expectEntity(this.#typed(left, known, depth + 1).type)
    const isOfType = plain(bool(name === type))
    return within === undefined ? isOfType : this.#and(isOfType, () => this.#typed({ in: { left, right: within } }, known, depth + 1))
  }

  /** `x has a.b` is `x has a && x.a has b`. */
  #has(operand: unknown, known: Known, depth: number): Typed {
    const { left, attr } = readObject(operand, [])
    const [first, ...rest] = (Array.isArray(attr) ? attr : [attr]) as readonly string[]
    const here = this.#hasOne(left, first ?? '', this.#typed(left, known, depth + 1).type, known)
    if (rest.length === 0) return here
    const next = { has: { left: { '.': { left, attr: first } }, attr: rest } }
    return this.#and(here, (more) => this.#typed(next, union(known, more), depth + 1))
  }

  #hasOne(left: unknown, name: string, type: ExpressionType, known: Known): Typed {
    const attribute = this.#attributesOf(type).get(name)
    if (attribute === undefined) return plain(bool(false))
    // An entity that the schema describes may not be known: then it has no attribute at all.
    if (attribute.isRequired && type.is === 'record') return plain(bool(true))
    const place = this.#place(left, 'attribute', name)
    return known.has(place) ? plain(bool(true)) : { type: either, known: new Set([place]) }
  }

  #attribute(operand: unknown, type: ExpressionType, known: Known): ExpressionType {
    const { left, attr } = readObject(operand, [])
    const name = readText(attr, [])
    const attribute = this.#attributesOf(type).get(name)
    if (attribute === undefined) return mistaken('type.attribute', `${sayType(type)} has no ${JSON.stringify(name)}`)
    if (attribute.isRequired || known.has(this.#place(left, 'attribute', name))) return attribute.type
    return mistaken('type.attribute', `${sayType(type)} may not have ${JSON.stringify(name)}: ask with has first`)
  }

  /** The attributes of a record or of a type of entities; actions have none. */
  #attributesOf(type: ExpressionType): ReadonlyMap<string, TypedAttribute> {
    if (type.is === 'record') return type.attributes
    const shape = this.#schema.entityTypes.get(expectEntity(type))?.shape
    return shape === undefined ? new Map<string, TypedAttribute>() : recordExpressionType(shape).attributes
  }

  #tag(name: 'hasTag' | 'getTag', operand: unknown, type: ExpressionType, tag: ExpressionType, known: Known): Typed {
    const entity = expectEntity(type)
    expect(tag, { is: 'string' })
    const { left, right } = readObject(operand, [])
    const tags = this.#schema.entityTypes.get(entity)?.tags
    const place = this.#place(left, 'tag', right)
    if (name === 'hasTag') {
      if (tags === undefined) return plain(bool(false))
      return known.has(place) ? plain(bool(true)) : { type: either, known: new Set([place]) }
    }
    if (tags === undefined) return mistaken('type.tag', `${entity} has no tags`)
    return known.has(place) ? plain(expressionType(tags)) : mistaken('type.tag', `${entity} may not have this tag: ask with hasTag first`)
  }

  /** A text for "this expression has this", the same for the same expression. */
  #place(left: unknown, what: 'attribute' | 'tag', name: unknown): string {
    const action = { Value: { __entity: this.#kind.action.uid.toJSON() } }
    return JSON.stringify([left, what, name], (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`
      return typeof value === 'object' && value !== null && 'Var' in value && value.Var === 'action' ? action : value
    })
  }

  #set(members: readonly unknown[], known: Known, depth: number): ExpressionType {
    const [first, ...rest] = members.map((json) => this.#typed(json, known, depth + 1).type)
    if (first === undefined) return mistaken('type.empty_set', 'the type of a set without members is not known')
    return { is: 'set', element: rest.reduce(requireCommon, first) }
  }

  #record(members: PlainObject, known: Known, depth: number): ExpressionType {
    const typed = Object.entries(members).map(
      ([name, json]) => [name, { type: this.#typed(json, known, depth + 1).type, isRequired: true }] as const,
    )
    return { is: 'record', attributes: new Map(typed) }
  }

  /** What action is in what is known; of other entities only whether their types let them be. */
  #in(operand: unknown, inner: string, right: ExpressionType): ExpressionType {
    const { left: leftJson, right: rightJson } = readObject(operand, [])
    const outer = expectEntity(right.is === 'set' ? right.element : right)
    const action = entityLiteralOf(leftJson, this.#kind.action.uid)
    const groups = entityLiteralsOf(rightJson, this.#kind.action.uid)
    if (action !== undefined && groups !== undefined && this.#schema.action(action) !== undefined) {
      return bool(groups.some((group) => this.#schema.isActionIn(action, group)))
    }
    return inner === outer || this.#schema.typesAbove(inner).has(outer) ? either : bool(false)
  }

  #call(name: string, given: readonly unknown[], known: Known, depth: number): ExpressionType {
    const made = constructed.get(name)
    if (made !== undefined) {
      const [operator, text] = operatorOf(given[0] ?? {})
      const isRead = given.length === 1 && operator === 'Value' && typeof text === 'string' && readExtension(name, text) !== undefined
      return isRead ? made : mistaken('type.extension', `${name} takes one literal text that it reads`)
    }
    const signature = methodTypes.get(name) ?? mistaken('type.extension', `no function is called ${name}`)
    if (given.length !== signature.takes.length) return mistaken('type.extension', `${name} takes ${signature.takes.length} arguments`)
    for (const [at, wanted] of signature.takes.entries()) expect(this.#typed(given[at], known, depth + 1).type, wanted)
    return signature.gives
  }
}

function plain(type: ExpressionType): Typed {
  return { type, known: nothing }
}

function union(left: Known, right: Known): Known {
  if (right.size === 0) return left
  return left.size === 0 ? right : left.union(right)
}
