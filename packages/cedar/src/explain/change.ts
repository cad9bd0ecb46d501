/** Single changes that an explanation tries: to what is known of an entity, to what it is in, to the context. @module */

import type { Request } from '../authorize.ts'
import type { EntityData, EntitySource } from '../entities/source.ts'
import type { EntityUid } from '../values/uid.ts'
import type { CedarRecord, Value } from '../values/value.ts'

/** One thing that would be different. */
export type Change =
  | { readonly is: 'parent'; readonly entity: EntityUid; readonly parent: EntityUid }
  | { readonly is: 'attribute'; readonly entity: EntityUid; readonly name: string; readonly value: Value }
  | { readonly is: 'context'; readonly name: string; readonly value: Value }

/** Entities with one more parent. */
class WithParent implements EntitySource {
  readonly #before: EntitySource
  readonly #entity: EntityUid
  readonly #parent: EntityUid

  constructor(before: EntitySource, entity: EntityUid, parent: EntityUid) {
    this.#before = before
    this.#entity = entity
    this.#parent = parent
  }

  find(uid: EntityUid): EntityData | undefined {
    return this.#before.find(uid)
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    if (this.#before.isIn(uid, ancestor)) return true
    return this.#before.isIn(uid, this.#entity) && this.#before.isIn(this.#parent, ancestor)
  }

  ancestors(uid: EntityUid): Iterable<EntityUid> {
    const above = new Map([...this.#before.ancestors(uid)].map((each) => [String(each), each]))
    if (this.#before.isIn(uid, this.#entity)) {
      for (const each of [this.#parent, ...this.#before.ancestors(this.#parent)]) above.set(String(each), each)
    }
    return above.values()
  }
}

/** Entities of which one has another value for an attribute. */
class WithAttribute implements EntitySource {
  readonly #before: EntitySource
  readonly #entity: EntityUid
  readonly #name: string
  readonly #value: Value

  constructor(before: EntitySource, { entity, name, value }: Extract<Change, { is: 'attribute' }>) {
    this.#before = before
    this.#entity = entity
    this.#name = name
    this.#value = value
  }

  find(uid: EntityUid): EntityData | undefined {
    const found = this.#before.find(uid)
    if (!uid.equals(this.#entity)) return found
    return { attributes: withMember(found?.attributes ?? new Map(), this.#name, this.#value), tags: found?.tags ?? new Map() }
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    return this.#before.isIn(uid, ancestor)
  }

  ancestors(uid: EntityUid): Iterable<EntityUid> {
    return this.#before.ancestors(uid)
  }
}

function withMember(record: CedarRecord, name: string, value: Value): CedarRecord {
  return new Map(record).set(name, value)
}

/** A request and its entities as they would be. Undefined for what cannot be: an entity in itself. */
export function changed(
  change: Change,
  request: Request,
  entities: EntitySource,
): { readonly request: Request; readonly entities: EntitySource } | undefined {
  switch (change.is) {
    case 'parent':
      if (entities.isIn(change.parent, change.entity)) return undefined
      return { request, entities: new WithParent(entities, change.entity, change.parent) }
    case 'attribute':
      return { request, entities: new WithAttribute(entities, change) }
    case 'context':
    default:
      return { request: { ...request, context: withMember(request.context, change.name, change.value) }, entities }
  }
}
