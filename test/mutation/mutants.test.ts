import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { target as cedar } from '../../packages/cedar/test/mutation/target.ts'
import { target as oauth } from '../../packages/server/test/mutation/target.ts'
import { mutantsOf, mutated } from './mutants.ts'
import { isThat } from './target.ts'

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
  const listed = [cedar, oauth].flatMap(({ home, equivalents }) => equivalents.map((one) => ({ home, one })))
  for (const { home, one } of listed) {
    const source = readFileSync(join(home, one.path), 'utf8')
    assert.ok(
      mutantsOf(source).some((mutant) => isThat(one, mutant, source)),
      `${one.path}: ${one.was}`,
    )
  }
})
