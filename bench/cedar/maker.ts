/** What the scenarios have in common: entities, trees, grants and requests at random, the same at each run. @module */

import { Random } from '../../packages/cedar/test/differential/random.ts'
import { requestsOfWorld, type Asked, type EntityJson, type Grant, type Uid } from './world.ts'

export class Maker {
  readonly random: Random = new Random(1)
  readonly entities: EntityJson[] = []
  readonly parents: Map<string, readonly string[]> = new Map<string, readonly string[]>()
  readonly grants: Grant[] = []

  uids(type: string, count: number): readonly Uid[] {
    return Array.from({ length: count }, (_, at) => ({ type, id: `${type}-${at}` }))
  }

  add(uid: Uid, parents: readonly Uid[] = [], attrs: EntityJson['attrs'] = {}): void {
    this.entities.push({ uid, attrs, parents })
    this.parents.set(
      uid.id,
      parents.map(({ id }) => id),
    )
  }

  /** Where a node of a tree hangs that has four branches at each: none for the first. */
  branch(nodes: readonly Uid[], at: number): readonly Uid[] {
    const parent = at === 0 ? undefined : nodes[Math.floor((at - 1) / 4)]
    return parent === undefined ? [] : [parent]
  }

  /** Some different ones. */
  some(from: readonly Uid[], count: number): readonly Uid[] {
    return [...new Set(Array.from({ length: count }, () => this.random.pick(from)))]
  }

  /** Notes a role, and gives back who has it. */
  grant(role: string, to: Uid, on: Uid): Uid {
    this.grants.push({ role, to: to.id, on: on.id })
    return to
  }

  /** Grants as links of templates that are called as the roles. */
  links(count: number, roles: readonly string[], to: readonly Uid[], on: readonly Uid[]): readonly Link[] {
    return Array.from({ length: count }, (_, at) => {
      const [role, principal, resource] = [this.random.pick(roles), this.random.pick(to), this.random.pick(on)]
      this.grant(role, principal, resource)
      return { templateId: role, newId: `grant-${at}`, values: { '?principal': principal, '?resource': resource } }
    })
  }

  /** Half of them about what somebody was granted or is in, half about anything. */
  requests(users: readonly Uid[], resources: readonly Uid[], actionsOf: (resource: Uid) => readonly string[]): readonly Asked[] {
    return Array.from({ length: requestsOfWorld }, (_, at) => {
      const grant = at % 2 === 0 && this.grants.length > 0 ? this.random.pick(this.grants) : undefined
      const [principal, resource] = [this.#anyIn(users, grant?.to), this.#anyIn(resources, grant?.on)]
      return { principal, action: { type: 'Action', id: this.random.pick(actionsOf(resource)) }, resource }
    })
  }

  /** One that is in another, if there is any. */
  #anyIn(uids: readonly Uid[], outer: string | undefined): Uid {
    const inside = outer === undefined ? [] : uids.filter(({ id }) => this.#isIn(id, outer))
    return this.random.pick(inside.length > 0 ? inside : uids)
  }

  #isIn(id: string, outer: string): boolean {
    return id === outer || (this.parents.get(id) ?? []).some((parent) => this.#isIn(parent, outer))
  }
}

export interface Link {
  readonly templateId: string
  readonly newId: string
  readonly values: { readonly '?principal': Uid; readonly '?resource': Uid }
}
