/**
 * Schemas in Cedar's JSON form.
 *
 * Source: https://docs.cedarpolicy.com/schema/json-schema.html
 *
 * @module
 */

export type Annotations = Readonly<Record<string, string | null>>

/** A type: of Cedar itself, a record or set, or a name that is looked up. */
export type TypeJson = { readonly annotations?: Annotations } & (
  | { readonly type: 'String' | 'Long' | 'Boolean' }
  | { readonly type: 'Set'; readonly element: TypeJson }
  | { readonly type: 'Record'; readonly attributes: Readonly<Record<string, AttributeJson>>; readonly additionalAttributes?: boolean }
  | { readonly type: 'Entity' | 'EntityOrCommon' | 'Extension'; readonly name: string }
  /** The name of a common type. */
  | { readonly type: string }
)

/** Required unless it says otherwise. */
export type AttributeJson = TypeJson & { readonly required?: boolean }

export interface EntityTypeJson {
  readonly memberOfTypes?: readonly string[]
  readonly shape?: TypeJson
  readonly tags?: TypeJson
  /** The only ids that there are. */
  readonly enum?: readonly string[]
  readonly annotations?: Annotations
}

export interface ActionJson {
  readonly memberOf?: readonly { readonly id: string; readonly type?: string }[]
  readonly appliesTo?: {
    readonly principalTypes: readonly string[]
    readonly resourceTypes: readonly string[]
    readonly context?: TypeJson
  }
  readonly annotations?: Annotations
}

export interface NamespaceJson {
  readonly commonTypes?: Readonly<Record<string, TypeJson>>
  readonly entityTypes: Readonly<Record<string, EntityTypeJson>>
  readonly actions: Readonly<Record<string, ActionJson>>
  readonly annotations?: Annotations
}

/** Namespaces by name; the empty name is that of what stands in none. */
export type SchemaJson = Readonly<Record<string, NamespaceJson>>
