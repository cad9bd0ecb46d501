/**
 * `npm run bench`: each peer and Countersign in turn, in one run, several
 * rounds, medians. `npm run bench -- NAME… --json` prints one line of JSON;
 * without names everything runs and docs/reference/benchmarks.md is written.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { countersign, peer } from './contestants.ts'
import { clientCredentials, memory, start, type Row } from './rows.ts'

const all = [clientCredentials, start, memory]

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => !all.some((row) => row.name === name))
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. Rows: ${all.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node ${process.version}`
const rows: Row[] = []
const ours = await countersign()
try {
  for (const row of all) {
    if (names.length > 0 && !names.includes(row.name)) continue
    if (!process.argv.includes('--json')) console.error(`measuring ${row.name} …`)
    rows.push(await row.measure({ ours, peer }))
  }
} finally {
  ours.remove()
}

if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, rows }))
else for (const row of rows) console.log(`${row.name}: ${row.ours} ${row.unit}, ${row.peerName} ${row.peer}, ratio ${row.ratio}`)
if (names.length === 0) writeFileSync(fileURLToPath(new URL('../docs/reference/benchmarks.md', import.meta.url)), report())

function report(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  return `# Benchmarks

Written by \`npm run bench\`. Each row ran Countersign and the peer in turn in one run and keeps the medians. Countersign runs as
\`countersign init\` makes it: the embedded database with \`synchronous=FULL\`, every token with an audit event that is on disk before the
answer. Peers run with what they keep in memory. Server and load generator each have a core of their own. The ratio is ours divided by the
peer's: more is better for a rate, less for a time or a size.

Machine: ${machine}. Commit ${commit}.

| row | ours | peer | ratio |
|---|--:|--:|--:|
${rows.map((row) => `| ${row.name} (${row.unit}) | ${row.ours} | ${row.peerName} ${row.peer} | ${row.ratio} |`).join('\n')}
`
}
