/**
 * What is asked for in detail, RFC 9396, as a person reads it: the operator's
 * sentence with the client's values in it, and below it every value that the
 * sentence does not have. A value is shown whole, and looks like one, so that
 * nothing that a client writes passes for our words.
 *
 * @module
 */

import { escapeHtml, messages, strongHtml } from './messages.en.ts'
import type { AskedDetail } from './ports.ts'

type Member = AskedDetail['members'][number]

export interface DetailWords {
  /** HTML. Everything in it is escaped; values are strong. */
  readonly says: string
  readonly facts: readonly { readonly label: string; readonly values: readonly string[] }[]
}

export function detailFor({ says, members }: AskedDetail): DetailWords {
  const byPath = new Map(members.map((member) => [member.path, member]))
  if (byPath.size < members.length) throw new Error('two members of a detail have one path')
  const said = new Set<string>()
  const sentence = escapeHtml(says).replaceAll(/\{([^{}]*)\}/g, (_, path: string) => {
    said.add(path)
    return strongHtml(wordsOf(byPath.get(path)).join(', '))
  })
  const rest = members.filter(({ path }) => !said.has(path))
  return { says: sentence, facts: rest.map((member) => ({ label: member.label, values: wordsOf(member) })) }
}

/** A list with nothing in it says so. */
function wordsOf(member: Member | undefined): readonly string[] {
  const values = (member?.values ?? []).map(wordOf)
  return values.length === 0 ? [messages['consent.nothing']] : values
}

function wordOf(value: Member['values'][number]): string {
  if (value === true) return messages['consent.true']
  if (value === false) return messages['consent.false']
  return value === null || value === '' ? messages['consent.nothing'] : String(value)
}
