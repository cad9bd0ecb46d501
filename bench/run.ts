/**
 * `npm run bench`: each peer and Countersign in turn, in one run, several
 * rounds, medians. `npm run bench -- NAME… --json` prints one line of JSON;
 * `cedar` or `postgres` stands for every row whose name begins so. Without names everything
 * runs and docs/reference/benchmarks.md is written.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { entitiesRows } from './cedar/entities-rows.ts'
import { scenarioRows } from './cedar/rows.ts'
import { countersign, peers } from './contestants.ts'
import { codeFlow, refresh } from './people-rows.ts'
import { growth, hostile, latency } from './steady-rows.ts'
import { measurePostgres, postgresRows } from './postgres.ts'
import { clientCredentials, introspection, memory, start, type Row } from './rows.ts'

const servers = [clientCredentials, introspection, refresh, codeFlow, start, memory, latency, hostile, growth]
const engines = [...scenarioRows, entitiesRows]
const all = [...servers, ...engines, ...postgresRows]

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const isWanted = ({ name }: { readonly name: string }): boolean =>
  names.length === 0 || names.some((wanted) => name === wanted || name.startsWith(`${wanted}-`))
const unknown = names.filter((wanted) => !all.some(({ name }) => name === wanted || name.startsWith(`${wanted}-`)))
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. Rows: ${all.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node ${process.version}`
const ofServers = await measureServers(servers.filter(isWanted))
const ofEngines: Row[] = []
for (const set of engines.filter(isWanted)) {
  tell(set.name)
  ofEngines.push(...(await set.measure()))
}
const onPostgres = await measurePostgres(
  postgresRows.filter(isWanted).map(({ name }) => name),
  tell,
)
const rows = [...ofServers, ...ofEngines]

if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, rows: [...rows, ...onPostgres] }))
else {
  for (const row of rows) console.log(`${row.name}: ${row.ours} ${row.unit}, ${row.peerName} ${row.peer}, ratio ${row.ratio}`)
  for (const row of onPostgres)
    console.log(
      `${row.name}: ${row.ours} ${row.unit}, ${row.roundTrips} round trips, two workers ${row.twoWorkers}, ratio ${row.ratio}, waits ${row.waits} of ${row.looks}`,
    )
}
if (names.length === 0) writeFileSync(fileURLToPath(new URL('../docs/reference/benchmarks.md', import.meta.url)), report())

function tell(name: string): void {
  if (!process.argv.includes('--json')) console.error(`measuring ${name} …`)
}

async function measureServers(wanted: typeof servers): Promise<readonly Row[]> {
  if (wanted.length === 0) return []
  const measured: Row[] = []
  const sides = { ours: await countersign(), peers: peers() }
  try {
    for (const row of wanted) {
      tell(row.name)
      measured.push(...(await row.measure(sides)))
    }
  } finally {
    for (const side of [sides.ours, ...sides.peers]) side.remove()
  }
  return measured
}

function report(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  return `# Benchmarks

Written by \`npm run bench\`. Each row ran Countersign and the peer in turn in one run and keeps the medians. Countersign runs as
\`countersign init\` makes it: the embedded database with \`synchronous=FULL\`, every token with an audit event that is on disk before the
answer. \`oidc-provider\` runs twice: with an adapter of ours on SQLite that is as durable (write-ahead log, \`synchronous=FULL\`), and with the
adapter in memory that it comes with, which its makers say is for development only; it records nothing in either. ID tokens are signed with
RSA keys of 3072 bits on both sides; \`refresh\` is without them. \`introspection\` is of a JWT with ours and of an opaque token with the peer, which
does not tell of JWTs. Server and load generator each have a core of their own. The ratio is ours divided by the
peer's: more is better for a rate, less for a time or a size.

Machine: ${machine}. Commit ${commit}.

${table(ofServers)}

## Policy decisions

One decision at a time on one core, each contestant in a process of its own, after all have given the same answers to the same requests.
The time begins with the names of principal, action and resource and ends with the decision; policies, entities and abilities are resident,
but Cedar's WebAssembly build reads all entities at each call. \`entities\`: the scenario's own few policies, so many entities. \`policies\`: so
many policies, almost all of them links of templates that each grant somebody something, over 500 entities. CASL is given an ability
for each user that was made beforehand of everything granted to the user and its groups. \`accesscontrol\` cannot express folders.
Cedar's build is compared with our whole answer, casbin with yes or no (\`isAllowed\`), CASL and \`accesscontrol\` with principals that are
prepared too (\`forPrincipal\`).
A million entities are held beside what was set out to reach.

${table(ofEngines)}

## On PostgreSQL

PostgreSQL 18, \`fsync\` and \`synchronous_commit\` on; server, database and load generator share the cores. Round trips are those of one request alone,
counted between server and database. A look is one at \`pg_locks\` while two workers were under load; a wait is one that saw a transaction of ours wait
for another's lock.

| row | one process | round trips | two workers | ratio | waits |
|---|--:|--:|--:|--:|--:|
${onPostgres.map((row) => `| ${row.name} (${row.unit}) | ${row.ours} | ${row.roundTrips} | ${row.twoWorkers} | ${row.ratio} | ${row.waits} of ${row.looks} |`).join('\n')}
`
}

function table(of: readonly Row[]): string {
  return `| row | ours | peer | ratio |
|---|--:|--:|--:|
${of.map((row) => `| ${row.name} (${row.unit}) | ${row.ours} | ${row.peerName} ${row.peer} | ${row.ratio} |`).join('\n')}`
}
