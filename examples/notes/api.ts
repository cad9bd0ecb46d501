/**
 * The API of Notes: the resource server. It trusts nobody's word, the app's
 * included, but what `@countersign/sdk` verified.
 *
 * @module
 */

import type { AddressInfo } from 'node:net'
import { createApi } from './api/server.ts'
import { openNotes } from './api/store.ts'
import { readApiSettings, sayReady } from './settings.ts'

const settings = await readApiSettings()
const api = createApi(settings, await openNotes(settings.dataDir))
await api.listen(settings.listen)
sayReady((api.server.address() as AddressInfo).port)
