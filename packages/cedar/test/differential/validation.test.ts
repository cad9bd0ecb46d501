import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type * as CedarBuild from '@cedar-policy/cedar-wasm/nodejs'
import { parseJson, printPolicy, readPolicies, readSchema, readSchemaText, slotsOf, validate } from '../../src/index.ts'
import { archive, casesBelow, missingArchive, unpack } from '../corpus.ts'
import { alter } from './altered.ts'
import { Random } from './random.ts'

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof CedarBuild
const seconds = 20
const policiesPerCase = 20

/** The specification's corpus counts this as a mistake, and so do we; the build has come to warn of it. */
const countsAsMistake = 'unable to find an applicable action'

function isValidFor(schema: string, text: string): boolean {
  const answer = cedar.validate({ schema, policies: { staticPolicies: { p: text } } })
  if (answer.type === 'failure') throw new Error(`Cedar does not read it: ${answer.errors[0]?.message}`)
  const { validationErrors, validationWarnings } = answer
  return validationErrors.length === 0 && !validationWarnings.some(({ error }) => error.message.includes(countsAsMistake))
}

test('altered policies of the corpus validate where Cedar’s own build says so', { skip: missingArchive(), timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cedar-validation-'))
  t.after(() => rmSync(folder, { recursive: true }))
  unpack(archive, folder)
  const cases = casesBelow(folder)
  const seed = randomInt(2 ** 31)
  const random = new Random(seed)
  const tally = { valid: 0, mistaken: 0 }
  for (const endsAt = performance.now() + seconds * 1_000; performance.now() < endsAt;) {
    const names = parseJson(readFileSync(join(folder, random.pick(cases)), 'utf8')) as { policies: string; schema: string }
    const [text, schemaText] = [names.policies, names.schema].map((name) => readFileSync(join(folder, name), 'utf8')) as [string, string]
    const schema = readSchema(readSchemaText(schemaText))
    const policies = readPolicies(text).flatMap(({ json }) => (slotsOf(json).length === 0 ? [json] : []))
    for (let count = policies.length === 0 ? 0 : policiesPerCase; count > 0; count -= 1) {
      const altered = printPolicy(alter(random, random.pick(policies)))
      const [read] = readPolicies(altered)
      assert.ok(read !== undefined)
      const { mistakes } = validate(schema, { p: read.json })
      const theirs = isValidFor(schemaText, altered)
      assert.equal(mistakes.length === 0, theirs, `seed ${seed}, ${names.schema}: ${altered} ${mistakes[0]?.says ?? ''}`)
      tally[theirs ? 'valid' : 'mistaken'] += 1
    }
  }
  console.log(`${tally.valid} valid and ${tally.mistaken} mistaken policies from seed ${seed}`)
  assert.ok(tally.valid > 100 && tally.mistaken > 100, JSON.stringify(tally))
})
