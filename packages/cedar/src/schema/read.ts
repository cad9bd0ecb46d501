/** Reads a schema in Cedar's JSON form. @module */

import { checkMembers, member, readList, readObject, readText, refuseInput, type Path, type PlainObject } from '../read/plain.ts'
import { EntityUid } from '../values/uid.ts'
import type { SchemaJson } from './json.ts'
import { isName } from '../text/quote.ts'
import { membersOf, Names, qualify } from './names.ts'
import { Schema, type Action, type EntityType } from './schema.ts'
import { emptyRecordType, type Attribute, type RecordType, type Type } from './type.ts'

/** Deeper than types that people write; bounds every walk along a type. */
const deepestType = 64

/** What a type has beside its kind. */
const membersByKind: ReadonlyMap<string, readonly string[]> = new Map([
  ['Set', ['element']],
  ['Record', ['attributes', 'additionalAttributes']],
  ['Entity', ['name']],
  ['Extension', ['name']],
  ['EntityOrCommon', ['name']],
])

/**
 * Reads a schema. Throws {@link InputError} at the first member that does not belong there, at a name that nothing has,
 * and at a type or group that is in itself.
 */
export function readSchema(json: SchemaJson): Schema {
  const reader = new SchemaReader(new Names(json))
  const entityTypes = new Map<string, EntityType>()
  const actions: Action[] = []
  for (const [namespace, declared] of Object.entries(readObject(json, []))) {
    readAnnotations(readObject(declared, [namespace]), [namespace])
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
    this.#named(qualify(name, namespace), false, namespace, [namespace, name], 0)
  }

  entityType(name: string, json: PlainObject, namespace: string): EntityType {
    const isEnumeration = Object.hasOwn(json, 'enum')
    checkMembers(json, isEnumeration ? ['enum', 'annotations'] : ['memberOfTypes', 'shape', 'tags', 'annotations'], [name])
    const ids = member(json, 'enum')
    const tags = member(json, 'tags')
    const shape = member(json, 'shape')
    const memberOf = readList(member(json, 'memberOfTypes') ?? [], [name, 'memberOfTypes'])
    return {
      name,
      shape: shape === undefined ? emptyRecordType : this.#record(shape, namespace, [name, 'shape']),
      tags: tags === undefined ? undefined : this.#type(tags, namespace, [name, 'tags'], 0).type,
      memberOf: new Set(
        memberOf.map((type) => this.#names.entity(readText(type, [name, 'memberOfTypes']), namespace, [name, 'memberOfTypes'])),
      ),
      ids: isEnumeration ? readIds(ids, [name, 'enum']) : undefined,
      annotations: readAnnotations(json, [name]),
    }
  }

  action(name: string, json: PlainObject, namespace: string): Action {
    const path = [namespace, name]
    checkMembers(json, ['memberOf', 'appliesTo', 'annotations'], path)
    const appliesTo = readObject(member(json, 'appliesTo') ?? { principalTypes: [], resourceTypes: [] }, [...path, 'appliesTo'])
    checkMembers(appliesTo, ['principalTypes', 'resourceTypes', 'context'], [...path, 'appliesTo'])
    const context = member(appliesTo, 'context')
    return {
      uid: new EntityUid(qualify('Action', namespace), name),
      memberOf: readList(member(json, 'memberOf') ?? [], [...path, 'memberOf']).map((group) =>
        this.#group(group, namespace, [...path, 'memberOf']),
      ),
      principals: this.#entityTypes(member(appliesTo, 'principalTypes'), namespace, [...path, 'principalTypes']),
      resources: this.#entityTypes(member(appliesTo, 'resourceTypes'), namespace, [...path, 'resourceTypes']),
      context: context === undefined ? emptyRecordType : this.#record(context, namespace, [...path, 'context']),
      annotations: readAnnotations(json, path),
    }
  }

  /** A group: of the same namespace, or of none, unless its type is named. */
  #group(json: unknown, namespace: string, path: Path): EntityUid {
    const group = readObject(json, path)
    checkMembers(group, ['id', 'type'], path)
    return this.#names.group(readText(member(group, 'type') ?? 'Action', path), readText(member(group, 'id'), path), namespace, path)
  }

  #entityTypes(json: unknown, namespace: string, path: Path): ReadonlySet<string> {
    return new Set(readList(json, path).map((type) => this.#names.entity(readText(type, path), namespace, path)))
  }

  #record(json: unknown, namespace: string, path: Path): RecordType {
    const { type } = this.#type(json, namespace, path, 0)
    return type.is === 'record' ? type : refuseInput('input.type', path, 'a record is expected')
  }

  /** What stands beside a type, as an attribute's `required`, is named. */
  #type(json: unknown, namespace: string, path: Path, depth: number, besides: readonly string[] = []): Sized {
    const sized = this.#typeOf(json, namespace, path, depth, besides)
    return depth + sized.height > deepestType ? refuseInput('input.depth', path, `nested deeper than ${deepestType} levels`) : sized
  }

  #typeOf(json: unknown, namespace: string, path: Path, depth: number, besides: readonly string[]): Sized {
    if (depth > deepestType) return refuseInput('input.depth', path, `nested deeper than ${deepestType} levels`)
    const object = readObject(json, path)
    const kind = readText(member(object, 'type'), [...path, 'type'])
    checkMembers(object, ['type', ...(membersByKind.get(kind) ?? []), ...besides], path)
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
        return { type: this.#names.extension(readText(member(object, 'name'), path), path), height: 0 }
      case 'EntityOrCommon':
        return this.#named(readText(member(object, 'name'), path), true, namespace, path, depth)
      case 'String':
      case 'Long':
      case 'Boolean':
        return this.#named(`__cedar::${kind}`, false, namespace, path, depth)
      default:
        return this.#named(kind, false, namespace, path, depth)
    }
  }

  #attributes(object: PlainObject, namespace: string, path: Path, depth: number): Sized {
    if (readFlag(member(object, 'additionalAttributes'), false, path))
      refuseInput('input.type', path, 'records with more than is declared are not taken')
    const attributes = new Map<string, Attribute>()
    let highest = 0
    for (const [name, attribute] of Object.entries(readObject(member(object, 'attributes'), [...path, 'attributes']))) {
      const at = [...path, name]
      const declared = readObject(attribute, at)
      const { type, height } = this.#type(declared, namespace, at, depth + 1, ['required', 'annotations'])
      highest = Math.max(highest, height)
      attributes.set(name, {
        type,
        isRequired: readFlag(member(declared, 'required'), true, at),
        annotations: readAnnotations(declared, at),
      })
    }
    return { type: { is: 'record', attributes }, height: highest + 1 }
  }

  #named(name: string, mayBeEntity: boolean, namespace: string, path: Path, depth: number): Sized {
    const named = this.#names.find(name, mayBeEntity, namespace, path)
    if (named.is === 'type') return { type: named.type, height: 0 }
    const known = this.#common.get(named.name)
    if (known !== undefined) return known
    if (this.#underWay.has(named.name)) return refuseInput('input.cycle', path, `the type ${named.name} is in itself`)
    this.#underWay.add(named.name)
    const at = [...path, named.name]
    readAnnotations(readObject(named.json, at), at)
    const { type, height } = this.#type(named.json, named.namespace, at, depth + 1, ['annotations'])
    this.#underWay.delete(named.name)
    const sized = { type, height: height + 1 }
    this.#common.set(named.name, sized)
    return sized
  }
}

