/**
 * Finds the command in what was typed and reads its options.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import type { Command, Given, Option } from './command.ts'
import { nearest } from './nearest.ts'
import type { Printer } from './print.ts'

/** What every command takes. */
export const everywhere: readonly Option[] = [
  { name: 'json', kind: 'flag', says: 'Print the result as JSON, for scripts.' },
  { name: 'help', kind: 'flag', says: 'Explain the command.' },
]

/** Standard input, which may be a terminal. */
export type Input = AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean | undefined }

/** Something was typed that means nothing; the sentence says what. */
export class UsageMistake extends Error {
  override readonly name = 'UsageMistake'
}

/** The command that the words begin with, the longest name first, and the rest of the words. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } | undefined {
  const typed = words.filter((word) => !word.startsWith('-'))
  const byLength = [...commands].sort((left, right) => right.name.length - left.name.length)
  const command = byLength.find(({ name }) => name.split(' ').every((part, place) => typed[place] === part))
  if (command === undefined) return undefined
  const rest = [...words]
  for (const part of command.name.split(' ')) rest.splice(rest.indexOf(part), 1)
  return { command, rest }
}

/** Reads options and words, or says in one sentence what is wrong with them. */
export function readOptions(command: Command, rest: readonly string[], print: Printer, input: Input): Given {
  const known = [...everywhere, ...(command.options ?? [])]
  const parsed = parse(known, rest)
  const { leastWords = 0, mostWords = command.leastWords ?? 0 } = command
  if (parsed.positionals.length < leastWords) throw new UsageMistake(`${command.name} needs ${command.words ?? 'more words'}`)
  if (parsed.positionals.length > mostWords)
    throw new UsageMistake(`${command.name} does not take "${parsed.positionals[mostWords] ?? ''}"`)
  const values = parsed.values as Record<string, unknown>
  for (const option of known) checkChoice(option, values[option.name])
  return {
    words: parsed.positionals,
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    flag: (name) => values[name] === true,
    list: (name) => (Array.isArray(values[name]) ? values[name].filter((value) => typeof value === 'string') : []),
    print,
    readLine: async () => firstLine(input),
    interactive: input.isTTY === true,
  }
}

/** What an option may be, where that is one of a few: its value is shown as `active|disabled`. None where it is anything. */
export function choicesOf({ value = '' }: Option): readonly string[] {
  return /^[a-z_]+(\|[a-z_]+)+$/.test(value) ? value.split('|') : []
}

function checkChoice(option: Option, given: unknown): void {
  const { name } = option
  const choices = choicesOf(option)
  if (choices.length === 0) return
  for (const one of Array.isArray(given) ? given : [given]) {
    if (typeof one !== 'string' || choices.includes(one)) continue
    const like = nearest(one, choices)
    throw new UsageMistake(`--${name} is ${choices.join(' or ')}, and not "${one}"${like === undefined ? '' : `; did you mean ${like}?`}`)
  }
}

/** Longer than any password may be. */
const longestLine = 4096

async function firstLine(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  let typed = Buffer.alloc(0)
  for await (const chunk of input) {
    typed = Buffer.concat([typed, Buffer.from(chunk as Uint8Array)])
    if (typed.includes('\n') || typed.byteLength > longestLine) break
  }
  return typed.toString('utf8').split('\n')[0]?.replace(/\r$/, '') ?? ''
}

function parse(known: readonly Option[], rest: readonly string[]): { values: object; positionals: string[] } {
  try {
    return parseArgs({
      args: [...rest],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        known.map(({ name, kind }) => [
          name,
          { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: kind === 'list' },
        ]),
      ),
    })
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      throw new UsageMistake(mistakeIn(error.message, known))
    throw error
  }
}

/** What `parseArgs` found wrong, in our words: it names the option in quotes. */
function mistakeIn(message: string, known: readonly Option[]): string {
  const [, dashes = '', name = ''] = /'(--?)([^'\s=]+)/.exec(message) ?? []
  const option = known.find((one) => one.name === name)
  if (option?.kind === 'flag') return `--${name} takes no value`
  if (option !== undefined) return `--${name} needs a value: --${name} ${option.value ?? 'VALUE'}`
  const like = nearest(
    name,
    known.map((one) => one.name),
  )
  return `There is no option ${dashes}${name}${like === undefined ? '' : `; did you mean --${like}?`}`
}
