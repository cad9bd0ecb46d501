/** What a schema says of what may be in what. @module */

import type { Schema } from '../schema/schema.ts'
import type { EntityUid } from '../values/uid.ts'

export class Hierarchy {
  readonly #schema: Schema
  readonly #types = new Map<string, ReadonlySet<string>>()
  readonly #actions = new Map<string, ReadonlySet<string>>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  /** Whether an entity of a type may be one of another, or be in one. */
  mayTypeBeIn(type: string, above: string): boolean {
    return type === above || this.#typesAbove(type).has(above)
  }

  /** Whether an action is another, or is in it. */
  isActionIn(action: EntityUid, above: EntityUid): boolean {
    return action.equals(above) || this.#actionsAbove(action).has(String(above))
  }

  #typesAbove(type: string): ReadonlySet<string> {
    return closure(this.#types, type, (name) => [...(this.#schema.entityTypes.get(name)?.memberOf ?? [])])
  }

  #actionsAbove(action: EntityUid): ReadonlySet<string> {
    return closure(this.#actions, String(action), (name) => (this.#schema.actionNamed(name)?.memberOf ?? []).map(String))
  }
}

/** Everything above one, without itself; kept for the next time. A set may grow while it is walked. */
function closure(kept: Map<string, ReadonlySet<string>>, start: string, next: (name: string) => readonly string[]): ReadonlySet<string> {
  const known = kept.get(start)
  if (known !== undefined) return known
  const above = new Set(next(start))
  for (const name of above) for (const further of next(name)) above.add(further)
  kept.set(start, above)
  return above
}
