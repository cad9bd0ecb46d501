/** What `--help` says, made from the commands themselves. @module */

import { exitCodes, exitCodeWords, type Command, type Option, type Section } from './command.ts'
import { everywhere } from './options.ts'
import { reachOptions, reachWords } from './reach.ts'
import { nextWords } from './tree.ts'
import { twoColumns, wrap } from './wrap.ts'

const firstSentence = (says: string): string => /^.*?\.(?= |$)/.exec(says)?.[0] ?? says

/** All commands by what they are for. Those that share a first word are one line. */
export function helpForAll(sections: readonly Section[]): readonly string[] {
  const codes = Object.entries(exitCodes).map(
    ([name, code]) => `${code} ${/^[^:,]*/.exec(exitCodeWords[name as keyof typeof exitCodes])?.[0]}`,
  )
  return [
    'Countersign: who are you, and may you do this, now, from here.',
    '',
    'Usage: countersign COMMAND [OPTIONS]',
    ...sections.flatMap(({ title, commands }) => ['', title, ...twoColumns(entries(commands.filter(({ isOurs }) => isOurs !== true)))]),
    '',
    ...wrap('countersign COMMAND --help explains a command and shows examples. countersign --version says which release this is.'),
    '',
    ...wrap(`Exit codes: ${codes.join('; ')}.`),
  ]
}

function entries(commands: readonly Command[]): readonly (readonly [string, string])[] {
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
  return firsts.flatMap((first) => {
    const own = commands.find(({ name }) => name === first)
    return own === undefined ? [[first, nextWords(commands, [first]).join(', ')] as const] : [[first, firstSentence(own.says)] as const]
  })
}

/** The commands that begin with a word. */
export function helpForGroup(words: string, commands: readonly Command[]): readonly string[] {
  return [
    `Usage: countersign ${words} COMMAND [OPTIONS]`,
    '',
    ...twoColumns(commands.map(({ name, says }) => [name.slice(words.length + 1), firstSentence(says)])),
    '',
    `countersign ${words} COMMAND --help explains a command and shows examples.`,
  ]
}

/** One command: what it does, examples, its options. `under` are the commands whose names go on from its own. */
export function helpFor(command: Command, under: readonly Command[] = []): readonly string[] {
  const { name, words, says, options = [], examples } = command
  const reaching = new Set(reachOptions)
  const own = options.filter((option) => !reaching.has(option))
  return [
    ...wrap(says),
    '',
    `Usage: countersign ${name}${words === undefined ? '' : ` ${words}`}${own.length === 0 ? '' : ' [OPTIONS]'}`,
    '',
    'Examples',
    ...examples.map((example) => `  ${example}`),
    ...(own.length === 0 ? [] : ['', 'Options', ...twoColumns(own.map(entry)), ...severalTimes(own)]),
    ...(own.length === options.length ? [] : ['', 'Which server', ...twoColumns(reachOptions.map(entry)), '', ...wrap(reachWords, 2)]),
    '',
    'Everywhere',
    ...twoColumns(everywhere.map(entry)),
    ...(under.length === 0 ? [] : ['', 'See also', ...twoColumns(under.map((one) => [one.name, firstSentence(one.says)]))]),
  ]
}

function entry({ name, kind, value = 'VALUE', says }: Option): readonly [string, string] {
  const given = { flag: '', text: ` ${value}`, list: ` ${value}…` }[kind]
  return [`--${name}${given}`, says]
}

function severalTimes(options: readonly Option[]): readonly string[] {
  return options.some(({ kind }) => kind === 'list') ? ['', '  What ends in … may be given several times.'] : []
}
