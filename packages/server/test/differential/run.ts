/**
 * `npm run differential -- jws`: compact JWS, right ones and broken ones, each
 * judged by our readers and by `jose`. `--minutes N` or `--cases N` is how long,
 * `--seed N` where it begins.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { compare } from './compare.ts'

const option = { type: 'string' } as const
const { values } = parseArgs({ options: { minutes: option, cases: option, seed: option } })
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const mostCases = values.cases === undefined ? Infinity : Number(values.cases)
const mostMs = values.minutes === undefined && values.cases !== undefined ? Infinity : Number(values.minutes ?? 1) * 60_000

console.log(`seed ${seed}`)
const { cases, taken, onlyOurs, mismatch } = await compare({ seed, mostMs, mostCases, progress: (count) => console.log(`${count} tokens`) })
if (mismatch !== undefined) console.log(mismatch)
for (const [rule, count] of onlyOurs) console.log(`${count} refused by us alone: ${rule}`)
console.log(`${cases} tokens compared, ${taken} taken by both, ${mismatch === undefined ? 'no' : 'one'} mismatch`)
process.exitCode = mismatch === undefined ? 0 : 1
