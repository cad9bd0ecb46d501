/** Commands by their words: what may follow what. @module */

import type { Command } from './command.ts'
import { nearest } from './nearest.ts'

/** What may follow the words, in the order of the list. */
export function nextWords(commands: readonly Command[], after: readonly string[]): readonly string[] {
  const next = commands
    .map(({ name }) => name.split(' '))
    .filter((words) => words.length > after.length && after.every((word, at) => words[at] === word))
    .map((words) => words[after.length] ?? '')
  return [...new Set(next)]
}

/** The commands whose names begin with the words; none when they are those of no command. */
export function commandsUnder(commands: readonly Command[], words: readonly string[]): readonly Command[] {
  const start = words.join(' ')
  return words.length === 0 ? [] : commands.filter(({ name }) => name === start || name.startsWith(`${start} `))
}

/** The words as they may have been meant, as far as they lead; undefined when they are like nothing. */
export function meantWords(commands: readonly Command[], typed: readonly string[]): string | undefined {
  const meant: string[] = []
  for (const word of typed) {
    const next = nextWords(commands, meant)
    const like = next.includes(word) ? word : nearest(word, next)
    if (like === undefined) break
    meant.push(like)
  }
  const isOther = meant.some((word, at) => word !== typed[at])
  return isOther ? meant.join(' ') : undefined
}
