/** Names in policies that a schema must have, wherever they stand. @module */

import type { PolicyJson, ScopeJson } from '../policy.ts'
import { isActionType, readUid } from '../read/plain.ts'
import type { Schema } from '../schema/schema.ts'
import type { EntityUid } from '../values/uid.ts'
import { TypeMistake } from './mistake.ts'

/** The first name that the schema does not have; also one that is never reached. */
export function findUnknownName(schema: Schema, policy: PolicyJson): TypeMistake | undefined {
  for (const uid of [...scopeUids(policy.principal), ...scopeUids(policy.resource), ...actionUids(policy), ...conditionUids(policy)]) {
    const unknown = unknownEntity(schema, uid)
    if (unknown !== undefined) return unknown
  }
  for (const type of [...scopeTypes(policy.principal), ...scopeTypes(policy.resource), ...conditionTypes(policy)]) {
    if (!schema.entityTypes.has(type) && !schema.actions.some(({ uid }) => uid.type === type)) return unknownType(type)
  }
  return undefined
}

function unknownEntity(schema: Schema, uid: EntityUid): TypeMistake | undefined {
  if (isActionType(uid.type)) {
    return schema.action(uid) === undefined ? new TypeMistake('type.action', `the schema has no action ${uid}`) : undefined
  }
  const declared = schema.entityTypes.get(uid.type)
  if (declared === undefined) return unknownType(uid.type)
  if (declared.ids?.has(uid.id) !== false) return undefined
  return new TypeMistake('type.entity', `the schema lists the entities of ${uid.type} without ${uid}`)
}

function unknownType(type: string): TypeMistake {
  return new TypeMistake('type.entity', `the schema has no entity type ${type}`)
}

function scopeUids(scope: ScopeJson): readonly EntityUid[] {
  const target = scope.op === 'is' ? scope.in : scope
  return target !== undefined && 'entity' in target ? [readUid(target.entity, [])] : []
}

function scopeTypes(scope: ScopeJson): readonly string[] {
  return scope.op === 'is' ? [scope.entity_type] : []
}

function actionUids({ action }: PolicyJson): readonly EntityUid[] {
  if ('entities' in action) return action.entities.map((uid) => readUid(uid, []))
  return 'entity' in action ? [readUid(action.entity, [])] : []
}

function conditionUids({ conditions }: PolicyJson): readonly EntityUid[] {
  return objectsIn(conditions).flatMap((object) => (Object.hasOwn(object, '__entity') ? [readUid(object, [])] : []))
}

/** Of `x is T`. */
function conditionTypes({ conditions }: PolicyJson): readonly string[] {
  return objectsIn(conditions).flatMap((object) => ('entity_type' in object && 'left' in object ? [String(object['entity_type'])] : []))
}

type AnyObject = Readonly<Record<string, unknown>>

/** Every object within some JSON, without recursion. */
function objectsIn(json: unknown): readonly AnyObject[] {
  const found: AnyObject[] = []
  const waiting = [json]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue
    if (!Array.isArray(next)) found.push(next as AnyObject)
    waiting.push(...Object.values(next as AnyObject))
  }
  return found
}
