/** A request's own entities over those of a store. @module */

import type { EntityUid } from '../values/uid.ts'
import { InputError } from '../errors.ts'
import type { EntityData, EntitySource } from './source.ts'
import type { Entity } from './store.ts'

/** Entities of one request, at most. */
export const mostOverlaid = 64

/** Parents of all entities of one request together, at most: each of them is looked at for every question. */
export const mostOverlaidParents = 1_000

/** An entity of the request, and where its ways lead on: its parents, and those of every other that it is in. */
interface Overlaid {
  readonly entity: Entity
  readonly above: readonly EntityUid[]
}

/**
 * What is known for one decision: a store and a few entities more. They add to the store and never replace what
 * it knows: an entity of both is refused with `input.duplicate`. What they are in is worked out once; a store that
 * changes meanwhile is not followed.
 */
export class EntityOverlay implements EntitySource {
  readonly #below: EntitySource
  readonly #entities: ReadonlyMap<string, Overlaid>

  /** Throws {@link InputError} `input.size`, `input.duplicate`, and `input.cycle` for an entity that would be in itself. */
  constructor(below: EntitySource, entities: readonly Entity[]) {
    if (entities.length > mostOverlaid) throw new InputError('input.size', '', `more than ${mostOverlaid} entities`)
    const parents = entities.reduce((sum, entity) => sum + entity.parents.length, 0)
    if (parents > mostOverlaidParents) throw new InputError('input.size', '', `more than ${mostOverlaidParents} parents`)
    this.#below = below
    this.#entities = new Map(aboveEach(below, entities).map((overlaid) => [String(overlaid.entity.uid), overlaid]))
    for (const { uid } of entities) {
      if (below.find(uid) !== undefined) throw new InputError('input.duplicate', '', `${uid} is already known`)
    }
    if (this.#entities.size < entities.length) throw new InputError('input.duplicate', '', 'an entity is given twice')
  }

  find(uid: EntityUid): EntityData | undefined {
    return this.#entities.get(String(uid))?.entity ?? this.#below.find(uid)
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    if (this.#below.isIn(uid, ancestor)) return true
    for (const above of this.#ways(uid)) if (this.#below.isIn(above, ancestor)) return true
    return false
  }

  *ancestors(uid: EntityUid): Iterable<EntityUid> {
    const seen = new Set<string>([String(uid)])
    for (const start of [uid, ...this.#ways(uid)]) {
      for (const above of [start, ...this.#below.ancestors(start)]) {
        const name = String(above)
        if (seen.has(name)) continue
        seen.add(name)
        yield above
      }
    }
  }

  /** Where the ways lead on of every entity of the request that this one is, or is in. */
  *#ways(uid: EntityUid): Iterable<EntityUid> {
    for (const { entity, above } of this.#entities.values()) if (this.#below.isIn(uid, entity.uid)) yield* above
  }
}

function aboveEach(below: EntitySource, entities: readonly Entity[]): readonly Overlaid[] {
  const next = new Map(
    entities.map((entity) => [entity, entities.filter(({ uid }) => entity.parents.some((parent) => below.isIn(parent, uid)))]),
  )
  return entities.map((entity) => {
    const reached = new Set(next.get(entity))
    for (const other of reached) for (const further of next.get(other) ?? []) reached.add(further)
    if (reached.has(entity)) throw new InputError('input.cycle', '', `${entity.uid} would be in itself`)
    const above = [entity, ...reached].flatMap(({ parents }) => parents)
    return { entity, above: [...new Map(above.map((uid) => [String(uid), uid])).values()] }
  })
}
