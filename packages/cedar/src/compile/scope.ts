/** Scopes of policies: which principals, actions and resources a policy is about. @module */

import type { PolicyJson, Slot } from '../policy.ts'
import type { EntitySource } from '../entities/source.ts'
import {
  isActionType,
  member,
  readList,
  readObject,
  readTypeName,
  readUid,
  refuseInput,
  type Path,
  type PlainObject,
} from '../read/plain.ts'
import type { EntityUid } from '../values/uid.ts'

/** Which principals or resources: all, one, those in one, those of a type, or those of a type that are in one. */
export type Scope =
  | { readonly is: 'any' }
  | { readonly is: 'equal'; readonly uid: EntityUid }
  | { readonly is: 'in'; readonly uid: EntityUid }
  | { readonly is: 'type'; readonly type: string }
  | { readonly is: 'type in'; readonly type: string; readonly uid: EntityUid }

/** Which actions: all, one, or those that are in one of several. */
export type ActionScope =
  { readonly is: 'any' } | { readonly is: 'equal'; readonly uid: EntityUid } | { readonly is: 'in'; readonly uids: readonly EntityUid[] }

/** What stands for a slot: the entity that a link gives it. */
export type Slots = Readonly<Partial<Record<Slot, EntityUid>>>

/** Reads the scope of a principal or of a resource, with what a link put in its slot. */
export function readScope(json: unknown, slot: Slot, slots: Slots, path: Path): Scope {
  const scope = readObject(json, path)
  switch (member(scope, 'op')) {
    case 'All':
      return { is: 'any' }
    case '==':
      return { is: 'equal', uid: readTarget(scope, slot, slots, path) }
    case 'in':
      return { is: 'in', uid: readTarget(scope, slot, slots, path) }
    case 'is': {
      const type = readTypeName(member(scope, 'entity_type'), [...path, 'entity_type'])
      const within = member(scope, 'in')
      if (within === undefined) return { is: 'type', type }
      return { is: 'type in', type, uid: readTarget(readObject(within, [...path, 'in']), slot, slots, [...path, 'in']) }
    }
    default:
      return refuseInput('input.name', [...path, 'op'], 'no operator of a scope')
  }
}

function readTarget(object: PlainObject, slot: Slot, slots: Slots, path: Path): EntityUid {
  const named = member(object, 'slot')
  if (named === undefined) return readUid(member(object, 'entity'), [...path, 'entity'])
  if (named !== slot) return refuseInput('input.name', [...path, 'slot'], `the slot here is ${slot}`)
  return slots[slot] ?? refuseInput('input.missing', [...path, 'slot'], `nothing is linked to ${slot}`)
}

export function readActionScope(json: unknown, path: Path): ActionScope {
  const scope = readObject(json, path)
  switch (member(scope, 'op')) {
    case 'All':
      return { is: 'any' }
    case '==':
      return { is: 'equal', uid: readAction(member(scope, 'entity'), [...path, 'entity']) }
    case 'in': {
      const several = member(scope, 'entities')
      if (several === undefined) return { is: 'in', uids: [readAction(member(scope, 'entity'), [...path, 'entity'])] }
      return { is: 'in', uids: readList(several, [...path, 'entities']).map((uid, at) => readAction(uid, [...path, 'entities', at])) }
    }
    default:
      return refuseInput('input.name', [...path, 'op'], 'no operator of a scope')
  }
}

function readAction(json: unknown, path: Path): EntityUid {
  const uid = readUid(json, path)
  return isActionType(uid.type) ? uid : refuseInput('input.name', path, `${uid.type} is no type of actions`)
}

/** The slots that a template leaves open; a policy has none. */
export function slotsOf(json: PolicyJson, path: Path = []): readonly Slot[] {
  const policy = readObject(json, path)
  return (['principal', 'resource'] as const).flatMap((name) => {
    const scope = readObject(member(policy, name), [...path, name])
    const within = member(scope, 'op') === 'is' ? (member(scope, 'in') ?? {}) : scope
    const slot = member(readObject(within, [...path, name, 'in']), 'slot')
    return slot === undefined ? [] : [slot as Slot]
  })
}

/** Whether a scope fits an entity. The index answers this for all policies at once. */
export function fits(scope: Scope, uid: EntityUid, entities: EntitySource): boolean {
  switch (scope.is) {
    case 'any':
      return true
    case 'equal':
      return scope.uid.equals(uid)
    case 'in':
      return entities.isIn(uid, scope.uid)
    case 'type':
      return scope.type === uid.type
    case 'type in':
    default:
      return scope.type === uid.type && entities.isIn(uid, scope.uid)
  }
}

/** Whether a scope fits an action. */
export function fitsAction(scope: ActionScope, action: EntityUid, entities: EntitySource): boolean {
  if (scope.is === 'in') return scope.uids.some((uid) => entities.isIn(action, uid))
  return scope.is === 'any' || scope.uid.equals(action)
}
