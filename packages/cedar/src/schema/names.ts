/**
 * How names of a schema are looked up: first in the namespace that they stand
 * in, then in none, then among Cedar's own types; common types before entity
 * types.
 *
 * Source: https://docs.cedarpolicy.com/schema/human-readable-schema.html#schema-typeDeclarations
 *
 * @module
 */

import { checkMembers, isActionType, member, readObject, readTypeName, refuseInput, type Path, type PlainObject } from '../read/plain.ts'
import { isPlainName } from '../text/quote.ts'
import { EntityUid } from '../values/uid.ts'
import type { SchemaJson } from './json.ts'
import type { ExtensionName, Type } from './type.ts'

/** Cedar's own types, which `__cedar::` names without doubt. */
const primitives: Readonly<Record<string, Type>> = {
  Bool: { is: 'bool' },
  Boolean: { is: 'bool' },
  Long: { is: 'long' },
  String: { is: 'string' },
}

const extensions: ReadonlySet<string> = new Set<ExtensionName>(['decimal', 'ipaddr', 'datetime', 'duration'])
const own = '__cedar::'
/** Common types cannot be called as what a type may be. */
const kinds: ReadonlySet<string> = new Set('Bool Boolean Long String Set Record Entity Extension'.split(' '))

/** What a name stands for. */
export type Named =
  | { readonly is: 'common'; readonly name: string; readonly namespace: string; readonly json: unknown }
  | { readonly is: 'type'; readonly type: Type }

/** Everything that a schema declares, by full name. */
export class Names {
  readonly #common = new Map<string, { readonly namespace: string; readonly json: unknown }>()
  readonly #entities = new Set<string>()
  readonly #actions = new Map<string, EntityUid>()

  constructor(schema: SchemaJson) {
    for (const [namespace, json] of Object.entries(readObject(schema, []))) {
      checkNamespace(readObject(json, [namespace]), namespace)
      for (const [name, type] of membersOf(json, 'commonTypes', namespace)) {
        if (kinds.has(name)) refuseInput('input.name', [namespace, 'commonTypes', name], 'a common type cannot be called that')
        this.#common.set(declared(name, namespace, 'commonTypes'), { namespace, json: type })
      }
      for (const [name] of membersOf(json, 'entityTypes', namespace)) {
        if (isActionType(name)) refuseInput('input.name', [namespace, 'entityTypes', name], 'actions alone are of that type')
        this.#entities.add(declared(name, namespace, 'entityTypes'))
      }
      for (const [name] of membersOf(json, 'actions', namespace)) {
        const uid = new EntityUid(qualify('Action', namespace), name)
        this.#actions.set(String(uid), uid)
      }
    }
    this.#checkHidden()
  }

  /** What stands in no namespace has no other of its name: within that namespace nobody could say which of the two is meant. */
  #checkHidden(): void {
    for (const names of [this.#common.keys(), this.#entities]) {
      for (const full of names) {
        const base = full.slice(full.lastIndexOf('::') + 2)
        if (full !== base && full.includes('::') && (this.#common.has(base) || this.#entities.has(base))) hides(full, base)
      }
    }
    for (const { type, id } of this.#actions.values()) {
      if (type !== 'Action' && this.#actions.has(String(new EntityUid('Action', id)))) hides(`${type}::${id}`, `Action::${id}`)
    }
  }

  /** Looks up the name of a type: a common type, one of Cedar's own, or, where that may be, an entity type. */
  find(name: string, mayBeEntity: boolean, namespace: string, path: Path): Named {
    for (const full of candidates(name, namespace)) {
      const common = this.#common.get(full)
      if (common !== undefined) return { is: 'common', name: full, ...common }
      if (mayBeEntity && this.#entities.has(full)) return { is: 'type', type: { is: 'entity', name: full } }
    }
    const type = ownType(name.startsWith(own) ? name.slice(own.length) : name)
    return type === undefined ? refuseInput('input.name', path, `no type is called ${name}`) : { is: 'type', type }
  }

  /** The full name of an entity type. A common type does not hide it where only an entity type can stand. */
  entity(name: string, namespace: string, path: Path): string {
    const full = candidates(name, namespace).find((candidate) => this.#entities.has(candidate))
    return full ?? refuseInput('input.name', path, `no entity type is called ${name}`)
  }

  /** A group of actions. */
  group(type: string, id: string, namespace: string, path: Path): EntityUid {
    const found = candidates(type, namespace).find((full) => this.#actions.has(String(new EntityUid(full, id))))
    return found === undefined ? refuseInput('input.name', path, `there is no action ${type}::${id}`) : new EntityUid(found, id)
  }

  extension(name: string, path: Path): Type {
    const type = ownType(name)
    return type?.is === 'extension' ? type : refuseInput('input.name', path, `no extension is called ${name}`)
  }
}

function checkNamespace(json: PlainObject, namespace: string): void {
  if (namespace !== '') readTypeName(namespace, [namespace])
  checkMembers(json, ['commonTypes', 'entityTypes', 'actions', 'annotations'], [namespace])
  for (const kind of ['entityTypes', 'actions']) {
    if (member(json, kind) === undefined) refuseInput('input.missing', [namespace, kind], 'a namespace says which there are')
  }
}

function hides(full: string, base: string): never {
  return refuseInput('input.duplicate', [], `${full} hides ${base}`)
}

/** The full name of what is declared. */
function declared(name: string, namespace: string, kind: string): string {
  return isPlainName(name) ? qualify(name, namespace) : refuseInput('input.name', [namespace, kind, name], 'no name of a type')
}

/** What a namespace declares of a kind, by name. */
export function membersOf(namespace: unknown, kind: string, name: string): readonly (readonly [string, unknown])[] {
  return Object.entries(readObject(member(readObject(namespace, [name]), kind) ?? {}, [name, kind]))
}

/** A name with its own namespace is full. */
function candidates(name: string, namespace: string): readonly string[] {
  if (name.startsWith(own)) return []
  return name.includes('::') || namespace === '' ? [name] : [qualify(name, namespace), name]
}

export function qualify(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}::${name}`
}

function ownType(name: string): Type | undefined {
  if (extensions.has(name)) return { is: 'extension', name: name as ExtensionName }
  return Object.hasOwn(primitives, name) ? primitives[name] : undefined
}
