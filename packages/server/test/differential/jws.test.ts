/** Our readers of compact JWS against `jose`, for a while, from a seed that is printed; and each rule by which we refuse more. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawBase, drawCase, type Case } from './cases.ts'
import { compare } from './compare.ts'
import { ours, theirs } from './judges.ts'
import { Random } from './random.ts'
import { stricter, type Stricter } from './stricter.ts'

test('tokens as a seed has them are judged by our readers as by jose, but for our rules', async (context) => {
  const seed = Date.now() % 2 ** 31
  context.diagnostic(`seed ${seed}`)
  const { cases, taken, mismatch } = await compare({ seed, mostMs: 20_000 })
  assert.equal(mismatch, undefined, `seed ${seed}: ${mismatch}`)
  assert.ok(taken > 0 && taken < cases, `${taken} of ${cases} tokens were taken`)
})

/** What only we refuse, one for each rule, found by looking. */
async function findExamples(): Promise<ReadonlyMap<Stricter, Case>> {
  const random = new Random(1)
  const found = new Map<Stricter, Case>()
  for (let tries = 0; tries < 20_000 && found.size < Object.keys(stricter).length; tries += 1) {
    const one = drawCase(drawBase(random), random)
    const [rule, ...others] = one.stricter
    if (rule === undefined || others.length > 0 || found.has(rule)) continue
    if ((await theirs(one)) !== undefined) found.set(rule, one)
  }
  return found
}

const examples = await findExamples()

for (const rule of Object.keys(stricter) as Stricter[]) {
  test(`jose takes and we refuse, by the rule: ${rule}`, () => {
    const example = examples.get(rule)
    assert.ok(example, 'no token was found that this rule alone is about')
    assert.equal(ours(example), undefined)
  })
}
