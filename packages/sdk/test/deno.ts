/**
 * Runs the cases on Deno, without Node's modules and without npm, and prints one
 * line for each: `ok` or `FAILED`, and what it says.
 *
 * @module
 */

import * as sdk from '../src/index.ts'
import { allCases } from './cases.ts'
import type { Runtime } from './world.ts'

/** As much of Deno as is used. */
interface DenoServer {
  readonly addr: { readonly port: number }
  shutdown(): Promise<void>
}
declare const Deno: {
  readonly version: { readonly deno: string }
  serve(
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal; readonly onListen: () => void },
    handler: (request: { readonly url: string }) => Response | Promise<Response>,
  ): DenoServer
}

const deno: Runtime = {
  sdk,
  serve: async (answer) => {
    const closing = new AbortController()
    const server = Deno.serve({ hostname: '127.0.0.1', port: 0, signal: closing.signal, onListen: () => {} }, (request) => {
      const { status, headers = {}, body } = answer(new URL(request.url).pathname)
      if (body === 'hang') return new Promise<Response>(() => {})
      return new Response(body === '' ? null : body, { status, headers: { ...headers } })
    })
    return { origin: `http://127.0.0.1:${server.addr.port}`, close: async () => closing.abort() }
  },
}

for (const { says, run } of await allCases(deno)) {
  const failure = await run().then(
    () => undefined,
    (error: unknown) => error,
  )
  console.log(failure === undefined ? `ok ${says}` : `FAILED ${says}: ${failure instanceof Error ? failure.message : 'something else'}`)
}
console.log(`Deno ${Deno.version.deno} is done`)
