/**
 * A gateway before an app that each test tells how to answer, and two people
 * who are signed in: an editor and a viewer. A fresh one for each test file.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { after } from 'node:test'
import { openHouse, signIn, type House } from './gateway-house.ts'

/** What the app was asked, newest last. */
export const seen: IncomingMessage[] = []

export const app: { respond: (request: IncomingMessage, response: ServerResponse) => void } = { respond: say }

function say(_request: IncomingMessage, response: ServerResponse): void {
  response.end('ok')
}

export function plainly(): void {
  app.respond = say
}

export const house: House = await openHouse({
  app: (request, response) => {
    seen.push(request)
    app.respond(request, response)
  },
  host: { addHeaders: { 'x-frame-options': 'DENY' }, tellName: true },
  upstreams: { connectMs: 500, answerMs: 600, idleMs: 600, mostUnderWay: 8, mostForOne: 6 },
})
after(async () => house.close())

export const alice: string = await signIn(house, house.server.begin('editor', 'alice'))
export const bob: string = await signIn(house, house.server.begin('viewer', 'bob'))
