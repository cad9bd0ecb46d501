/**
 * A listener of its own for one text that machines of the operator read: the
 * metrics. Whoever may connect to a loopback address may read it; elsewhere it
 * takes a token, over TLS.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { newId, sameText, type Secret } from '#kernel'
import { listen, type Listener, type ListenOptions } from './listener.ts'
import { rawRefusals } from './raw-answer.ts'
import { securityHeaders } from './security-headers.ts'

export interface Exposition {
  readonly path: `/${string}`
  readonly contentType: string
  readonly text: () => Promise<string>
  /** Needed as a bearer token, where there is one. */
  readonly token: Secret<string> | undefined
  /** Told when the text could not be made. */
  failed(error: unknown): void
}

/** Two scrapers and somebody who looks; strangers who hold connections open are cut at their own share. */
const limits = { mostConnections: 256, mostConnectionsPerNetwork: 16 }

export async function listenForReaders(exposition: Exposition, options: Omit<ListenOptions, 'limits'>): Promise<Listener> {
  const security = securityHeaders(options.tls !== undefined)
  const answer = (response: ServerResponse, status: number, text: string, more: readonly string[] = []): void => {
    const type = status === 200 ? exposition.contentType : 'text/plain; charset=utf-8'
    response.writeHead(status, [...security.forData, 'content-type', type, 'cache-control', 'no-store', 'connection', 'close', ...more])
    response.end(text)
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { token, path } = exposition
    if (token === undefined && !isPlainHost(request.headers.host)) return answer(response, 421, 'Ask for this by its address.\n')
    if (token !== undefined && !sameText(request.headers.authorization ?? '', `Bearer ${token.reveal()}`))
      return answer(response, 401, 'A token is needed.\n', ['www-authenticate', 'Bearer'])
    if (request.url !== path) return answer(response, 404, `There is nothing here but ${path}.\n`)
    if (request.method !== 'GET') return answer(response, 405, 'This is read with GET.\n', ['allow', 'GET'])
    answer(response, 200, await exposition.text())
  }
  return listen(
    {
      handle: (request, response) =>
        void handle(request, response).catch((error: unknown) => {
          exposition.failed(error)
          response.destroy()
        }),
      rawRefusal: rawRefusals(security, () => newId('req')),
    },
    { ...options, limits },
  )
}

/** A page of the web whose own name leads to this machine is refused: what its browser asks for has that name in `Host`. */
function isPlainHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:[0-9]+$/, '')
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0
}
