/** Traces against the model on SQLite, from a seed that is always the same. @module */

import { test } from 'node:test'
import * as fc from 'fast-check'
import { houseMigrations } from '../flows/oauth-house.ts'
import { ModelledServer } from '../model/server.ts'
import { Run, traces } from '../model/trace.ts'
import { recordingRecorder } from '../record.ts'
import { openTestStore } from '../store.ts'

test('traces end as the model says', async () => {
  const recording = recordingRecorder()
  const server = await ModelledServer.open([await openTestStore(houseMigrations, recording.recorder)], recording)
  await fc.assert(
    fc.asyncProperty(traces, async (trace) => {
      const run = new Run(server, {})
      for (const step of trace) await run.step(step)
    }),
    { numRuns: 60, seed: 1, endOnFailure: true },
  )
})
