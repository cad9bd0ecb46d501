/** What `--help` says, made from the commands themselves. @module */

import type { Command } from './command.ts'
import { everywhere } from './options.ts'
import { facts } from './print.ts'

/** All commands, one a line. */
export function helpForAll(commands: readonly Command[]): readonly string[] {
  return [
    'countersign COMMAND [OPTIONS]',
    '',
    ...facts(commands.map(({ name, says }) => [name, says])),
    '',
    'countersign COMMAND --help explains a command and shows examples.',
  ]
}

/** One command: what it does, its options, examples. */
export function helpFor(command: Command): readonly string[] {
  const options = [...(command.options ?? []), ...everywhere]
  return [
    `countersign ${command.name}${command.words === undefined ? '' : ` ${command.words}`} [OPTIONS]`,
    '',
    command.says,
    '',
    ...facts(options.map(({ name, kind, says, value }) => [`--${name}${kind === 'flag' ? '' : ` ${value ?? 'VALUE'}`}`, says])),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
  ]
}
