/** Reads a schema in Cedar's JSON form. @module */

import { member, readList, readObject, readText, refuseInput, type Path, type PlainObject } from '../read/plain.ts'
import { EntityUid } from '../values/uid.ts'
import type { SchemaJson } from './json.ts'
import { membersOf, Names, qualify } from './names.ts'
import { Schema, type Action, type EntityType } from './schema.ts'
import { emptyRecordType, type Attribute, type RecordType, type Type } from './type.ts'

/** Deeper than types that people write; bounds every walk along a type. */
const deepestType = 64

/** Reads a schema. Throws {@link InputError} at the first name that nothing has, and at a type or group that is in itself. */
export function readSchema(json: SchemaJson): Schema {
  const reader = new SchemaReader(new Names(json))
  const entityTypes = new Map<string, EntityType>()
  const actions: Action[] = []
  for (const [namespace, declared] of Object.entries(readObject(json, []))) {
    for (const [name] of membersOf(declared, 'commonTypes', namespace)) reader.commonType(name, namespace)
    for (const [name, type] of membersOf(declared, 'entityTypes', namespace)) {
      const read = reader.entityType(qualify(name, namespace), readObject(type, [namespace, name]), namespace)
      entityTypes.set(read.name, read)
    }
    for (const [name, action] of membersOf(declared, 'actions', namespace)) {
      actions.push(reader.action(name, readObject(action, [namespace, name]), namespace))
    }
  }
  const schema = new Schema(entityTypes, actions)
  checkGroups(schema)
  return schema
}

/** A type, and how many levels it has: what is named counts as one. */
interface Sized {
  readonly type: Type
  readonly height: number
}

class SchemaReader {
  readonly #names: Names
  /** Common types that have been read, once each: two names of a type in each of a row of types would be as many as their power. */
  readonly #common = new Map<string, Sized>()
  /** Common types that are being read: one that is met again is in itself. */
  readonly #underWay = new Set<string>()

  constructor(names: Names) {
    this.#names = names
  }

  /** Reads a common type, which must be well even when nothing has it. */
  commonType(name: string, namespace: string): void {
    this.#named(qualify(name, namespace), namespace, [namespace, name], 0)
  }

  entityType(name: string, json: PlainObject, namespace: string): EntityType {
    const ids = member(json, 'enum')
    const tags = member(json, 'tags')
    const shape = member(json, 'shape')
    const memberOf = readList(member(json, 'memberOfTypes') ?? [], [name, 'memberOfTypes'])
    return {
      name,
      shape: shape === undefined ? emptyRecordType : this.#record(shape, namespace, [name, 'shape']),
      tags: tags === undefined ? undefined : this.#type(tags, namespace, [name, 'tags'], 0).type,
      memberOf: new Set(memberOf.map((type) => this.#names.entity(readText(type, [name]), namespace, [name, 'memberOfTypes']))),
      ids: ids === undefined ? undefined : new Set(readList(ids, [name, 'enum']).map((id) => readText(id, [name, 'enum']))),
      annotations: readAnnotations(json),
    }
  }

  action(name: string, json: PlainObject, namespace: string): Action {
    const path = [namespace, name]
    const appliesTo = readObject(member(json, 'appliesTo') ?? {}, [...path, 'appliesTo'])
    const context = member(appliesTo, 'context')
    return {
      uid: new EntityUid(qualify('Action', namespace), name),
      memberOf: readList(member(json, 'memberOf') ?? [], [...path, 'memberOf']).map((group) => readGroup(group, namespace, path)),
      principals: this.#entityTypes(member(appliesTo, 'principalTypes'), namespace, [...path, 'principalTypes']),
      resources: this.#entityTypes(member(appliesTo, 'resourceTypes'), namespace, [...path, 'resourceTypes']),
      context: context === undefined ? emptyRecordType : this.#record(context, namespace, [...path, 'context']),
      annotations: readAnnotations(json),
    }
  }

  #entityTypes(json: unknown, namespace: string, path: Path): ReadonlySet<string> {
    return new Set(readList(json ?? [], path).map((type) => this.#names.entity(readText(type, path), namespace, path)))
  }

  #record(json: unknown, namespace: string, path: Path): RecordType {
    const { type } = this.#type(json, namespace, path, 0)
    return type.is === 'record' ? type : refuseInput('input.type', path, 'a record is expected')
  }

  #type(json: unknown, namespace: string, path: Path, depth: number): Sized {
    const sized = this.#typeOf(json, namespace, path, depth)
    return depth + sized.height > deepestType ? refuseInput('input.depth', path, `nested deeper than ${deepestType} levels`) : sized
  }

  #typeOf(json: unknown, namespace: string, path: Path, depth: number): Sized {
    if (depth > deepestType) return refuseInput('input.depth', path, `nested deeper than ${deepestType} levels`)
    const object = readObject(json, path)
    const kind = readText(member(object, 'type'), [...path, 'type'])
    switch (kind) {
      case 'Set': {
        const { type, height } = this.#type(member(object, 'element'), namespace, [...path, 'element'], depth + 1)
        return { type: { is: 'set', element: type }, height: height + 1 }
      }
      case 'Record':
        return this.#attributes(object, namespace, path, depth)
      case 'Entity':
        return { type: { is: 'entity', name: this.#names.entity(readText(member(object, 'name'), path), namespace, path) }, height: 0 }
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

  #attributes(object: PlainObject, namespace: string, path: Path, depth: number): Sized {
    if (member(object, 'additionalAttributes') === true) refuseInput('input.type', path, 'records with more than is declared are not taken')
    const attributes = new Map<string, Attribute>()
    let highest = 0
    for (const [name, attribute] of Object.entries(readObject(member(object, 'attributes') ?? {}, path))) {
      const at = [...path, name]
      const declared = readObject(attribute, at)
      const { type, height } = this.#type(declared, namespace, at, depth + 1)
      highest = Math.max(highest, height)
      attributes.set(name, {
        type,
        isRequired: member(declared, 'required') !== false,
        annotations: readAnnotations(declared),
      })
    }
    return { type: { is: 'record', attributes }, height: highest + 1 }
  }

  #named(name: string, namespace: string, path: Path, depth: number): Sized {
    const named = this.#names.find(name, namespace, path)
    if (named.is === 'type') return { type: named.type, height: 0 }
    const known = this.#common.get(named.name)
    if (known !== undefined) return known
    if (this.#underWay.has(named.name)) return refuseInput('input.cycle', path, `the type ${named.name} is in itself`)
    this.#underWay.add(named.name)
    const { type, height } = this.#type(named.json, named.namespace, [...path, named.name], depth + 1)
    this.#underWay.delete(named.name)
    const sized = { type, height: height + 1 }
    this.#common.set(named.name, sized)
    return sized
  }
}

/** A group: of the same namespace unless its type is named. */
function readGroup(json: unknown, namespace: string, path: Path): EntityUid {
  const group = readObject(json, [...path, 'memberOf'])
  const type = member(group, 'type')
  return new EntityUid(
    type === undefined ? qualify('Action', namespace) : readText(type, [...path, 'memberOf']),
    readText(member(group, 'id'), [...path, 'memberOf']),
  )
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
