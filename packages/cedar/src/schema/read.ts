/** Reads a schema in Cedar's JSON form. @module */

import { member, readList, readObject, readText, refuseInput, type Path, type PlainObject } from '../read/plain.ts'
import { EntityUid } from '../values/uid.ts'
import type { ActionJson, SchemaJson } from './json.ts'
import { Names, qualify } from './names.ts'
import { Schema, type Action, type EntityType } from './schema.ts'
import { emptyRecordType, type Attribute, type RecordType, type Type } from './type.ts'

/** Deeper than types that people write; bounds every walk along a type. */
const deepestType = 64

/** Reads a schema. Throws {@link InputError} at the first name that nothing has, and at a type or group that is in itself. */
export function readSchema(json: SchemaJson): Schema {
  const reader = new SchemaReader(new Names(json))
  const entityTypes = new Map<string, EntityType>()
  const actions: Action[] = []
  for (const [namespace, declared] of Object.entries(json)) {
    for (const [name, type] of Object.entries(declared.entityTypes)) {
      const read = reader.entityType(qualify(name, namespace), readObject(type, [namespace, name]), namespace)
      entityTypes.set(read.name, read)
    }
    for (const [name, action] of Object.entries(declared.actions)) actions.push(reader.action(name, action, namespace))
  }
  const schema = new Schema(entityTypes, actions)
  checkGroups(schema)
  return schema
}

class SchemaReader {
  readonly #names: Names
  /** Common types that are being read: one that is met again is in itself. */
  readonly #underWay = new Set<string>()

  constructor(names: Names) {
    this.#names = names
  }

  entityType(name: string, json: PlainObject, namespace: string): EntityType {
    const ids = member(json, 'enum')
    const tags = member(json, 'tags')
    const shape = member(json, 'shape')
    const memberOf = readList(member(json, 'memberOfTypes') ?? [], [name, 'memberOfTypes'])
    return {
      name,
      shape: shape === undefined ? emptyRecordType : this.#record(shape, namespace, [name, 'shape']),
      tags: tags === undefined ? undefined : this.#type(tags, namespace, [name, 'tags'], 0),
      memberOf: new Set(memberOf.map((type) => this.#names.entity(readText(type, [name]), namespace, [name, 'memberOfTypes']))),
      ids: ids === undefined ? undefined : new Set(readList(ids, [name, 'enum']).map((id) => readText(id, [name, 'enum']))),
      annotations: readAnnotations(json),
    }
  }

  action(name: string, json: ActionJson, namespace: string): Action {
    const path = [namespace, name]
    const appliesTo = json.appliesTo
    const types = (names: readonly string[]): ReadonlySet<string> => new Set(names.map((type) => this.#names.entity(type, namespace, path)))
    return {
      uid: new EntityUid(qualify('Action', namespace), name),
      memberOf: (json.memberOf ?? []).map(({ id, type }) => new EntityUid(actionType(type, namespace), id)),
      principals: types(appliesTo?.principalTypes ?? []),
      resources: types(appliesTo?.resourceTypes ?? []),
      context: appliesTo?.context === undefined ? emptyRecordType : this.#record(appliesTo.context, namespace, [...path, 'context']),
      annotations: readAnnotations(json as PlainObject),
    }
  }

  #record(json: unknown, namespace: string, path: Path): RecordType {
    const type = this.#type(json, namespace, path, 0)
    return type.is === 'record' ? type : refuseInput('input.type', path, 'a record is expected')
  }

  #type(json: unknown, namespace: string, path: Path, depth: number): Type {
    if (depth > deepestType) return refuseInput('input.depth', path, `nested deeper than ${deepestType} levels`)
    const object = readObject(json, path)
    const kind = readText(member(object, 'type'), [...path, 'type'])
    switch (kind) {
      case 'Set':
        return { is: 'set', element: this.#type(member(object, 'element'), namespace, [...path, 'element'], depth + 1) }
      case 'Record':
        return this.#attributes(object, namespace, path, depth)
      case 'Entity':
        return { is: 'entity', name: this.#names.entity(readText(member(object, 'name'), path), namespace, path) }
      case 'Extension':
        return this.#named(`__cedar::${readText(member(object, 'name'), path)}`, namespace, path, depth)
      case 'EntityOrCommon':
        return this.#named(readText(member(object, 'name'), path), namespace, path, depth)
      case 'String':
      case 'Long':
      case 'Boolean':
        return this.#named(`__cedar::${kind}`, namespace, path, depth)
      default:
        return this.#named(kind, namespace, path, depth)
    }
  }

  #attributes(object: PlainObject, namespace: string, path: Path, depth: number): RecordType {
    if (member(object, 'additionalAttributes') === true) refuseInput('input.type', path, 'records with more than is declared are not taken')
    const attributes = new Map<string, Attribute>()
    for (const [name, attribute] of Object.entries(readObject(member(object, 'attributes') ?? {}, path))) {
      const at = [...path, name]
      const declared = readObject(attribute, at)
      attributes.set(name, {
        type: this.#type(declared, namespace, at, depth + 1),
        isRequired: member(declared, 'required') !== false,
        annotations: readAnnotations(declared),
      })
    }
    return { is: 'record', attributes }
  }

  #named(name: string, namespace: string, path: Path, depth: number): Type {
    const named = this.#names.find(name, namespace, path)
    if (named.is === 'type') return named.type
    if (this.#underWay.has(named.name)) return refuseInput('input.cycle', path, `the type ${named.name} is in itself`)
    this.#underWay.add(named.name)
    const type = this.#type(named.json, named.namespace, [...path, named.name], depth + 1)
    this.#underWay.delete(named.name)
    return type
  }
}

/** The type of a group: of the same namespace unless it is named. */
function actionType(type: string | undefined, namespace: string): string {
  return type ?? qualify('Action', namespace)
}

function readAnnotations(json: PlainObject): ReadonlyMap<string, string> {
  const annotations = Object.entries(readObject(member(json, 'annotations') ?? {}, ['annotations']))
  return new Map(annotations.map(([name, value]) => [name, value === null ? '' : readText(value, ['annotations', name])]))
}

/** Every group is declared, and none is in itself. */
function checkGroups(schema: Schema): void {
  const cleared = new Set<Action>()
  const walk = (action: Action, trail: readonly Action[]): void => {
    if (trail.includes(action)) refuseInput('input.cycle', [], `${action.uid} is in itself`)
    if (trail.length > deepestType) refuseInput('input.depth', [], `${action.uid} is in groups deeper than ${deepestType} levels`)
    if (cleared.has(action)) return
    for (const uid of action.memberOf) {
      walk(schema.action(uid) ?? refuseInput('input.name', [], `there is no action ${uid}`), [...trail, action])
    }
    cleared.add(action)
  }
  for (const action of schema.actions) walk(action, [])
}
