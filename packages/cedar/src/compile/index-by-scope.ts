/**
 * An index of policies by their scopes, so that a decision looks at those alone
 * that can apply. A policy that it leaves out could neither hold nor err: scopes
 * never err.
 *
 * It has three floors, for the principal, the resource and the action, and on
 * each a place for every entity or type that some policy names there.
 *
 * @module
 */

import type { EntitySource } from '../entities/source.ts'
import type { EntityUid } from '../values/uid.ts'
import { Floor, type Part, type Question } from './floor.ts'
import type { CompiledPolicy } from './policy.ts'
import { ScopeNames, Sought } from './sought.ts'

/** A policy at its places, and the number of the question that found it last: an action may lead to several of them. */
interface Placed {
  readonly policy: CompiledPolicy
  foundBy: number
}

/** The policies of one place: all of them fit. */
class Place {
  readonly #policies: Placed[] = []

  add(placed: Placed): void {
    this.#policies.push(placed)
  }

  visit({ found, number }: Question): void {
    for (const placed of this.#policies) {
      if (placed.foundBy === number) continue
      placed.foundBy = number
      found.push(placed.policy)
    }
  }
}

type ActionFloor = Floor<Place>
type ResourceFloor = Floor<ActionFloor>

/** What a request is about; undefined for what is not known yet. */
export type Known = Readonly<Record<'principal' | 'action' | 'resource', EntityUid | undefined>>

/** The index. It only grows: a changed policy set is another index. */
export class ScopeIndex {
  readonly #names = new ScopeNames()
  readonly #principals: Floor<ResourceFloor> = this.#floor('principal', () =>
    this.#floor('resource', () => this.#floor('action', () => new Place())),
  )
  #questions = 0

  add(policy: CompiledPolicy): void {
    const placed: Placed = { policy, foundBy: 0 }
    for (const resources of this.#principals.places(policy.principal)) {
      for (const actions of resources.places(policy.resource)) {
        for (const place of actions.places(policy.action)) place.add(placed)
      }
    }
  }

  /** The policies whose scope fits, or may fit where something is not known yet: each once. */
  candidates({ principal, action, resource }: Known, entities: EntitySource): readonly CompiledPolicy[] {
    const found: CompiledPolicy[] = []
    this.#questions += 1
    this.#principals.visit({
      principal: this.#seek(principal, entities),
      action: this.#seek(action, entities),
      resource: this.#seek(resource, entities),
      found,
      number: this.#questions,
    })
    return found
  }

  #floor<Behind extends Part>(of: keyof Known, make: () => Behind): Floor<Behind> {
    return new Floor(of, this.#names, make)
  }

  #seek(uid: EntityUid | undefined, entities: EntitySource): Sought | undefined {
    return uid === undefined ? undefined : new Sought(uid, this.#names, entities)
  }
}
