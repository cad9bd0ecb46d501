/** Requests and entities, read by a schema. @module */

import type { Request } from '../authorize.ts'
import type { Entity } from '../entities/store.ts'
import { member, readList, readObject, refuseInput, type Path } from '../read/plain.ts'
import type { EntityUid } from '../values/uid.ts'
import type { Action, Schema } from './schema.ts'
import type { RecordType } from './type.ts'
import { TypedReader, type Dialect } from './typed-value.ts'

const nothing: ReadonlyMap<string, never> = new Map<string, never>()

/** The actions of a schema as entities: groups are what they are in. */
export function actionEntities(schema: Schema): readonly Entity[] {
  return schema.actions.map(({ uid, memberOf }) => ({ uid, parents: memberOf, attributes: nothing, tags: nothing }))
}

/**
 * Reads `{ principal, action, resource, context }`. Throws {@link InputError} when the action does not apply to such a
 * principal or resource, or the context is not as the action declares it.
 */
export function readRequest(schema: Schema, json: unknown, dialect: Dialect = 'plain'): Request {
  const reader = new TypedReader(schema, dialect)
  const object = readObject(json, [])
  const action = reader.uid(member(object, 'action'), ['action'])
  const declared = schema.action(action) ?? refuseInput('input.name', ['action'], `the schema has no action ${action}`)
  return {
    principal: readOneOf(reader, declared.principals, member(object, 'principal'), 'principal'),
    action,
    resource: readOneOf(reader, declared.resources, member(object, 'resource'), 'resource'),
    context: reader.record(member(object, 'context') ?? {}, declared.context, ['context']),
  }
}

function readOneOf(reader: TypedReader, types: Action['principals'], json: unknown, name: string): EntityUid {
  const uid = reader.uid(json, [name])
  return types.has(uid.type) ? uid : refuseInput('input.type', [name], `the action does not apply to a ${uid.type}`)
}

/** Entities read at once, at most. */
export const mostEntities: number = 10_000_000

/** Reads `[{ uid, attrs, parents, tags }]`. Actions are the schema's to declare: one that is given must be as it is there, and is left out. */
export function readEntities(schema: Schema, json: unknown, dialect: Dialect = 'plain'): readonly Entity[] {
  return readEntitiesWhere(schema, json, dialect, () => false)
}

/** As {@link readEntities}; of some entities attributes may be left out that the schema requires. */
export function readEntitiesWhere(
  schema: Schema,
  json: unknown,
  dialect: Dialect,
  isPartial: (uid: EntityUid) => boolean,
): readonly Entity[] {
  const list = readList(json, [])
  if (list.length > mostEntities) refuseInput('input.size', [], `more than ${mostEntities} entities`)
  const reader = new EntityReader(schema, dialect, isPartial)
  return list.flatMap((entity, at) => reader.entity(entity, [at]))
}

class EntityReader {
  readonly #schema: Schema
  readonly #values: TypedReader
  readonly #isPartial: (uid: EntityUid) => boolean

  constructor(schema: Schema, dialect: Dialect, isPartial: (uid: EntityUid) => boolean) {
    this.#schema = schema
    this.#isPartial = isPartial
    this.#values = new TypedReader(schema, dialect)
  }

  entity(json: unknown, path: Path): readonly Entity[] {
    const object = readObject(json, path)
    const uid = this.#values.uid(member(object, 'uid'), [...path, 'uid'])
    const parents = readList(member(object, 'parents') ?? [], [...path, 'parents']).map((parent, at) =>
      this.#values.uid(parent, [...path, 'parents', at]),
    )
    const action = this.#schema.action(uid)
    if (action !== undefined) return this.#checkAction(action, parents, path)
    const type = this.#schema.entityTypes.get(uid.type)
    if (type === undefined) return refuseInput('input.name', [...path, 'uid'], `the schema has no entity type ${uid.type}`)
    const above = this.#schema.typesAbove(type.name)
    for (const [at, parent] of parents.entries()) {
      if (!above.has(parent.type)) refuseInput('input.type', [...path, 'parents', at], `a ${uid.type} is in no ${parent.type}`)
    }
    const attributes = this.#values.record(member(object, 'attrs') ?? {}, this.#isPartial(uid) ? partial(type.shape) : type.shape, [
      ...path,
      'attrs',
    ])
    return [{ uid, parents, attributes, tags: this.#values.tags(member(object, 'tags') ?? {}, type.tags, [...path, 'tags']) }]
  }

  /** It may name groups that it is in through others. */
  #checkAction({ uid }: Action, parents: readonly EntityUid[], path: Path): readonly Entity[] {
    const isDeclared = parents.every((parent) => !parent.equals(uid) && this.#schema.isActionIn(uid, parent))
    return isDeclared ? [] : refuseInput('input.type', [...path, 'parents'], `${uid} is not in these groups`)
  }
}

/** The same record, of which everything may be absent. */
function partial({ attributes }: RecordType): RecordType {
  return { is: 'record', attributes: new Map([...attributes].map(([name, attribute]) => [name, { ...attribute, isRequired: false }])) }
}
