/** The reference of the command line is written from the commands themselves. @module */

import { test } from 'node:test'
import { exitCodes, exitCodeWords, type Option } from '../../src/cli/command.ts'
import { everywhere } from '../../src/cli/options.ts'
import { reachOptions, reachWords } from '../../src/cli/reach.ts'
import { commands } from '../../src/cli/run.ts'
import { matchesGolden } from '../golden.ts'

const safe = (text: string): string => text.replaceAll('|', '\\|')

function option({ name, kind, value, says }: Option): string {
  return `| \`--${name}${kind === 'flag' ? '' : ` ${safe(value ?? 'VALUE')}`}\` | ${safe(says)}${kind === 'list' && !says.includes('several') ? ' May be given several times.' : ''} |`
}

const table = (options: readonly Option[]): readonly string[] => ['| option | |', '|---|---|', ...options.map(option)]

test('the reference of the command line is not stale', () => {
  const codes = Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${exitCodeWords[name as keyof typeof exitCodes]} |`)
  const reaching = new Set(reachOptions)
  const sections = commands.flatMap(({ name, says, words, options = [], examples }) => {
    const own = options.filter((one) => !reaching.has(one))
    const reaches = own.length < options.length
    return [
      `## ${name}`,
      '',
      says,
      '',
      '```',
      `countersign ${name}${words === undefined ? '' : ` ${words}`}`,
      ...examples.filter((example) => example !== `countersign ${name}`),
      '```',
      '',
      ...(own.length === 0 ? [] : [...table(own), '']),
      ...(reaches ? ['Takes the options that find the server.', ''] : []),
    ]
  })
  const head = [
    '# The command line',
    '',
    'Written from the commands themselves. `countersign COMMAND --help` says the same.',
    '',
    '## Exit codes',
    '',
    '| code | |',
    '|--:|---|',
    ...codes,
    '',
    '## Everywhere',
    '',
    ...table(everywhere),
    '',
    '## Finding the server',
    '',
    ...table(reachOptions),
    '',
    reachWords,
    '',
  ]
  matchesGolden('docs/reference/command-line.md', [...head, ...sections].join('\n'))
})
