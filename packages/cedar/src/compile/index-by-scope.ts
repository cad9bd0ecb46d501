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
import { erred, type Environment } from './evaluate.ts'
import type { CompiledPolicy, Effect } from './policy.ts'
import type { Scope } from './scope.ts'
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

  visit(question: Question): boolean {
    const { number } = question
    for (const placed of this.#policies) {
      if (placed.foundBy === number) continue
      placed.foundBy = number
      if (question.meet(placed.policy)) return true
    }
    return false
  }
}

type ActionFloor = Floor<Place>
type ResourceFloor = Floor<ActionFloor>

/** What a request is about; undefined for what is not known yet. */
export type Known = Readonly<Record<'principal' | 'action' | 'resource', EntityUid | undefined>>

/** A question that is settled by the first policy that holds, or errs. */
class Deciding implements Question {
  readonly principal: Sought
  readonly action: Sought
  readonly resource: Sought
  number = 0
  #environment: Environment

  constructor(environment: Environment, names: ScopeNames) {
    const { principal, action, resource, entities } = environment
    this.principal = new Sought(principal, names, entities)
    this.action = new Sought(action, names, entities)
    this.resource = new Sought(resource, names, entities)
    this.#environment = environment
  }

  /** Asks anew, with nothing left of the question before. */
  begin(environment: Environment, number: number): void {
    const { principal, action, resource, entities } = environment
    this.principal.become(principal, entities)
    this.action.become(action, entities)
    this.resource.become(resource, entities)
    this.number = number
    this.#environment = environment
  }

  /** INVARIANT (fail closed): a policy that errs settles as one that says no: a forbid forbids, a permit permits nothing. */
  meet({ effect, holds }: CompiledPolicy): boolean {
    try {
      return holds(this.#environment)
    } catch (error) {
      erred(error)
      return effect === 'forbid'
    }
  }
}

/** The index. It only grows: a changed policy set is another index. */
export class ScopeIndex {
  readonly #names = new ScopeNames()
  readonly #principals: Readonly<Record<Effect, Floor<ResourceFloor>>> = { forbid: this.#floors(), permit: this.#floors() }
  #questions = 0
  #idle: Deciding | undefined

  /** By the scope of its principal, unless that is known to fit. */
  add(policy: CompiledPolicy, principal: Scope = policy.principal): void {
    const placed: Placed = { policy, foundBy: 0 }
    for (const resources of this.#principals[policy.effect].places(principal)) {
      for (const actions of resources.places(policy.resource)) {
        for (const place of actions.places(policy.action)) place.add(placed)
      }
    }
  }

  /** The policies whose scope fits, or may fit where something is not known yet: each once. */
  candidates({ principal, action, resource }: Known, entities: EntitySource): readonly CompiledPolicy[] {
    const found: CompiledPolicy[] = []
    this.#questions += 1
    const question: Question = {
      principal: this.#seek(principal, entities),
      action: this.#seek(action, entities),
      resource: this.#seek(resource, entities),
      number: this.#questions,
      meet: (policy) => found.push(policy) === 0,
    }
    this.#principals.forbid.visit(question)
    this.#principals.permit.visit(question)
    return found
  }

  /** Whether no forbid holds or errs, and some permit holds. Nothing further is asked once that is sure. */
  isAllowed(environment: Environment): boolean {
    this.#questions += 1
    // One that is under way is not touched: who looks up entities may ask again, and who throws leaves it behind.
    const question = this.#idle ?? new Deciding(environment, this.#names)
    this.#idle = undefined
    question.begin(environment, this.#questions)
    const answer = !this.#principals.forbid.visit(question) && this.#principals.permit.visit(question)
    this.#idle = question
    return answer
  }

  #floors(): Floor<ResourceFloor> {
    return this.#floor('principal', () => this.#floor('resource', () => this.#floor('action', () => new Place())))
  }

  #floor<Behind extends Part>(of: keyof Known, make: () => Behind): Floor<Behind> {
    return new Floor(of, this.#names, make)
  }

  #seek(uid: EntityUid | undefined, entities: EntitySource): Sought | undefined {
    return uid === undefined ? undefined : new Sought(uid, this.#names, entities)
  }
}
