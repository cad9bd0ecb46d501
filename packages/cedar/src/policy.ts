/**
 * Policies in Cedar's JSON form (the EST), as `policyToJson` of the Rust
 * implementation and other tools write it.
 *
 * Source: https://docs.cedarpolicy.com/policies/json-format.html
 *
 * @module
 */

/** An entity's name, with or without Cedar's escape around it. */
export type UidJson = { readonly type: string; readonly id: string } | { readonly __entity: { readonly type: string; readonly id: string } }

/** A name in a template that a link fills in. */
export type Slot = '?principal' | '?resource'

export type EntityOrSlot = { readonly entity: UidJson } | { readonly slot: Slot }

export type ScopeJson =
  | { readonly op: 'All' }
  | ({ readonly op: '==' } & EntityOrSlot)
  | ({ readonly op: 'in' } & EntityOrSlot)
  | { readonly op: 'is'; readonly entity_type: string; readonly in?: EntityOrSlot }

export type ActionScopeJson =
  | { readonly op: 'All' }
  | { readonly op: '=='; readonly entity: UidJson }
  | { readonly op: 'in'; readonly entity: UidJson }
  | { readonly op: 'in'; readonly entities: readonly UidJson[] }

/** A policy, or a template where a scope names a slot. */
export interface PolicyJson {
  readonly effect: 'permit' | 'forbid'
  readonly principal: ScopeJson
  readonly action: ActionScopeJson
  readonly resource: ScopeJson
  readonly conditions: readonly { readonly kind: 'when' | 'unless'; readonly body: ExpressionJson }[]
  readonly annotations?: Readonly<Record<string, string | null>>
}

/** An object with the one member that names its operator or its extension function. */
export type ExpressionJson = Readonly<Record<string, unknown>>

/** A template and the name and entities of a policy made of it. */
export interface TemplateLink {
  readonly templateId: string
  readonly newId: string
  readonly values: Readonly<Partial<Record<Slot, UidJson>>>
}

/** A policy set in Cedar's JSON form. */
export interface PolicySetJson {
  readonly staticPolicies?: Readonly<Record<string, PolicyJson>>
  readonly templates?: Readonly<Record<string, PolicyJson>>
  readonly templateLinks?: readonly TemplateLink[]
}
