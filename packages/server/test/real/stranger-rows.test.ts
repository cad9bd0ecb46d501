/** What strangers leave behind in the database: nothing but a few counts in the record. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startDemo } from '../product.ts'
import { loopback, StrangerConnection } from './stranger-connection.ts'
import { openFacts } from './stranger-facts.ts'
import { bare, strangerRequests } from './stranger-requests.ts'

const storms = 4
/** Summaries of one flush. */
const mostSummaries = 32

interface Found {
  /** Rows of every table but those of the record. */
  readonly rows: Readonly<Record<string, number>>
  /** What the record tells of, in its order. */
  readonly events: readonly string[]
}

function look(dataDirectory: string): Found {
  const database = new DatabaseSync(join(dataDirectory, 'countersign.db'), { readOnly: true })
  const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all() as { name: string }[]
  const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.['rows'])
  const contents = database.prepare('SELECT content FROM audit_event ORDER BY rowid').all() as { content: Uint8Array }[]
  const found = {
    rows: Object.fromEntries(tables.filter(({ name }) => !name.startsWith('audit_')).map(({ name }) => [name, count(name)])),
    events: contents.map(({ content }) => String((JSON.parse(Buffer.from(content).toString('utf8')) as { what?: unknown }).what)),
  }
  database.close()
  return found
}

test('a storm of strangers writes no row, and at its end a bounded number of summaries', { timeout: 120_000 }, async (t) => {
  const product = await startDemo({ serverOnly: true })
  t.after(async () => product.stop('SIGKILL'))
  const clients = { publicClient: 'demo-native', redirectUri: 'http://127.0.0.1/callback', confidentialClient: 'demo-service' }
  const facts = await openFacts(product, clients, 'alice')
  const before = look(product.dataDir)
  assert.equal(before.rows['identity_user'], 3)

  const { paths } = (await (await fetch(`${product.issuer}/openapi.json`)).json()) as { readonly paths: Readonly<Record<string, object>> }
  const everywhere = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      says: `${method} ${path}`,
      bytes: () => bare(facts.host, method.toUpperCase(), path.replaceAll(/\{[^}]*\}/g, 'x')),
    })),
  )
  const requests = [...strangerRequests(facts), ...everywhere]
  let refused = 0
  for (let storm = 0; storm < storms; storm += 1) {
    // Several at once, each from networks of its own, as strangers come.
    const lanes = Array.from({ length: 8 }, (_, lane) => requests.filter((_request, at) => at % 8 === lane))
    await Promise.all(
      lanes.map(async (lane, number) => {
        const connection = new StrangerConnection(product.port, loopback(number, storm))
        for (const { says, bytes } of lane) {
          const { status } = await connection.ask(bytes())
          assert.ok(status < 500, `${says} was answered with ${status}`)
          if (status >= 400) refused += 1
        }
        connection.end()
      }),
    )
  }
  assert.ok(refused > 50 * storms, `only ${refused} were refused`)
  assert.deepEqual(look(product.dataDir).rows, before.rows)

  assert.equal(await product.stop(), 0)
  const after = look(product.dataDir)
  assert.deepEqual(after.rows, before.rows)
  const left = after.events.slice(before.events.length)
  assert.deepEqual([...new Set(left)], ['stranger.refused'])
  assert.ok(left.length <= mostSummaries, `${left.length} summaries`)
  assert.equal(product.log(), '')
})
