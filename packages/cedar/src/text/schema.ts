/**
 * Schemas in Cedar's text, read into its JSON form.
 *
 * Source: https://docs.cedarpolicy.com/schema/human-readable-schema-grammar.html
 *
 * @module
 */

import type { ActionJson, Annotations, AttributeJson, EntityTypeJson, NamespaceJson, SchemaJson, TypeJson } from '../schema/json.ts'
import { readEntity, readPath } from './names.ts'
import { TokenReader } from './reader.ts'
import { unescapeString } from './unescape.ts'

interface Declared {
  readonly commonTypes: Map<string, TypeJson>
  readonly entityTypes: Map<string, EntityTypeJson>
  readonly actions: Map<string, ActionJson>
  annotations: Annotations | undefined
}

/** Reads a schema's text. Throws {@link InputError} `input.syntax` at the first mistake; names are not looked up. */
export function readSchemaText(text: string): SchemaJson {
  return new SchemaTextReader(new TokenReader(text)).schema()
}

/** Deeper than types that people write. */
const deepestType = 64

class SchemaTextReader {
  readonly #tokens: TokenReader
  readonly #namespaces = new Map<string, Declared>()
  #depth = 0

  constructor(tokens: TokenReader) {
    this.#tokens = tokens
  }

  schema(): SchemaJson {
    while (this.#tokens.next.kind !== 'end') {
      const annotations = this.#annotations()
      if (this.#tokens.isAt('namespace')) this.#namespace(annotations)
      else this.#declaration(this.#declared(''), annotations)
    }
    return Object.fromEntries([...this.#namespaces].map(([name, declared]) => [name, namespaceJson(declared)]))
  }

  #declared(namespace: string): Declared {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    const declared = { commonTypes: new Map(), entityTypes: new Map(), actions: new Map(), annotations: undefined }
    this.#namespaces.set(namespace, declared)
    return declared
  }

  #namespace(annotations: Annotations | undefined): void {
    const tokens = this.#tokens
    tokens.expect('namespace')
    const name = readPath(tokens)
    if (this.#namespaces.has(name)) tokens.fail(`the namespace ${name} is declared twice`)
    const declared = this.#declared(name)
    declared.annotations = annotations
    tokens.expect('{')
    while (!tokens.takeIf('}')) this.#declaration(declared, this.#annotations())
  }

  #declaration(declared: Declared, annotations: Annotations | undefined): void {
    const tokens = this.#tokens
    if (tokens.takeIf('entity')) this.#entities(declared, annotations)
    else if (tokens.takeIf('action')) this.#actions(declared, annotations)
    else if (tokens.takeIf('type')) this.#common(declared, annotations)
    else tokens.fail('entity, action, type or namespace is expected')
    tokens.expect(';')
  }

  #common(declared: Declared, annotations: Annotations | undefined): void {
    const name = this.#tokens.name()
    this.#tokens.expect('=')
    this.#keep(declared.commonTypes, name, { ...this.#type(), ...withAnnotations(annotations) })
  }

