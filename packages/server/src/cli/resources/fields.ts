/** From options to the JSON of the API. @module */

import type { Given, Option } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { readPublicKeys } from './public-keys.ts'
import type { Field, Row } from './resource.ts'

/** The options of a field. A list that is changed can also be added to and taken from. */
export function optionsOf({ option, kind, value, says, optional }: Field, changes = false): readonly Option[] {
  const valued = value === undefined ? {} : { value }
  if (kind === 'secret') return [{ name: `${option}-stdin`, kind: 'flag', says }]
  if (kind !== 'list') {
    const none: Option = { name: `no-${option}`, kind: 'flag', says: `Take the ${option} away.` }
    return [{ name: option, kind: 'text', says, ...valued }, ...(changes && optional === true ? [none] : [])]
  }
  if (!changes) return [{ name: option, kind, says, ...valued }]
  return [
    { name: option, kind, says: `${says} Replaces all that there are.`, ...valued },
    { name: `add-${option}`, kind, says: 'Adds to those that there are.', ...valued },
    { name: `remove-${option}`, kind, says: 'Takes one away.', ...valued },
  ]
}

/** Whether anything was said about a field. */
export function isSaid({ option, kind }: Field, given: Given): boolean {
  if (kind === 'secret') return given.flag(`${option}-stdin`)
  if (kind !== 'list') return given.text(option) !== undefined || given.flag(`no-${option}`)
  return [option, `add-${option}`, `remove-${option}`].some((name) => given.list(name).length > 0)
}

/**
 * What was said; what was not said is left out. `current` is the thing as it is, for
 * what is added to it or taken from it. Throws `UsageMistake` for what is no value.
 */
export async function bodyOf(fields: readonly Field[], given: Given, current: Row = {}): Promise<Row> {
  const members: [string, unknown][] = []
  for (const field of fields) if (isSaid(field, given)) members.push([field.member, await valueOf(field, given, current)])
  return Object.fromEntries(members)
}

async function valueOf(field: Field, given: Given, current: Row): Promise<unknown> {
  const { option, kind, member } = field
  const text = given.text(option) ?? ''
  if (given.flag(`no-${option}`)) {
    if (text !== '') throw new UsageMistake(`--${option} and --no-${option} contradict each other`)
    return null
  }
  switch (kind) {
    case 'secret':
      return given.readLine()
    case 'list': {
      const before = (current[member] ?? []) as readonly unknown[]
      const { items } = field
      return items === undefined
        ? changed(field, given, before as readonly string[])
        : changed(
            field,
            given,
            before.map((item) => items.write(item)),
          ).map((item) => items.read(item))
    }
    case 'number':
      if (!/^(0|[1-9][0-9]{0,8})$/.test(text)) throw new UsageMistake(`--${option} must be a number, and "${text}" is none`)
      return Number(text)
    case 'keys':
      return readPublicKeys(text)
    case 'text':
    default:
      return text
  }
}

function changed({ option }: Field, given: Given, current: readonly string[]): readonly string[] {
  const [all, add, remove] = [given.list(option), given.list(`add-${option}`), given.list(`remove-${option}`)]
  if (all.length > 0 && add.length + remove.length > 0)
    throw new UsageMistake(`--${option} replaces all of them: leave it out to add or remove some`)
  const before = all.length > 0 ? all : current
  const absent = remove.find((value) => !before.includes(value))
  if (absent !== undefined) throw new UsageMistake(`--remove-${option}: there is no "${absent}"`)
  return [...new Set([...before, ...add])].filter((value) => !remove.includes(value))
}
