/** Types of values, every name looked up. @module */

export type ExtensionName = 'decimal' | 'ipaddr' | 'datetime' | 'duration'

export interface Attribute {
  readonly type: Type
  readonly isRequired: boolean
  readonly annotations: ReadonlyMap<string, string>
}

export interface RecordType {
  readonly is: 'record'
  readonly attributes: ReadonlyMap<string, Attribute>
}

export type Type =
  | { readonly is: 'bool' | 'long' | 'string' }
  | { readonly is: 'entity'; readonly name: string }
  | { readonly is: 'extension'; readonly name: ExtensionName }
  | { readonly is: 'set'; readonly element: Type }
  | RecordType

export const emptyRecordType: RecordType = { is: 'record', attributes: new Map() }
