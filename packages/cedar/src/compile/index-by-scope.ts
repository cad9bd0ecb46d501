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
import { Floor } from './floor.ts'
import type { CompiledPolicy } from './policy.ts'
import { ScopeNames, Sought } from './sought.ts'

/** A policy at its places, and the number of the question that found it last: an action may lead to several of them. */
interface Placed {
  readonly policy: CompiledPolicy
  foundBy: number
}

type ActionFloor = Floor<Placed[]>
type ResourceFloor = Floor<ActionFloor>

/** What a request is about; undefined for what is not known yet. */
export type Known = Readonly<Record<'principal' | 'action' | 'resource', EntityUid | undefined>>

/** The index. It only grows: a changed policy set is another index. */
export class ScopeIndex {
  readonly #names = new ScopeNames()
  readonly #principals: Floor<ResourceFloor> = this.#floor(() => this.#floor(() => this.#floor<Placed[]>(() => [])))
  #questions = 0

  add(policy: CompiledPolicy): void {
    const placed: Placed = { policy, foundBy: 0 }
    for (const resources of this.#principals.places(policy.principal)) {
      for (const actions of resources.places(policy.resource)) {
        for (const place of actions.places(policy.action)) place.push(placed)
      }
    }
  }

  /** The policies whose scope fits, or may fit where something is not known yet: each once. */
  candidates({ principal, action, resource }: Known, entities: EntitySource): readonly CompiledPolicy[] {
    const found: CompiledPolicy[] = []
    const question = (this.#questions += 1)
    const ofPrincipal = this.#seek(principal, entities)
    const ofResource = this.#seek(resource, entities)
    const ofAction = this.#seek(action, entities)
    for (const resources of this.#principals.fitting(ofPrincipal)) {
      for (const actions of resources.fitting(ofResource)) {
        for (const place of actions.fitting(ofAction)) {
          for (const placed of place) {
            if (placed.foundBy === question) continue
            placed.foundBy = question
            found.push(placed.policy)
          }
        }
      }
    }
    return found
  }

  #floor<Behind>(make: () => Behind): Floor<Behind> {
    return new Floor(this.#names, make)
  }

  #seek(uid: EntityUid | undefined, entities: EntitySource): Sought | undefined {
    return uid === undefined ? undefined : new Sought(uid, this.#names, entities)
  }
}
