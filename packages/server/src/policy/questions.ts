/**
 * Questions that fit a set's schema, made at random from a seed: with the texts,
 * numbers and entities that its policies speak of, so that they are met often.
 *
 * @module
 */

import type { RecordType, Schema, Type } from '@countersign/cedar'
import type { AuthorizationRequest, CompiledSet, Entity, EntityUid, Value } from './engine.ts'

export interface Question {
  readonly request: AuthorizationRequest
  readonly entities: readonly Entity[]
}

/** Values of the types that are written as text. */
const samples: Readonly<Record<string, readonly string[]>> = {
  datetime: ['2026-01-01T00:00:00.000Z', '1970-01-01', '2026-06-30T23:59:59.999+0200', '9999-12-31'],
  duration: ['0s', '1h', '-1d', '90d'],
  ipaddr: ['127.0.0.1', '10.1.2.3', '192.168.0.0/16', '::1', '2001:db8::1'],
  decimal: ['0.0', '1.5', '-2.25'],
}

/** Levels of what a principal or resource is in. */
const deepestParents = 2

/** Makes questions about one set. The same seed makes the same ones. */
export class Questions {
  readonly #schema: Schema
  readonly #actions: readonly string[]
  readonly #namespace: string
  readonly #texts: readonly string[]
  readonly #numbers: readonly number[]
  #state: number

  constructor(schema: Schema, set: CompiledSet, seed: number) {
    const text = [...set.policies.values()].map((policy) => policy.text).join('\n')
    this.#schema = schema
    this.#actions = [...set.schema.actions.keys()]
    this.#namespace = set.words.namespace
    this.#texts = ['', 'a', 'b', ...literals(text, /"([^"\\\n]{0,64})"/g)]
    this.#numbers = [0, 1, -1, ...literals(text, /\b([0-9]{1,9})\b/g).map(Number)]
    this.#state = seed >>> 0
  }

  next(): Question {
    const action = { type: `${this.#namespace}::Action`, id: this.#pick(this.#actions) }
    const shape = this.#schema.actions.find(({ uid }) => uid.type === action.type && uid.id === action.id)
    if (shape === undefined) throw new Error(`the schema has no action ${action.id}`)
    const principal = { type: this.#pick([...shape.principals]), id: this.#pick(this.#texts) }
    const resource = { type: this.#pick([...shape.resources]), id: this.#pick(this.#texts) }
    const known = new Map<string, Entity>()
    for (const uid of [principal, resource]) if (!this.#once(8)) this.#describe(uid, known, deepestParents)
    const context = this.#record(shape.context)
    return { request: { principal, action, resource, context }, entities: [...known.values()] }
  }

  /** An entity and some of what it is in. A ring of groups would be refused, so whoever is described is in later ones alone. */
  #describe(uid: EntityUid, known: Map<string, Entity>, depth: number): void {
    const name = JSON.stringify([uid.type, uid.id])
    const type = this.#schema.entityTypes.get(uid.type)
    if (type === undefined || known.has(name)) return
    const parents: EntityUid[] = []
    for (const above of type.memberOf) {
      if (above !== uid.type && !this.#once(3)) parents.push({ type: above, id: this.#pick(this.#texts) })
    }
    known.set(name, { uid, attrs: this.#record(type.shape), parents })
    if (depth > 0) for (const parent of parents) if (this.#once(2)) this.#describe(parent, known, depth - 1)
  }

  #record({ attributes }: RecordType): Readonly<Record<string, Value>> {
    const members = [...attributes].filter(([, { isRequired }]) => isRequired || this.#once(2))
    return Object.fromEntries(members.map(([name, { type }]) => [name, this.#value(type)]))
  }

  #value(type: Type): Value {
    switch (type.is) {
      case 'bool':
        return this.#once(2)
      case 'long':
        return this.#pick(this.#numbers)
      case 'string':
        return this.#pick(this.#texts)
      case 'set':
        return Array.from({ length: this.#below(4) }, () => this.#value(type.element))
      case 'record':
        return this.#record(type)
      case 'entity':
        return { type: type.name, id: this.#pick(this.#texts) }
      case 'extension':
      default:
        return this.#pick(samples[type.name] ?? [])
    }
  }

  #once(times: number): boolean {
    return this.#below(times) === 0
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item
  }

  /** Mulberry32. Nothing here need be hard to guess. */
  #below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

function literals(text: string, shape: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(shape)].map(([, literal = '']) => literal))]
}
