/**
 * Authorization details as a person is shown them: every value that they hold,
 * whole, each with a name. Words and markup are the page's. Pure.
 *
 * @module
 */

import type { AuthorizationDetail } from '#tokens'

/** What is read of a JSON Schema here. */
export interface Schema {
  readonly type?: unknown
  readonly title?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly [keyword: string]: unknown
}

export type ShownValue = string | number | boolean | null

export interface ShownMember {
  /** As the sentence names it, for instance `creditor.name`. */
  readonly path: string
  readonly label: string
  readonly values: readonly ShownValue[]
}

export interface ShownDetail {
  /** The operator's sentence, with paths of members in braces. */
  readonly says: string
  /** Everything that the detail holds but its type. */
  readonly members: readonly ShownMember[]
}

/** Nothing that joins two names to a third: each path belongs to one member. */
export function isMemberName(name: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(name)
}

/** Throws where two members would be shown as one. */
export function shownDetail(detail: AuthorizationDetail, says: string, schema: Schema): ShownDetail {
  const members = membersOf(detail, schema, '', '').filter(({ path }) => path !== 'type')
  if (new Set(members.map(({ path }) => path)).size < members.length) throw new Error('two members of a detail have one path')
  return { says, members }
}

function membersOf(value: unknown, schema: Schema | undefined, path: string, label: string): readonly ShownMember[] {
  if (Array.isArray(value)) return itemsOf(value, schema, path, label)
  if (typeof value !== 'object' || value === null) return [{ path, label, values: [value as ShownValue] }]
  const entries = Object.entries(value)
  if (entries.length === 0 && path !== '') return [{ path, label, values: [] }]
  return entries.flatMap(([name, inside]) => {
    const known = schema?.properties?.[name]
    return membersOf(inside, known, join('.', path, name), join(' · ', label, known?.title ?? wordsOf(name)))
  })
}

function itemsOf(items: readonly unknown[], schema: Schema | undefined, path: string, label: string): readonly ShownMember[] {
  if (items.every((item) => typeof item !== 'object' || item === null)) return [{ path, label, values: items as readonly ShownValue[] }]
  const number = (at: number): string => (items.length === 1 ? '' : String(at + 1))
  return items.flatMap((item, at) => membersOf(item, schema?.items, join('.', path, String(at + 1)), join(' ', label, number(at))))
}

const join = (between: string, ...parts: readonly string[]): string => parts.filter((part) => part !== '').join(between)

/** `creditorAccount` and `creditor_account` are both “Creditor account”. */
function wordsOf(name: string): string {
  const words = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])(?=[a-z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
