/**
 * `countersign migrate`: brings the database to the schema of this version and
 * gives the running role what it needs, without starting a server. With it the
 * server need not know the role that owns the tables.
 *
 * @module
 */

import { createRecorder } from '#audit'
import { programVersion } from '#kernel'
import { openStore } from '#store'
import { migrations, placeOf } from './ground.ts'
import { sayingMistakes } from './mistake.ts'
import { readProductionConfig } from './production-config.ts'
import type { Words } from './words.ts'

/** Runs to its end. Resolves with the exit code; throws `StartMistake` when it cannot be done, and then nothing was changed. */
export async function migrate(config: string | undefined, print: Words): Promise<number> {
  const place = placeOf(readProductionConfig(config))
  const store = await sayingMistakes(async () => openStore({ ...place, migrations, recorder: createRecorder() }))
  await store.close()
  const version = programVersion()
  print.result({ version, database: place.kind }, () => [`The database is ready for Countersign ${version}.`])
  return 0
}
