import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, systemOperation, type Operation } from '#kernel'
import { startJobs } from './jobs.ts'

const operation = (task: string): Operation => systemOperation(task, newId('ten'), () => {})
const quiet = { failed: () => {}, worked: () => {} }

/** A table of which each turn sweeps at most 300 rows. */
function tableOf(rows: number): { readonly run: () => Promise<number>; readonly left: () => number } {
  let left = rows
  const run = async (): Promise<number> => {
    const some = Math.min(300, left)
    left -= some
    return some
  }
  return { run, left: () => left }
}

test('a table that was filled faster than one turn sweeps grew for ever', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const table = tableOf(10_000)
  startJobs([{ name: 'sweep', everyMs: 60_000, run: table.run }], operation, quiet)
  t.mock.timers.tick(60_000)
  for (let turn = 0; turn < 100 && table.left() > 0; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(table.left(), 0)
})

test('a stop does one more turn of each job and leaves the rest', async () => {
  const table = tableOf(10_000)
  const jobs = startJobs([{ name: 'sweep', everyMs: 60_000, run: table.run }], operation, quiet)
  await jobs.stop()
  assert.equal(table.left(), 9_700)
})

test('a job that fails is reported, and the others run', async () => {
  const reported: unknown[] = []
  const table = tableOf(1)
  const failing = async (): Promise<number> => Promise.reject(new Error('no disk'))
  const trouble = { ...quiet, failed: (_what: string, error: unknown) => void reported.push(error) }
  const jobs = [
    { name: 'failing', everyMs: 60_000, run: failing },
    { name: 'sweep', everyMs: 60_000, run: table.run },
  ]
  await startJobs(jobs, operation, trouble).stop()
  assert.equal(reported.length, 1)
  assert.equal(table.left(), 0)
})
