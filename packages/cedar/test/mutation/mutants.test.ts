import assert from 'node:assert/strict'
import { test } from 'node:test'
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
