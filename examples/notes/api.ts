/**
 * The API of Notes: the resource server. It trusts nobody's word, the app's
 * included, but what `@countersign/sdk` verified.
 *
 * @module
 */

import { createApi } from './api/server.ts'
import { openNotes } from './api/store.ts'
import { runProgram } from './program.ts'
import { readApiSettings } from './settings.ts'

await runProgram(readApiSettings, async (settings) => createApi(settings, await openNotes(settings.dataDir)))
