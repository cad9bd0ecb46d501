/**
 * A command as data, so that help, completion and the tests read the list that
 * runs.
 *
 * @module
 */

import type { Printer } from './print.ts'

/** An option of a command. Its value is text, a flag, or may be given several times. */
export interface Option {
  readonly name: string
  readonly kind: 'text' | 'flag' | 'list'
  readonly says: string
  readonly value?: string
}

/** What a command is given. */
export interface Given {
  readonly words: readonly string[]
  readonly text: (name: string) => string | undefined
  readonly flag: (name: string) => boolean
  readonly list: (name: string) => readonly string[]
  readonly print: Printer
  /** The first line of standard input: a password, which has no place in an option that others can see. */
  readonly readLine: () => Promise<string>
  /** Whether somebody sits there who can be asked. */
  readonly interactive: boolean
}

export interface Command {
  /** One word or several: `start`, `users list`, `groups members add`. */
  readonly name: string
  readonly says: string
  /** What follows the name, for people: `ID`, `FILE…`. */
  readonly words?: string
  readonly leastWords?: number
  readonly mostWords?: number
  readonly options?: readonly Option[]
  readonly examples: readonly string[]
  /** Whether another process of ours starts it and nobody types it: explained when asked for, not listed or completed. */
  readonly isOurs?: true
  /** Resolves with the exit code. */
  readonly run: (given: Given) => Promise<number>
}

/** Commands that belong together. */
export interface Section {
  readonly title: string
  readonly commands: readonly Command[]
}

/** What the number that a command ends with means. */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  mistake: 4,
  found: 5,
  notPermitted: 6,
  conflict: 7,
  changed: 8,
} as const

/** The same for people. */
export const exitCodeWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  refused: 'refused: what was asked for cannot be; sentence and code are on standard error',
  usage: 'not understood: a wrong word or option, or a file that cannot be used; nothing was done',
  unreachable: 'nobody answers, or what answers is not a Countersign server',
  mistake: 'a mistake in the set-up, said in one sentence',
  found: 'a check found something: a policy has a mistake, the record was changed, the doctor has a finding',
  notPermitted: 'not permitted: no policy allows it, or the sign-in is over',
  conflict: 'a conflict: it exists already, or something else stands in the way',
  changed: 'somebody else changed it meanwhile, so nothing was changed: look at it and try again',
}
