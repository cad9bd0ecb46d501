/**
 * Whether somebody holds all that a role or a group gives. Only then may they give
 * it to others or take it from them: nobody grants what they do not hold.
 *
 * It is judged by what policies say, without evaluating them: a permit of the role
 * must be covered by permits that hold for the one who grants always, whatever is
 * asked of them. What cannot be told without evaluating counts as not held. (The
 * escalation prevention of Kubernetes RBAC, for policies.)
 *
 * @module
 */

import type { CompiledSet, PolicySummary } from './engine.ts'
import { administration, houseNamespace } from './house-schema.ts'
import { covers } from './missing.ts'
import { uidOfPrincipal, type Belonging } from './principal-entity.ts'
import type { Principal } from '#kernel'

/** Who grants, and what they are in. Roles include those that come through groups. */
export interface Holder extends Belonging {
  readonly principal: Principal
}

/** What a role or a group that is granted is called. */
export interface Granted {
  readonly type: 'Role' | 'Group'
  readonly id: string
}

/**
 * Whoever owns the machine can change the database, and whoever is permitted
 * everything in the administration can give themself every role.
 */
export function holdsEverything(sets: readonly CompiledSet[], holder: Holder): boolean {
  if (holder.principal.is === 'machine-owner') return true
  const set = sets.find(({ store }) => store === administration.store)
  if (set === undefined || isLimited(set, holder)) return false
  return [...set.policies.values()].some(
    (policy) =>
      policy.principal.in !== undefined &&
      holdsFor(policy, holder) &&
      policy.actions === 'any' &&
      policy.resource === undefined &&
      policy.resourceType === undefined,
  )
}

/** Those of the granted that give more than the holder has. */
export function exceeding(sets: readonly CompiledSet[], holder: Holder, granted: readonly Granted[]): readonly Granted[] {
  return holdsEverything(sets, holder) ? [] : granted.filter((one) => !holds(sets, holder, one))
}

function holds(sets: readonly CompiledSet[], holder: Holder, granted: Granted): boolean {
  if (isIn(holder, granted)) return true
  const given = sets.flatMap((set) => permitsOf(set, granted).map((policy) => ({ set, policy })))
  // A role that no policy here knows may mean something to an app; a group is only what policies make of it.
  if (given.length === 0 && granted.type === 'Role') return false
  if (sets.some((set) => [...set.policies.values()].some(({ effect, asksMembership }) => effect === 'permit' && asksMembership)))
    return false
  return given.every(({ set, policy }) => !isLimited(set, holder) && isCovered(set, policy, holder))
}

function permitsOf(set: CompiledSet, { type, id }: Granted): readonly PolicySummary[] {
  return [...set.policies.values()].filter(
    ({ effect, principal }) => effect === 'permit' && principal.in?.type === `${houseNamespace}::${type}` && principal.in.id === id,
  )
}

/** Whether every action of a permit is permitted to the holder by another one, on all that it is about. */
function isCovered(set: CompiledSet, given: PolicySummary, holder: Holder): boolean {
  const own = [...set.policies.values()].filter((policy) => holdsFor(policy, holder) && isAboutAllOf(policy, given))
  return [...set.schema.actions.keys()]
    .filter((action) => covers(set, given.actions, action))
    .every((action) => own.some((policy) => covers(set, policy.actions, action)))
}

function isAboutAllOf({ resource, resourceType }: PolicySummary, given: PolicySummary): boolean {
  if (resource !== undefined) return resource.type === given.resource?.type && resource.id === given.resource.id
  return resourceType === undefined || resourceType === (given.resource?.type ?? given.resourceType)
}

/** A permit that holds for somebody whatever is asked and however they prove themself. */
function holdsFor({ effect, unconditional, principal }: PolicySummary, holder: Holder): boolean {
  return effect === 'permit' && unconditional && isAbout(principal, holder)
}

/** Whether a forbid that tells principals apart is about the holder, or may be: then their permits are not what they hold. */
function isLimited(set: CompiledSet, holder: Holder): boolean {
  return [...set.policies.values()].some(
    ({ effect, principal, asksMembership }) =>
      effect === 'forbid' &&
      (asksMembership || ((principal.is ?? principal.in ?? principal.type) !== undefined && isAbout(principal, holder))),
  )
}

function isAbout({ type, is, in: within }: PolicySummary['principal'], holder: Holder): boolean {
  const own = uidOfPrincipal(holder.principal)
  if (type !== undefined && type !== own.type) return false
  if (is !== undefined) return is.type === own.type && is.id === own.id
  if (within === undefined) return true
  return (['Role', 'Group'] as const).some(
    (kind) => within.type === `${houseNamespace}::${kind}` && isIn(holder, { type: kind, id: within.id }),
  )
}

function isIn({ roles, groups = [] }: Holder, { type, id }: Granted): boolean {
  return (type === 'Role' ? roles : groups).includes(id)
}
