/**
 * Values read by their type, so that what comes from outside can only become
 * what the schema says stands there: a text is a decimal where a decimal is
 * declared, and nothing else makes one.
 *
 * @module
 */

import { readExtension } from '../extensions/functions.ts'
import { member, readList, readObject, readText, readUid, refuseInput, type Path } from '../read/plain.ts'
import { mostMembers, readLong, readValue, reservedNames } from '../read/value.ts'
import type { EntityUid } from '../values/uid.ts'
import { CedarSet, kindOf, type CedarRecord, type Value } from '../values/value.ts'
import type { Schema } from './schema.ts'
import type { ExtensionName, RecordType, Type } from './type.ts'

/**
 * How the input is written. `plain` is for what comes from outside: an entity is `{ type, id }`, an extension value is
 * text, and Cedar's escapes are refused. `cedar` also takes the escapes of Cedar's JSON form.
 */
export type Dialect = 'plain' | 'cedar'

/** The constructor that reads the text of an extension type. */
const constructors: Readonly<Record<ExtensionName, string>> = {
  decimal: 'decimal',
  ipaddr: 'ip',
  datetime: 'datetime',
  duration: 'duration',
}

/** Reads values by their types in one schema and one dialect. Its recursion ends where the type does. */
export class TypedReader {
  readonly #schema: Schema
  readonly #dialect: Dialect

  constructor(schema: Schema, dialect: Dialect) {
    this.#schema = schema
    this.#dialect = dialect
  }

  value(json: unknown, type: Type, path: Path): Value {
    switch (type.is) {
      case 'bool':
        return typeof json === 'boolean' ? json : refuseInput('input.type', path, 'true or false is expected')
      case 'long':
        return readLong(json, path)
      case 'string':
        return readText(json, path)
      case 'set':
        return this.#set(json, type.element, path)
      case 'record':
        return this.record(json, type, path)
      case 'entity':
        return this.entity(json, type.name, path)
      case 'extension':
      default:
        return this.#extension(json, type.name, path)
    }
  }

  /** A record with the members that its type declares, and no others. */
  record(json: unknown, { attributes }: RecordType, path: Path): CedarRecord {
    const object = readObject(json, path)
    for (const name of Object.keys(object)) {
      if (reservedNames.has(name)) refuseInput('input.reserved', path, `${name} is reserved`)
      if (!attributes.has(name)) refuseInput('input.name', [...path, name], 'the schema has no such member')
    }
    const record = new Map<string, Value>()
    for (const [name, { type, isRequired }] of attributes) {
      const value = member(object, name)
      if (value !== undefined) record.set(name, this.value(value, type, [...path, name]))
      else if (isRequired) refuseInput('input.missing', [...path, name], 'the schema requires it')
    }
    return record
  }

  /** Tags: any names, with values of one type. */
  tags(json: unknown, type: Type | undefined, path: Path): CedarRecord {
    const members = Object.entries(readObject(json, path))
    if (members.length > mostMembers) refuseInput('input.size', path, `more than ${mostMembers} tags`)
    const [first] = members
    if (first !== undefined && type === undefined) refuseInput('input.name', [...path, first[0]], 'the schema has no tags here')
    return new Map(members.map(([name, value]) => [readText(name, path), this.value(value, type as Type, [...path, name])]))
  }

  entity(json: unknown, type: string, path: Path): EntityUid {
    const uid = this.uid(json, path)
    return uid.type === type ? uid : refuseInput('input.type', path, `an entity of ${type} is expected`)
  }

  /** An entity of a type that the schema declares, and one of its ids where it lists them. */
  uid(json: unknown, path: Path): EntityUid {
    const object = readObject(json, path)
    if (this.#dialect === 'plain' && Object.hasOwn(object, '__entity')) refuseInput('input.reserved', path, '__entity is reserved')
    const uid = readUid(object, path)
    const declared = this.#schema.entityTypes.get(uid.type)
    if (declared === undefined) {
      if (this.#schema.action(uid) === undefined) refuseInput('input.name', path, `the schema has no entity type ${uid.type}`)
    } else if (declared.ids?.has(uid.id) === false)
      refuseInput('input.name', path, `the schema lists the entities of ${uid.type} without this one`)
    return uid
  }

  #set(json: unknown, element: Type, path: Path): CedarSet {
    const members = readList(json, path)
    if (members.length > mostMembers) refuseInput('input.size', path, `more than ${mostMembers} members`)
    return new CedarSet(members.map((value, at) => this.value(value, element, [...path, at])))
  }

  #extension(json: unknown, name: ExtensionName, path: Path): Value {
    if (typeof json === 'string') return readExtension(constructors[name], json) ?? refuseInput('input.extension', path, `no ${name}`)
    if (this.#dialect === 'plain') return refuseInput('input.type', path, `a ${name} is expected, as text`)
    const value = readValue(json, path)
    return kindOf(value) === name ? value : refuseInput('input.type', path, `a ${name} is expected`)
  }
}
