/** A request's own entities over those of a store. @module */

import type { EntityUid } from '../values/uid.ts'
import { InputError } from '../errors.ts'
import type { EntityData, EntitySource } from './source.ts'
import type { Entity } from './store.ts'

/** Entities of one request, at most. */
export const mostOverlaid = 64

/**
 * What is known for one decision: a store and a few entities more. They add to the store and never replace what
 * it knows: an entity of both is refused with `input.duplicate`.
 */
export class EntityOverlay implements EntitySource {
  readonly #below: EntitySource
  readonly #entities: readonly Entity[]

  constructor(below: EntitySource, entities: readonly Entity[]) {
    if (entities.length > mostOverlaid) throw new InputError('input.size', '', `more than ${mostOverlaid} entities`)
    for (const { uid } of entities) {
      const isTwice = entities.filter((other) => other.uid.equals(uid)).length > 1
      if (isTwice || below.find(uid) !== undefined) throw new InputError('input.duplicate', '', `${uid} is already known`)
    }
    this.#below = below
    this.#entities = entities
    for (const { uid, parents } of entities) {
      if (parents.some((parent) => this.isIn(parent, uid))) throw new InputError('input.cycle', '', `${uid} would be in itself`)
    }
  }

  find(uid: EntityUid): EntityData | undefined {
    return this.#own(uid) ?? this.#below.find(uid)
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    if (this.#below.isIn(uid, ancestor)) return true
    for (const above of this.#walk(uid)) if (this.#below.isIn(above, ancestor)) return true
    return false
  }

  *ancestors(uid: EntityUid): Iterable<EntityUid> {
    const seen = new Set<string>([String(uid)])
    for (const start of [uid, ...this.#walk(uid)]) {
      for (const above of [start, ...this.#below.ancestors(start)]) {
        const name = String(above)
        if (seen.has(name)) continue
        seen.add(name)
        yield above
      }
    }
  }

  #own(uid: EntityUid): Entity | undefined {
    return this.#entities.find((entity) => entity.uid.equals(uid))
  }

  /** The parents of every entity of the request that this one is, or is in: where its way leads on. */
  *#walk(uid: EntityUid): Iterable<EntityUid> {
    const left = new Set(this.#entities)
    const reached: EntityUid[] = [uid]
    for (let at = reached.pop(); at !== undefined; at = reached.pop()) {
      for (const entity of left) {
        if (!this.#below.isIn(at, entity.uid)) continue
        left.delete(entity)
        reached.push(...entity.parents)
        yield* entity.parents
      }
    }
  }
}
