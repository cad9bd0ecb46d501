/**
 * Where the browser brings the answer of a sign-in to a program on this machine:
 * a port of the loopback address that the system chose, RFC 8252 section 7.3.
 *
 * Any program and any page on this machine can knock here. Only a request with
 * the `state` of this sign-in is an answer; what else comes changes nothing, so
 * that nobody ends a sign-in that is not theirs.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sameText } from '#kernel'

export interface RedirectListener {
  readonly redirectUri: string
  /** The parameters of the answer. Rejects when none has come in time. */
  readonly answer: Promise<URLSearchParams>
  close(): void
}

const path = '/callback'

/** One page: what came of it is said in the terminal. No script, nothing from elsewhere. */
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Countersign</title>
<p>Go back to the terminal. You can close this page.</p>
`

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  connection: 'close',
}

/** A browser knocks twice, for the answer and for an icon. */
const mostConnections = 16

export async function listenForRedirect(state: string, patienceMs: number): Promise<RedirectListener> {
  let answered: (parameters: URLSearchParams) => void = () => {}
  let failed: (error: Error) => void = () => {}
  const answer = new Promise<URLSearchParams>((resolve, reject) => {
    answered = resolve
    failed = reject
  })
  const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    const parameters = readAnswer(request, state)
    answerBrowser(response, parameters !== undefined)
    if (parameters !== undefined) answered(parameters)
  })
  server.maxConnections = mostConnections
  const timer = setTimeout(() => failed(new Error('nobody came back from the browser in time')), patienceMs)
  // Whoever closes without having waited has nobody to tell.
  answer.catch(() => {})
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    redirectUri: `http://127.0.0.1:${port}${path}`,
    answer,
    close: () => {
      clearTimeout(timer)
      server.close()
      server.closeIdleConnections()
    },
  }
}

function readAnswer(request: IncomingMessage, state: string): URLSearchParams | undefined {
  const url = request.method === 'GET' ? URL.parse(request.url ?? '', 'http://127.0.0.1') : null
  if (url === null || url.pathname !== path) return undefined
  const states = url.searchParams.getAll('state')
  return states.length === 1 && sameText(states[0] ?? '', state) ? url.searchParams : undefined
}

function answerBrowser(response: ServerResponse, isAnswer: boolean): void {
  if (isAnswer) response.writeHead(200, headers).end(page)
  else response.writeHead(404, headers).end()
}
