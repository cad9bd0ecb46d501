import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { equivalents } from './equivalents.ts'
import { mutantsOf, mutated } from './mutants.ts'

const source = `
export function pick(items: readonly number[], most: number | undefined): boolean {
  for (const item of items) {
    if (item < 3) continue
    note(item)
    if (!seen(item) && most !== undefined) return true
  }
  return false
}
`

test('each rule of a source is taken out once, and types are left alone', () => {
  const found = mutantsOf(source).map((mutant) => {
    const changed = mutated(source, mutant).split('\n')[mutant.line - 1]?.trim()
    return `${mutant.line} ${changed}`
  })
  assert.deepEqual(found, [
    '4 if ((item < 3, true as boolean)) continue',
    '4 if ((item < 3, false as boolean)) continue',
    '4 if ((item) <= (3)) continue',
    '4 if (item < 3) ;',
    '5 ;',
    '6 if ((!seen(item) && most !== undefined, true as boolean)) return true',
    '6 if ((!seen(item) && most !== undefined, false as boolean)) return true',
    '6 if ((!seen(item)) || (most !== undefined)) return true',
    '6 if (!!(seen(item)) && most !== undefined) return true',
    '6 if (!seen(item) && (most) === (undefined)) return true',
    '6 if (!seen(item) && most !== undefined) return false',
    '8 return true',
  ])
})

test('what is listed as a mutant that no test can miss is still one', () => {
  for (const { path, was, becomes } of equivalents) {
    const found = mutantsOf(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
    assert.ok(
      found.some((mutant) => mutant.was === was && mutant.becomes === becomes),
      `${path}: ${was}`,
    )
  }
})
