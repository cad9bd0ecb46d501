/**
 * One command from what was typed to its exit code (`command.ts` has the list).
 *
 * @module
 */

import { Refusal, StartMistake, Unavailable } from '#kernel'
import { ApiRefusal } from '#remote'
import { exitCodes, type Command } from './command.ts'
import { backupCommands } from './commands/backup.ts'
import { completionCommand } from './commands/completion.ts'
import { doctorCommands } from './commands/doctor.ts'
import { policyCommands } from './commands/policies.ts'
import { profileCommands } from './commands/profiles.ts'
import { recordCommands } from './commands/record.ts'
import { resourceCommands } from './resources/resources.ts'
import { runningCommands } from './commands/running.ts'
import { helpFor, helpForAll } from './help.ts'
import { findCommand, readOptions, UsageMistake, type Input } from './options.ts'
import { createPrinter, type Printer, type Writable } from './print.ts'

/** Where a command reads and writes. */
export interface Terminal {
  readonly in: Input
  readonly out: Writable
  readonly err: Writable
}

export const commands: readonly Command[] = [
  ...runningCommands,
  ...backupCommands,
  ...doctorCommands,
  ...profileCommands,
  ...resourceCommands,
  ...policyCommands,
  ...recordCommands,
  completionCommand(() => commands),
]

/** Runs what was typed. Resolves with the exit code; throws only what is a defect of ours. */
export async function run(typed: readonly string[], terminal: Terminal): Promise<number> {
  const print = createPrinter(typed.includes('--json'), terminal.out, terminal.err)
  const found = findCommand(commands, typed)
  if (found === undefined) return unknown(typed, terminal, print)
  if (typed.includes('--help')) {
    for (const line of helpFor(found.command)) terminal.out.write(`${line}\n`)
    return exitCodes.done
  }
  try {
    return await found.command.run(readOptions(found.command, found.rest, print, terminal.in))
  } catch (error) {
    if (error instanceof UsageMistake) return say(print, `${error.message}. See: countersign ${found.command.name} --help`, exitCodes.usage)
    if (error instanceof Refusal) return say(print, `${error.message} (${error.code})`, codeOf(error))
    if (error instanceof Unavailable) return say(print, `Nobody answers: is the server running? (${error.what})`, exitCodes.unreachable)
    if (error instanceof StartMistake) return say(print, error.message, exitCodes.mistake)
    throw error
  }
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

function unknown(typed: readonly string[], terminal: Terminal, print: Printer): number {
  const asked = typed.length === 0 || typed.includes('--help')
  for (const line of helpForAll(commands)) (asked ? terminal.out : terminal.err).write(`${line}\n`)
  return asked ? exitCodes.done : say(print, `There is no command "${typed.join(' ')}".`, exitCodes.usage)
}

function say(print: Printer, sentence: string, code: number): number {
  print.note(sentence)
  return code
}
