/**
 * How names of a schema are looked up: first in the namespace that they stand
 * in, then in none, then among Cedar's own types; common types before entity
 * types.
 *
 * Source: https://docs.cedarpolicy.com/schema/human-readable-schema.html#schema-typeDeclarations
 *
 * @module
 */

import { member, readObject, refuseInput, type Path } from '../read/plain.ts'
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

/** What a name stands for. */
export type Named =
  | { readonly is: 'common'; readonly name: string; readonly namespace: string; readonly json: unknown }
  | { readonly is: 'type'; readonly type: Type }

/** Everything that a schema declares, by full name. */
export class Names {
  readonly #common = new Map<string, { readonly namespace: string; readonly json: unknown }>()
  readonly #entities = new Set<string>()

  constructor(schema: SchemaJson) {
    for (const [namespace, json] of Object.entries(readObject(schema, []))) {
      for (const [name, type] of membersOf(json, 'commonTypes', namespace)) {
        this.#common.set(qualify(name, namespace), { namespace, json: type })
      }
      for (const [name] of membersOf(json, 'entityTypes', namespace)) this.#entities.add(qualify(name, namespace))
    }
  }

  /** Looks up the name of a type that may be of any kind. */
  find(name: string, namespace: string, path: Path): Named {
    for (const full of candidates(name, namespace)) {
      const common = this.#common.get(full)
      if (common !== undefined) return { is: 'common', name: full, ...common }
      if (this.#entities.has(full)) return { is: 'type', type: { is: 'entity', name: full } }
    }
    const type = ownType(name.startsWith(own) ? name.slice(own.length) : name)
    return type === undefined ? refuseInput('input.name', path, `no type is called ${name}`) : { is: 'type', type }
  }

  /** The full name of an entity type. A common type does not hide it where only an entity type can stand. */
  entity(name: string, namespace: string, path: Path): string {
    const full = candidates(name, namespace).find((candidate) => this.#entities.has(candidate))
    return full ?? refuseInput('input.name', path, `no entity type is called ${name}`)
  }
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