  #entities(declared: Declared, annotations: Annotations | undefined): void {
    const tokens = this.#tokens
    const names = this.#several(() => tokens.name())
    if (tokens.takeIf('enum')) {
      tokens.expect('[')
      const ids = tokens.list(']', () => tokens.string(unescapeString))
      if (ids.length === 0) tokens.fail('an enumeration has at least one id')
      for (const name of names) this.#keep(declared.entityTypes, name, { enum: ids, ...withAnnotations(annotations) })
      return
    }
    const memberOfTypes = tokens.takeIf('in') ? this.#types() : []
    const hasShape = tokens.takeIf('=') || tokens.isAt('{')
    const shape = hasShape ? this.#record() : undefined
    const tags = tokens.takeIf('tags') ? this.#type() : undefined
    const type: EntityTypeJson = {
      memberOfTypes,
      ...(shape === undefined ? {} : { shape }),
      ...(tags === undefined ? {} : { tags }),
      ...withAnnotations(annotations),
    }
    for (const name of names) this.#keep(declared.entityTypes, name, type)
  }

  #actions(declared: Declared, annotations: Annotations | undefined): void {
    const tokens = this.#tokens
    const names = this.#several(() => this.#label())
    const memberOf = tokens.takeIf('in') ? this.#groups() : []
    const appliesTo = tokens.takeIf('appliesTo') ? this.#appliesTo() : undefined
    const action: ActionJson = { memberOf, ...(appliesTo === undefined ? {} : { appliesTo }), ...withAnnotations(annotations) }
    for (const name of names) this.#keep(declared.actions, name, action)
  }

  #groups(): NonNullable<ActionJson['memberOf']> {
    return this.#tokens.takeIf('[') ? this.#tokens.list(']', () => this.#group()) : [this.#group()]
  }

  /** A group: its id alone, or with its type before it. */
  #group(): { readonly id: string; readonly type?: string } {
    const tokens = this.#tokens
    return tokens.afterNext.text === '::' ? readEntity(tokens) : { id: this.#label() }
  }

  #appliesTo(): NonNullable<ActionJson['appliesTo']> {
    const tokens = this.#tokens
    const found: { principal?: readonly string[]; resource?: readonly string[]; context?: TypeJson } = {}
    tokens.expect('{')
    tokens.list('}', () => {
      const name = tokens.take().text
      if (name !== 'principal' && name !== 'resource' && name !== 'context')
        throw tokens.error('principal, resource or context is expected')
      if (found[name] !== undefined) tokens.fail(`${name} stands here twice`)
      tokens.expect(':')
      if (name === 'context') found.context = tokens.isAt('{') ? this.#record() : { type: 'EntityOrCommon', name: readPath(tokens) }
      else found[name] = this.#types()
    })
    const { principal, resource, context } = found
    if (principal === undefined || resource === undefined) return tokens.fail('principal and resource must be said')
    return { principalTypes: principal, resourceTypes: resource, ...(context === undefined ? {} : { context }) }
  }

  /** One name of a type, or a list of them in brackets. */
  #types(): readonly string[] {
    return this.#tokens.takeIf('[') ? this.#tokens.list(']', () => readPath(this.#tokens)) : [readPath(this.#tokens)]
  }

  #type(): TypeJson {
    const tokens = this.#tokens
    this.#depth += 1
    if (this.#depth > deepestType) tokens.fail(`nested deeper than ${deepestType} levels`)
    const type = this.#typeHere()
    this.#depth -= 1
    return type
  }

  #typeHere(): TypeJson {
    const tokens = this.#tokens
    if (tokens.isAt('{')) return this.#record()
    if (!(tokens.isAt('Set') && tokens.afterNext.text === '<')) return { type: 'EntityOrCommon', name: this.#typeName() }
    tokens.expect('Set')
    tokens.expect('<')
    const element = this.#type()
    tokens.expect('>')
    return { type: 'Set', element }
  }

  /** `__cedar::` is reserved everywhere but before a type of Cedar's own. */
  #typeName(): string {
    const tokens = this.#tokens
    if (!tokens.takeIf('__cedar')) return readPath(tokens)
    tokens.expect('::')
    return `__cedar::${tokens.name()}`
  }

  #record(): TypeJson {
    const tokens = this.#tokens
    tokens.expect('{')
    const attributes = new Map<string, AttributeJson>()
    tokens.list('}', () => {
      const annotations = this.#annotations()
      const name = this.#label()
      const required = !tokens.takeIf('?')
      tokens.expect(':')
      this.#keep(attributes, name, { ...this.#type(), required, ...withAnnotations(annotations) })
    })
    return { type: 'Record', attributes: Object.fromEntries(attributes) }
  }

  /** The name of an attribute or an action: any name, or a string. */
  #label(): string {
    const tokens = this.#tokens
    if (tokens.next.kind === 'string') return tokens.string(unescapeString)
    return tokens.next.kind === 'name' ? tokens.take().text : tokens.fail('a name is expected')
  }

  #several<Item>(item: () => Item): readonly Item[] {
    const items = [item()]
    while (this.#tokens.takeIf(',')) items.push(item())
    return items
  }

  #annotations(): Annotations | undefined {
    const tokens = this.#tokens
    const annotations = new Map<string, string>()
    while (tokens.takeIf('@')) {
      if (tokens.next.kind !== 'name') tokens.fail('the name of an annotation is expected')
      const name = tokens.take().text
      const hasValue = tokens.takeIf('(')
      this.#keep(annotations, name, hasValue ? tokens.string(unescapeString) : '')
      if (hasValue) tokens.expect(')')
    }
    return annotations.size === 0 ? undefined : Object.fromEntries(annotations)
  }

  #keep<Kept>(map: Map<string, Kept>, name: string, kept: Kept): void {
    if (map.has(name)) this.#tokens.fail(`${name} is declared twice`)
    map.set(name, kept)
  }
}

function withAnnotations(annotations: Annotations | undefined): { readonly annotations?: Annotations } {
  return annotations === undefined ? {} : { annotations }
}

function namespaceJson({ commonTypes, entityTypes, actions, annotations }: Declared): NamespaceJson {
  return {
    commonTypes: Object.fromEntries(commonTypes),
    entityTypes: Object.fromEntries(entityTypes),
    actions: Object.fromEntries(actions),
    ...withAnnotations(annotations),
  }
}
