/** From options to the JSON of the API. @module */

import type { Given, Option } from '../command.ts'
import type { Field, Row } from './resource.ts'

export function optionOf({ option, kind, value, says }: Field): Option {
  if (kind === 'secret') return { name: `${option}-stdin`, kind: 'flag', says }
  return { name: option, kind, says, ...(value === undefined ? {} : { value }) }
}

/** What was said; what was not said is left out. */
export async function bodyOf(fields: readonly Field[], given: Given): Promise<Row> {
  const members: [string, unknown][] = []
  for (const { option, member, kind } of fields) {
    if (kind === 'secret') {
      if (given.flag(`${option}-stdin`)) members.push([member, await given.readLine()])
    } else if (kind === 'list') {
      if (given.list(option).length > 0) members.push([member, given.list(option)])
    } else if (given.text(option) !== undefined) members.push([member, given.text(option)])
  }
  return Object.fromEntries(members)
}
