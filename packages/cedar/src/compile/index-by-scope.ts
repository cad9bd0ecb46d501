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
import type { CompiledPolicy } from './policy.ts'
import type { ActionScope, Scope } from './scope.ts'

/** What is kept under names of entities. */
class ByUid<Kept> {
  readonly #types = new Map<string, Map<string, Kept>>()

  get isEmpty(): boolean {
    return this.#types.size === 0
  }

  get(uid: EntityUid): Kept | undefined {
    return this.#types.get(uid.type)?.get(uid.id)
  }

  *all(): Iterable<Kept> {
    for (const ids of this.#types.values()) yield* ids.values()
  }

  getOrMake(uid: EntityUid, make: () => Kept): Kept {
    const ids = getOrMake(this.#types, uid.type, () => new Map<string, Kept>())
    return getOrMake(ids, uid.id, make)
  }
}

function getOrMake<Key, Kept>(map: Map<Key, Kept>, key: Key, make: () => Kept): Kept {
  const kept = map.get(key)
  if (kept !== undefined) return kept
  const made = make()
  map.set(key, made)
  return made
}

/** One floor: what stands behind each way in which a scope can fit. */
class Floor<Behind> {
  readonly #make: () => Behind
  #any: Behind | undefined
  readonly #equal = new ByUid<Behind>()
  readonly #in = new ByUid<Behind>()
  readonly #types = new Map<string, Behind>()
  readonly #typesIn = new ByUid<Map<string, Behind>>()

  constructor(make: () => Behind) {
    this.#make = make
  }

  /** The places of a scope: several for an action that may be in one of several. */
  places(scope: Scope | ActionScope): readonly Behind[] {
    switch (scope.is) {
      case 'any':
        return [(this.#any ??= this.#make())]
      case 'equal':
        return [this.#equal.getOrMake(scope.uid, this.#make)]
      case 'in':
        return ('uid' in scope ? [scope.uid] : scope.uids).map((uid) => this.#in.getOrMake(uid, this.#make))
      case 'type':
        return [getOrMake(this.#types, scope.type, this.#make)]
      case 'type in':
      default:
        return [
          getOrMake(
            this.#typesIn.getOrMake(scope.uid, () => new Map<string, Behind>()),
            scope.type,
            this.#make,
          ),
        ]
    }
  }

  /** Visits what stands behind every scope that fits the entity. */
  visit(uid: EntityUid, entities: EntitySource, visit: (behind: Behind) => void): void {
    if (this.#any !== undefined) visit(this.#any)
    visitKept(this.#equal.get(uid), visit)
    visitKept(this.#types.get(uid.type), visit)
    if (this.#in.isEmpty && this.#typesIn.isEmpty) return
    this.#visitIn(uid, uid, visit)
    for (const ancestor of entities.ancestors(uid)) this.#visitIn(uid, ancestor, visit)
  }

  /** Visits what stands behind every scope. */
  visitAll(visit: (behind: Behind) => void): void {
    if (this.#any !== undefined) visit(this.#any)
    for (const behind of [...this.#equal.all(), ...this.#in.all(), ...this.#types.values()]) visit(behind)
    for (const types of this.#typesIn.all()) for (const behind of types.values()) visit(behind)
  }

  #visitIn({ type }: EntityUid, ancestor: EntityUid, visit: (behind: Behind) => void): void {
    visitKept(this.#in.get(ancestor), visit)
    visitKept(this.#typesIn.get(ancestor)?.get(type), visit)
  }
}

function visitKept<Behind>(behind: Behind | undefined, visit: (behind: Behind) => void): void {
  if (behind !== undefined) visit(behind)
}

type ActionFloor = Floor<CompiledPolicy[]>
type ResourceFloor = Floor<ActionFloor>

/** The index. It only grows: a changed policy set is another index. */
export class ScopeIndex {
  readonly #principals = new Floor<ResourceFloor>(() => new Floor<ActionFloor>(() => new Floor<CompiledPolicy[]>(() => [])))

  add(policy: CompiledPolicy): void {
    for (const resources of this.#principals.places(policy.principal)) {
      for (const actions of resources.places(policy.resource)) {
        for (const policies of actions.places(policy.action)) policies.push(policy)
      }
    }
  }

  /** The policies whose scope fits, each once. */
  candidates(principal: EntityUid, action: EntityUid, resource: EntityUid, entities: EntitySource): Iterable<CompiledPolicy> {
    const found = new Set<CompiledPolicy>()
    this.#principals.visit(principal, entities, (resources) =>
      resources.visit(resource, entities, (actions) =>
        actions.visit(action, entities, (policies) => {
          for (const policy of policies) found.add(policy)
        }),
      ),
    )
    return found
  }

  /** The policies that may apply when one of the three is not known yet: whichever is undefined. */
  possible(
    { principal, action, resource }: Readonly<Record<'principal' | 'action' | 'resource', EntityUid | undefined>>,
    entities: EntitySource,
  ): ReadonlySet<CompiledPolicy> {
    const found = new Set<CompiledPolicy>()
    visitFloor(this.#principals, principal, entities, (resources) =>
      visitFloor(resources, resource, entities, (actions) =>
        visitFloor(actions, action, entities, (policies) => {
          for (const policy of policies) found.add(policy)
        }),
      ),
    )
    return found
  }
}

function visitFloor<Behind>(
  floor: Floor<Behind>,
  uid: EntityUid | undefined,
  entities: EntitySource,
  visit: (behind: Behind) => void,
): void {
  if (uid === undefined) floor.visitAll(visit)
  else floor.visit(uid, entities, visit)
}
