/** Where an entity stands, as it was seen last. @module */

import type { EntityUid } from '../values/uid.ts'
import type { EntitySource } from './source.ts'

/** An entity and what it is in: nothing else decides which scopes it fits. */
export class Standing {
  readonly uid: EntityUid
  readonly #entities: EntitySource
  #revision: number | undefined
  #above: readonly EntityUid[]

  constructor(uid: EntityUid, entities: EntitySource) {
    this.uid = uid
    this.#entities = entities
    this.#revision = entities.revision
    this.#above = [...entities.ancestors(uid)]
  }

  /** Whether it is in something else than when this was last asked. */
  hasChanged(): boolean {
    const { revision } = this.#entities
    return revision === undefined || revision !== this.#revision ? this.#lookAgain(revision) : false
  }

  #lookAgain(revision: number | undefined): boolean {
    const [before, above] = [this.#above, [...this.#entities.ancestors(this.uid)]]
    this.#revision = revision
    this.#above = above
    return above.length !== before.length || !above.every((uid, at) => before[at]?.equals(uid))
  }
}
