/** What a decision asks of entities. @module */

import type { EntityUid } from '../values/uid.ts'
import type { CedarRecord } from '../values/value.ts'

/** What is known of an entity but what it is in. */
export interface EntityData {
  readonly attributes: CedarRecord
  readonly tags: CedarRecord
}

/** Entities that can be gone through. */
export interface EntityDirectory extends EntitySource {
  /** The known entities of a type, in the order in which their names came to be known. */
  ofType(type: string): Iterable<EntityUid>
  /** Whether an entity is known, or known ones are said to be in it. */
  isMentioned(uid: EntityUid): boolean
}

/** Where entities are looked up: a store, or a store with a request's own entities over it. */
export interface EntitySource {
  /** Another number after each change; undefined where changes are not counted. */
  readonly revision?: number | undefined
  /** Undefined for an entity that is not known. */
  find(uid: EntityUid): EntityData | undefined
  /** Whether the first is the second or is in it, directly or not. An entity that is not known is in itself alone. */
  isIn(uid: EntityUid, ancestor: EntityUid): boolean
  /** Everything that the entity is in, each once, without itself. */
  ancestors(uid: EntityUid): Iterable<EntityUid>
}
