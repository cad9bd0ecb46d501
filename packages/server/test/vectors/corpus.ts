/**
 * Outside corpora, read from the folder that TEST_VECTORS names. Where each
 * comes from is in docs/reference/vectors.md.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const folder = process.env['TEST_VECTORS']

/** One case of a Wycheproof file, with what its group says about all of its cases. */
export interface Case {
  readonly id: number
  readonly says: string
  /** Hexadecimal text, as the file has it. */
  readonly given: Readonly<Record<string, unknown>>
  readonly valid: boolean
}

/** What to hand to node:test as `skip`: false when the corpus is here, else the reason. */
export function missingCorpus(name: string): string | false {
  if (folder !== undefined && existsSync(join(resolve(folder), name))) return false
  const reason = `${name} is not there: TEST_VECTORS names the folder of outside vectors, see docs/reference/vectors.md`
  if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason)
  return reason
}

/**
 * Reads a Wycheproof file. Throws when a result is neither `valid` nor `invalid`
 * (we have no opinion about `acceptable`, so it needs somebody to form one), when
 * the algorithm is another, or when cases are missing.
 */
export function readCorpus(name: string, algorithm: string): readonly Case[] {
  const file: unknown = JSON.parse(readFileSync(join(resolve(folder ?? ''), name), 'utf8'))
  const { algorithm: found, numberOfTests, testGroups } = file as WycheproofFile
  if (found !== algorithm) throw new Error(`${name} is for ${found}`)
  const cases = testGroups.flatMap(({ tests, ...group }) =>
    tests.map(({ tcId, comment, result, ...given }) => {
      if (result !== 'valid' && result !== 'invalid') throw new Error(`${name} ${tcId} expects ${result}, which nobody has judged`)
      return { id: tcId, says: comment, given: { ...group, ...given }, valid: result === 'valid' }
    }),
  )
  if (cases.length !== numberOfTests || cases.length === 0)
    throw new Error(`${name} holds ${cases.length} cases and promises ${numberOfTests}`)
  return cases
}

/** The bytes of a member. */
export function bytesOf(one: Case, member: string): Uint8Array {
  const text = one.given[member]
  if (typeof text !== 'string' || !/^([0-9a-f]{2})*$/.test(text)) throw new Error(`case ${one.id} has no bytes called ${member}`)
  return Buffer.from(text, 'hex')
}

interface WycheproofFile {
  readonly algorithm: string
  readonly numberOfTests: number
  readonly testGroups: readonly (Readonly<Record<string, unknown>> & { readonly tests: readonly WycheproofTest[] })[]
}

type WycheproofTest = Readonly<Record<string, unknown>> & { readonly tcId: number; readonly comment: string; readonly result: string }
