/**
 * The web app of Notes: the client. The gateway tells it who asks; it gets a
 * token of its own to call its API in that person's name.
 *
 * @module
 */

import type { AddressInfo } from 'node:net'
import { createApp } from './app/server.ts'
import { readAppSettings, sayReady } from './settings.ts'

const settings = await readAppSettings()
const app = await createApp(settings)
await app.listen(settings.listen)
sayReady((app.server.address() as AddressInfo).port)
