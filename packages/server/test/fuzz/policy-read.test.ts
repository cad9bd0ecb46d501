/** Whatever stands in a policy file, reading it ends in a set or in mistakes. @module */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { createCedarEngine, importSet } from '#policy'
import { checkPolicyFiles } from '#rulebook'
import { shippedSet } from '../policies.ts'

const folder = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
const engine = createCedarEngine()

/** A text with a part of it taken out, doubled, or replaced. */
function changed(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length)
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('(', '{', '"', '@', '::', ';', '\0', '?principal', '//', '\ud800', '&x ', '*x ', '- '),
  )
  return fc.tuple(place, fc.nat(40), piece).map(([at, length, other]) => text.slice(0, at) + other + text.slice(at + length))
}

test('a changed file gives a set or mistakes that name one of the files', async () => {
  const given = fc.nat(files.length - 1).chain((which) => changed(files[which]?.text ?? '').map((text) => ({ which, text })))
  await fc.assert(
    fc.asyncProperty(given, async ({ which, text }) => {
      const changedFiles = files.map((file, at) => (at === which ? { ...file, text } : file))
      for (const { file, says } of await checkPolicyFiles(engine, 'notes', changedFiles)) {
        assert.ok([...files.map(({ name }) => name), 'notes'].includes(file), file)
        assert.notEqual(says, '')
      }
    }),
    { numRuns: 300 },
  )
})

test('a changed export is no set', () => {
  const { store, digest, content } = shippedSet(engine, 'notes')
  fc.assert(
    fc.property(changed(content), (text) => {
      const set = importSet(engine, { store, digest, content: text })
      assert.equal(set === undefined, text !== content)
    }),
    { numRuns: 100 },
  )
})
