/**
 * A kind of thing that is administered, as data: what is shown of it, what it is
 * found by, what may be said when it is made or changed, and what goes with it
 * when it goes. Its commands come of that.
 *
 * @module
 */

import type { Option } from '../command.ts'
import type { Naming } from './naming.ts'

/** A thing as the API shows it. */
export type Row = Readonly<Record<string, unknown>>

/** An option and the member of the JSON that it becomes. `secret` is read from standard input, `keys` from a file of public keys. */
export interface Field {
  readonly option: string
  readonly member: string
  readonly kind: 'text' | 'number' | 'list' | 'keys' | 'secret'
  readonly value?: string
  readonly says: string
  /** How an item of a list is written by people, where it is no text in the JSON. */
  readonly items?: { read(said: string): unknown; write(item: unknown): string }
  /** Whether a thing may be without it: `--no-OPTION` takes it away. */
  readonly optional?: true
}

/** What a list shows: the heading, and what stands under it. */
export type Columns = readonly (readonly [string, (item: Row) => string])[]

/** What a list may be asked for. With a naming it is somebody's id, or their name. */
export interface Filter extends Option {
  readonly naming?: Naming
}

export interface Resource {
  readonly plural: string
  readonly singular: string
  /** What its list is; `Lists` and its plural when absent. */
  readonly lists?: string
  readonly columns: Columns
  readonly filters: readonly Filter[]
  /** What a single one may be called instead of its id. */
  readonly naming?: Naming
  /** What is typed for a single one, where that is no id. */
  readonly word?: string
  /** One as it may be typed, for examples; ID when absent. */
  readonly example?: string
  /** Absent where nobody looks at a single one. */
  readonly get?: true
  readonly create?: Create
  readonly update?: Update
  readonly remove?: Remove
}

export interface Create {
  readonly says: string
  /** The word after the command, and the member that it becomes. */
  readonly word: { readonly shown: string; readonly member: string }
  readonly fields: readonly Field[]
  readonly flags?: readonly Option[]
  readonly examples: readonly string[]
  /** What is sent beside the fields. */
  readonly more?: (flag: (name: string) => boolean, body: Row) => Row
  /** Whether roles may be given with it. */
  readonly roles?: true
  /** The member of the answer that holds the thing, where it is not the answer itself. */
  readonly inside?: string
}

export interface Update {
  readonly says: string
  readonly fields: readonly Field[]
  /** Whether roles are given and taken with it. */
  readonly roles?: true
  readonly examples: readonly string[]
}

export interface Remove {
  readonly verb: 'delete' | 'end' | 'withdraw'
  readonly says: string
  /** What it breaks, told before anybody is asked; absent for what does no lasting harm and so does not ask. */
  readonly breaks?: (impact: Row) => readonly string[]
}

export const text = (value: unknown): string => {
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** What stands in a column: a member as text. */
export const member =
  (name: string) =>
  (item: Row): string =>
    text(item[name])

/** The roles that are lost with a thing, for those who are asked whether it may go. */
export const rolesOf = (impact: Row): readonly string[] =>
  text(impact['roles']) === '' ? [] : [`Roles that are held by one less: ${text(impact['roles'])}.`]

/** A count as far as the server counted; nothing where there is nothing. */
export function counted(says: string, impact: Row, name: string): readonly string[] {
  const { count = 0, more = false } = (impact[name] ?? {}) as { readonly count?: number; readonly more?: boolean }
  return count === 0 ? [] : [`${says}: ${count}${more ? ' and more' : ''}.`]
}
