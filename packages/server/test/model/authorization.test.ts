/**
 * Random traces of sign-ins, codes, refreshes, revocations and time, done to the
 * server and to a model of it that knows no code of ours: after each step every
 * access token is active at every node exactly when the model says so.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import type { Store } from '#store'
import { houseMigrations } from '../flows/oauth-house.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { recordingRecorder } from '../record.ts'
import { freshPostgres, freshSqlite, type FreshDatabase } from '../store.ts'
import { ModelledServer } from './server.ts'
import { Run, traces, type Seen } from './trace.ts'

stopPostgresAfterwards()

const everything = [
  'a code exchanged',
  'a code in two hands',
  'an exchange refused',
  'a refresh',
  'a refresh repeated',
  'a refresh refused',
  'a refresh token revoked',
  'an access token revoked',
  'a session ended',
]

/** Of all runs together: a few alone may miss something. */
const seen: Seen = {}

async function agree(t: TestContext, database: FreshDatabase, nodes: number, numRuns: number): Promise<void> {
  const recording = recordingRecorder()
  const stores: Store[] = []
  for (let node = 0; node < nodes; node += 1) stores.push(await database.open(houseMigrations, recording.recorder))
  t.after(async () => Promise.all(stores.map(async (store) => store.close())))
  const server = await ModelledServer.open(stores, recording)
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31)
  await fc.assert(
    fc.asyncProperty(traces, async (trace) => {
      const run = new Run(server, seen)
      for (const step of trace) await run.step(step)
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? numRuns), seed },
  )
}

test('one node on SQLite does what the model says', async (t) => agree(t, freshSqlite(), 1, 60))

test('one node on PostgreSQL does what the model says', { skip: missingPostgres() }, async (t) => agree(t, await freshPostgres(), 1, 25))

test('two nodes on PostgreSQL do what the model says', { skip: missingPostgres() }, async (t) => agree(t, await freshPostgres(), 2, 25))

test('between them the runs met everything', () => {
  for (const what of everything) assert.ok((seen[what] ?? 0) > 0, `no run met ${what}`)
})
