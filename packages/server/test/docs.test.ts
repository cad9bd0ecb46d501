/** What the documents point at exists: files by their links, commands and options by the words of examples. @module */

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { everywhere, findCommand } from '../src/cli/options.ts'
import { commands } from '../src/cli/run.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'packages/server/src/*/README.md', 'examples/*/README.md'], {
  cwd: root,
})

test('there are documents', () => assert.ok(documents.length > 10))

for (const path of documents) {
  const text = readFileSync(join(root, path), 'utf8')

  test(`the links of ${path} lead somewhere`, () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(join(root, dirname(path), target)), target)
  })

  test(`the pictures of ${path} are there, and small`, () => {
    for (const [, target = ''] of text.matchAll(/(?:src|srcset)="([^"]+)"/g)) {
      const picture = join(root, dirname(path), target)
      assert.ok(existsSync(picture), target)
      assert.ok(statSync(picture).size < 60_000, `${target} is large`)
    }
  })

  // Module READMEs quote labels and tables that are no commands.
  if (path.startsWith('packages/server/src/')) continue
  test(`the commands in ${path} exist`, () => {
    for (const [, typed = ''] of text.matchAll(/(?:^|`)\s*(?:npx |npm run )?countersign (?:-- )?([a-z-][^`\n#]*)/gm)) {
      const words = typed.trim().split(/\s+/)
      if (words[0]?.startsWith('--') === true) continue
      const found = findCommand(commands, words)
      assert.ok(found, `countersign ${typed}`)
      const known = [...everywhere, ...(found.command.options ?? [])].map(({ name }) => `--${name}`)
      for (const word of found.rest) if (word.startsWith('--')) assert.ok(known.includes(word), `countersign ${typed}: ${word}`)
    }
  })
}
