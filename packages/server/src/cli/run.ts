/**
 * One command from what was typed to its exit code (`command.ts` has the list).
 *
 * @module
 */

import { programVersion, Refusal, StartMistake, Unavailable } from '#kernel'
import { ApiRefusal } from '#remote'
import { exitCodes, type Command, type Section } from './command.ts'
import { backupCommands } from './commands/backup.ts'
import { completionCommand } from './commands/completion.ts'
import { doctorCommands } from './commands/doctor.ts'
import { policyCommands } from './commands/policies.ts'
import { profileCommands } from './commands/profiles.ts'
import { recordCommands } from './commands/record.ts'
import { resourceCommands } from './resources/resources.ts'
import { runningCommands } from './commands/running.ts'
import { helpFor, helpForAll, helpForGroup } from './help.ts'
import { sentenceOf } from './malformed.ts'
import { findCommand, readOptions, UsageMistake, type Input } from './options.ts'
import { createPrinter, type Printer, type Writable } from './print.ts'
import { commandsUnder, meantWords } from './tree.ts'

/** Where a command reads and writes. */
export interface Terminal {
  readonly in: Input
  readonly out: Writable
  readonly err: Writable
}

export const sections: readonly Section[] = [
  { title: 'Run a server', commands: [...runningCommands, ...backupCommands, ...doctorCommands] },
  { title: 'Sign in to a server', commands: profileCommands },
  { title: 'Administer a server', commands: [...resourceCommands, ...policyCommands, ...recordCommands] },
  { title: 'Your shell', commands: [completionCommand(() => commands)] },
]

export const commands: readonly Command[] = sections.flatMap((section) => section.commands)

const isHelp = (word: string): boolean => word === '--help' || word === '-h'

/** Runs what was typed. Resolves with the exit code; throws only what is a defect of ours. */
export async function run(given: readonly string[], terminal: Terminal): Promise<number> {
  const typed = given[0] === 'help' ? [...given.slice(1), '--help'] : given
  const print = createPrinter(typed.includes('--json'), terminal.out, terminal.err)
  if (typed[0] === '--version') return version(print)
  const found = findCommand(commands, typed)
  if (typed.length === 0 || typed.some(isHelp)) return explain(typed, found?.command, terminal, print)
  if (found === undefined) return unknown(typed, terminal, print)
  try {
    return await found.command.run(readOptions(found.command, found.rest, print, terminal.in))
  } catch (error) {
    if (error instanceof UsageMistake)
      return say(print, `${ended(error.message)} See: countersign ${found.command.name} --help`, exitCodes.usage)
    if (error instanceof ApiRefusal) for (const line of mistakesIn(error.said)) print.note(line)
    if (error instanceof ApiRefusal) return say(print, `${sentenceOf(error)} (${error.code})`, codeOf(error))
    if (error instanceof Refusal) return say(print, `${error.message} (${error.code})`, codeOf(error))
    if (error instanceof Unavailable) return say(print, `Nobody answers: is the server running? (${error.what})`, exitCodes.unreachable)
    if (error instanceof StartMistake) return say(print, error.message, exitCodes.mistake)
    throw error
  }
}

/** As a sentence. */
const ended = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`)

function version(print: Printer): number {
  const release = programVersion()
  print.result({ version: release }, () => [`countersign ${release}`])
  return exitCodes.done
}

function explain(typed: readonly string[], command: Command | undefined, terminal: Terminal, print: Printer): number {
  const words = typed.filter((word) => !word.startsWith('-'))
  const under = commandsUnder(commands, words)
  if (command === undefined && words.length > 0 && under.length === 0) return unknown(typed, terminal, print)
  for (const line of helpOf(words, command, under)) terminal.out.write(`${line}\n`)
  return exitCodes.done
}

function helpOf(words: readonly string[], command: Command | undefined, under: readonly Command[]): readonly string[] {
  if (command !== undefined)
    return helpFor(
      command,
      under.filter((one) => one !== command),
    )
  return words.length === 0 ? helpForAll(sections) : helpForGroup(words.join(' '), under)
}

/** Refusals of this program that are not its caller's mistake in what was typed. */
const ownCodes: Readonly<Record<string, number>> = {
  'login.over': exitCodes.notPermitted,
  'login.refused': exitCodes.notPermitted,
  'profiles.busy': exitCodes.conflict,
}

function codeOf(refusal: Refusal): number {
  if (!(refusal instanceof ApiRefusal)) return ownCodes[refusal.code] ?? exitCodes.refused
  if (refusal.status === 401 || refusal.status === 403) return exitCodes.notPermitted
  if (refusal.status === 412) return exitCodes.changed
  return [409, 428].includes(refusal.status) ? exitCodes.conflict : exitCodes.refused
}

/** What is wrong with what was sent, by member, where the server says so. */
function mistakesIn(said: unknown): readonly string[] {
  const { mistakes } = (said ?? {}) as { readonly mistakes?: unknown }
  if (!Array.isArray(mistakes)) return []
  return mistakes.flatMap(({ member, says }: { readonly member?: unknown; readonly says?: unknown }) =>
    typeof member === 'string' && typeof says === 'string' ? [`${member}: ${says}`] : [],
  )
}

/** What was typed is no command: what it may have been, or what may follow it. */
function unknown(typed: readonly string[], terminal: Terminal, print: Printer): number {
  const words = typed.filter((word) => !word.startsWith('-'))
  const under = commandsUnder(commands, words)
  if (under.length > 0) {
    for (const line of helpForGroup(words.join(' '), under)) terminal.err.write(`${line}\n`)
    return exitCodes.usage
  }
  const like = meantWords(commands, words)
  const hint = like === undefined ? 'countersign --help lists them all.' : `Did you mean countersign ${like}?`
  return say(print, `There is no command "${words.join(' ')}". ${hint}`, exitCodes.usage)
}

function say(print: Printer, sentence: string, code: number): number {
  print.note(sentence)
  return code
}
