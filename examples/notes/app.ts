/**
 * The web app of Notes: the client. The gateway tells it who asks; it gets a
 * token of its own to call its API in that person's name.
 *
 * @module
 */

import { createApp } from './app/server.ts'
import { runProgram } from './program.ts'
import { readAppSettings } from './settings.ts'

await runProgram(readAppSettings, createApp)
