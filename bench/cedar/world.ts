/**
 * What is decided about: the same facts in Cedar's words and, for those who do
 * not speak Cedar, as plain grants. Ids are unique in a world, whatever the type.
 *
 * @module
 */

import type { PolicySetJson } from '../../packages/cedar/src/index.ts'

export interface Uid {
  readonly type: string
  readonly id: string
}

export interface EntityJson {
  readonly uid: Uid
  readonly attrs: Readonly<Record<string, unknown>>
  readonly parents: readonly Uid[]
}

export interface Asked {
  readonly principal: Uid
  readonly action: Uid
  readonly resource: Uid
}

/** A role of a user or group on a resource and all that is in it. */
export interface Grant {
  readonly role: string
  readonly to: string
  readonly on: string
}

export interface Facts {
  /** What each user, group and resource is in, directly. */
  readonly parents: ReadonlyMap<string, readonly string[]>
  /** The actions of each role. */
  readonly roles: Readonly<Record<string, readonly string[]>>
  readonly grants: readonly Grant[]
  /** Who owns a resource, and so has the role `owner` on it. */
  readonly owners: ReadonlyMap<string, string>
  /** Resources on which everybody has the role `anyone`. */
  readonly open: ReadonlySet<string>
}

export interface World {
  /** In Cedar's text. */
  readonly schema: string
  /** Policies and templates in Cedar's text, by id. */
  readonly policies: Readonly<Record<string, string>>
  readonly templates: Readonly<Record<string, string>>
  readonly links: NonNullable<PolicySetJson['templateLinks']>
  readonly entities: readonly EntityJson[]
  readonly requests: readonly Asked[]
  readonly facts: Facts
}

/** How a scenario grows: by entities, with its few policies that read attributes; or by policies, each a grant. */
export type Axis = 'entities' | 'policies'

/** Makes a world with so many entities, or so many policies over {@link entitiesUnderPolicies} entities. */
export type Scenario = (axis: Axis, size: number) => World

/** Entities of a world that grows by policies. */
export const entitiesUnderPolicies = 500

/** Requests of a world. */
export const requestsOfWorld = 64

/** A contestant, ready: whether a request is allowed. */
export type Decide = (asked: Asked) => boolean

export type Prepare = (world: World) => Decide | Promise<Decide>

/** An entity and everything that it is in. */
export function closureOf(id: string, { parents }: Facts): ReadonlySet<string> {
  const closure = new Set([id])
  for (const next of closure) for (const parent of parents.get(next) ?? []) closure.add(parent)
  return closure
}
