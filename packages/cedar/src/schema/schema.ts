/** A schema, read whole: every name looked up, every group known. @module */

import type { EntityUid } from '../values/uid.ts'
import type { RecordType, Type } from './type.ts'

export interface EntityType {
  readonly name: string
  readonly shape: RecordType
  readonly tags: Type | undefined
  /** The types whose entities it may be in, directly. */
  readonly memberOf: ReadonlySet<string>
  /** The only ids that there are; undefined when any is. */
  readonly ids: ReadonlySet<string> | undefined
  readonly annotations: ReadonlyMap<string, string>
}

/** An action, or a group of actions when it applies to nothing. */
export interface Action {
  readonly uid: EntityUid
  readonly memberOf: readonly EntityUid[]
  readonly principals: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  readonly context: RecordType
  readonly annotations: ReadonlyMap<string, string>
}

export class Schema {
  readonly entityTypes: ReadonlyMap<string, EntityType>
  readonly actions: readonly Action[]
  readonly #actions: ReadonlyMap<string, Action>

  constructor(entityTypes: ReadonlyMap<string, EntityType>, actions: readonly Action[]) {
    this.entityTypes = entityTypes
    this.actions = actions
    this.#actions = new Map(actions.map((action) => [String(action.uid), action]))
  }

  action(uid: EntityUid): Action | undefined {
    return this.actionNamed(String(uid))
  }

  /** By its name as Cedar writes it. */
  actionNamed(name: string): Action | undefined {
    return this.#actions.get(name)
  }
}
