/** What an entity store must answer, worked out each time by walking the graph. @module */

import type { Entity, EntityChanges, EntityData, EntitySource, EntityUid } from '../src/index.ts'

export class EntityModel implements EntitySource {
  readonly #entities: ReadonlyMap<string, Entity>

  constructor(entities: ReadonlyMap<string, Entity> = new Map()) {
    this.#entities = entities
  }

  get size(): number {
    return this.#entities.size
  }

  /** The model after a change; undefined when something would be in itself. */
  after({ remove = [], put = [] }: EntityChanges): EntityModel | undefined {
    const entities = new Map(this.#entities)
    for (const uid of remove) entities.delete(String(uid))
    for (const entity of put) entities.set(String(entity.uid), entity)
    const next = new EntityModel(entities)
    const isInItself = [...entities.values()].some(({ uid, parents }) => parents.some((parent) => next.isIn(parent, uid)))
    return isInItself ? undefined : next
  }

  find(uid: EntityUid): EntityData | undefined {
    return this.#entities.get(String(uid))
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    return uid.equals(ancestor) || [...this.ancestors(uid)].some((above) => above.equals(ancestor))
  }

  ancestors(uid: EntityUid): readonly EntityUid[] {
    const above = new Map<string, EntityUid>()
    const waiting = [uid]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const parent of this.#entities.get(String(next))?.parents ?? []) {
        if (above.has(String(parent))) continue
        above.set(String(parent), parent)
        waiting.push(parent)
      }
    }
    return [...above.values()]
  }
}
