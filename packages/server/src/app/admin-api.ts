/**
 * The admin API as the command line reaches it.
 *
 * @module
 */

import { call, type ApiPlace } from '#http'
import { isLoopback, Refusal } from '#kernel'
import { join, resolve } from 'node:path'
import { environment } from './environment.ts'
import { StartMistake } from './mistake.ts'

/** Where the socket of a data directory is. */
export function socketPath(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'admin.sock')
}

export interface AdminApi {
  /** Calls below /admin/v1. Throws the server's refusal, or `Unavailable` when nobody answers. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, json?: unknown): Promise<unknown>
}

/** The API at an address, with the token of COUNTERSIGN_TOKEN, or on the socket in the data directory. */
export function findApi(where: { readonly server: string | undefined; readonly dataDirectory: string }): AdminApi {
  const place = where.server === undefined ? { socket: socketPath(where.dataDirectory) } : remote(where.server)
  return {
    call: async (method, path, json) => {
      const answer = await call(place, { method, path: `/admin/v1${path}`, json })
      if (answer.status < 400) return answer.json
      const { code = `http.${answer.status}`, detail = 'The server refused.' } = (answer.json ?? {}) as {
        readonly code?: string
        readonly detail?: string
      }
      throw new Refusal(code, detail)
    },
  }
}

function remote(server: string): ApiPlace {
  const url = URL.parse(server)
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))) {
    throw new StartMistake('--server must be an https address, or http on loopback.')
  }
  const token = environment()['COUNTERSIGN_TOKEN']
  if (token === undefined || token === '') throw new StartMistake('--server needs an access token in COUNTERSIGN_TOKEN.')
  return { url, token }
}