function readIds(json: unknown, path: Path): ReadonlySet<string> {
  const ids = readList(json, path).map((id) => readText(id, path))
  return ids.length > 0 ? new Set(ids) : refuseInput('input.missing', path, 'an enumeration has at least one id')
}

function readFlag(json: unknown, otherwise: boolean, path: Path): boolean {
  if (json === undefined) return otherwise
  return typeof json === 'boolean' ? json : refuseInput('input.type', path, 'true or false is expected')
}

function readAnnotations(json: PlainObject, path: Path): ReadonlyMap<string, string> {
  const at = [...path, 'annotations']
  const annotations = Object.entries(readObject(member(json, 'annotations') ?? {}, at))
  return new Map(
    annotations.map(([name, value]) => {
      if (!isName(name)) refuseInput('input.name', [...at, name], 'no name of an annotation')
      return [name, value === null ? '' : readText(value, [...at, name])]
    }),
  )
}

/** No group is in itself. */
function checkGroups(schema: Schema): void {
  const cleared = new Set<Action>()
  const walk = (action: Action, trail: readonly Action[]): void => {
    if (trail.includes(action)) refuseInput('input.cycle', [], `${action.uid} is in itself`)
    if (trail.length > deepestType) refuseInput('input.depth', [], `${action.uid} is in groups deeper than ${deepestType} levels`)
    if (cleared.has(action)) return
    for (const uid of action.memberOf) walk(schema.action(uid) as Action, [...trail, action])
    cleared.add(action)
  }
  for (const action of schema.actions) walk(action, [])
}
