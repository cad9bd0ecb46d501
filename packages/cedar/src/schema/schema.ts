/** A schema, read whole: every name looked up, every group known. @module */

import { getOrMake } from '../values/get-or-make.ts'
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
  readonly #typesAbove = new Map<string, ReadonlySet<string>>()
  readonly #actionsAbove = new Map<string, ReadonlySet<string>>()

  constructor(entityTypes: ReadonlyMap<string, EntityType>, actions: readonly Action[]) {
    this.entityTypes = entityTypes
    this.actions = actions
    this.#actions = new Map(actions.map((action) => [String(action.uid), action]))
  }

  action(uid: EntityUid): Action | undefined {
    return this.#actions.get(String(uid))
  }

  /** The types whose entities an entity of this type may be in, directly or not. */
  typesAbove(type: string): ReadonlySet<string> {
    return getOrMake(this.#typesAbove, type, () => closure(type, (name) => this.entityTypes.get(name)?.memberOf ?? []))
  }

  /** Whether an action is another, or is in it, directly or not. */
  isActionIn(action: EntityUid, above: EntityUid): boolean {
    if (action.equals(above)) return true
    const groupsOf = (name: string): readonly string[] => (this.#actions.get(name)?.memberOf ?? []).map(String)
    return getOrMake(this.#actionsAbove, String(action), () => closure(String(action), groupsOf)).has(String(above))
  }
}

/** Everything above one, without itself. A set may grow while it is walked. */
function closure(start: string, next: (name: string) => Iterable<string>): ReadonlySet<string> {
  const above = new Set(next(start))
  for (const name of above) for (const further of next(name)) above.add(further)
  return above
}
