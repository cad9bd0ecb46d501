/** What a caller says of entities, beside what a store knows. @module */

import { InputError } from '../errors.ts'
import { readEntitiesWhere } from '../schema/conform.ts'
import type { Schema } from '../schema/schema.ts'
import type { EntityUid } from '../values/uid.ts'
import { EntityOverlay } from './overlay.ts'
import type { EntityData, EntityDirectory, EntitySource } from './source.ts'
import type { Entity } from './store.ts'

/** The annotation of an attribute that callers may give for entities which the store knows: `@caller_supplied`. */
export const callerSupplied = 'caller_supplied'

/**
 * What is known for one request of somebody who brings entities along, `[{ uid, attrs, parents, tags }]`. Of an entity
 * that the store knows they may say only what the schema annotates with `@caller_supplied`, and nothing of what it is
 * in; nor may they bring what the store's entities are in. Others they bring whole.
 *
 * Throws {@link InputError} `input.duplicate` for what is the store's to say, and what {@link readEntities} throws.
 */
export function withSupplied(schema: Schema, below: EntityDirectory, json: unknown): EntitySource {
  const given = readEntitiesWhere(schema, json, 'plain', (uid) => below.isMentioned(uid))
  const mentioned = given.filter(({ uid }) => below.isMentioned(uid))
  for (const entity of mentioned) checkSupplied(schema, entity, below)
  const brought = given.filter((entity) => !mentioned.includes(entity))
  return new EntityOverlay(mentioned.length === 0 ? below : new SuppliedAttributes(below, mentioned), brought)
}

function checkSupplied(schema: Schema, { uid, attributes, parents, tags }: Entity, below: EntitySource): void {
  const refuse = (path: string, says: string): never => {
    throw new InputError('input.duplicate', path, `${uid} ${says}`)
  }
  if (below.find(uid) === undefined) refuse('', 'is what known entities are in, and not the caller’s to bring')
  const declared = schema.entityTypes.get(uid.type)?.shape.attributes
  const foreign = [...attributes.keys()].find((name) => declared?.get(name)?.annotations.has(callerSupplied) !== true)
  if (foreign !== undefined) refuse(foreign, 'is known, and this is not the caller’s to say')
  if (parents.length > 0 || tags.size > 0) refuse('', 'is known, and what it is in or tagged with is not the caller’s to say')
}

class SuppliedAttributes implements EntitySource {
  readonly #below: EntitySource
  readonly #entities: ReadonlyMap<string, Entity>

  constructor(below: EntitySource, entities: readonly Entity[]) {
    this.#below = below
    this.#entities = new Map(entities.map((entity) => [String(entity.uid), entity]))
    if (this.#entities.size < entities.length) throw new InputError('input.duplicate', '', 'an entity is there twice')
  }

  find(uid: EntityUid): EntityData | undefined {
    const known = this.#below.find(uid)
    const said = known === undefined ? undefined : this.#entities.get(String(uid))
    if (known === undefined || said === undefined) return known
    return { attributes: new Map([...known.attributes, ...said.attributes]), tags: known.tags }
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    return this.#below.isIn(uid, ancestor)
  }

  ancestors(uid: EntityUid): Iterable<EntityUid> {
    return this.#below.ancestors(uid)
  }
}
