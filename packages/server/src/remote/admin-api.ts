/**
 * The admin API as another process reaches it.
 *
 * @module
 */

import { join, resolve } from 'node:path'
import { isLoopback, Refusal, StartMistake, Unavailable } from '#kernel'
import { call, callForStream, type ApiAnswer, type ApiPlace } from './call.ts'

/** Where the socket of a data directory is. */
export function socketPath(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'admin.sock')
}

export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A thing as it was read, and its version where it has one. */
export interface Versioned {
  readonly json: unknown
  readonly etag: string | undefined
}

export interface AdminApi {
  /** In words, for the question before something is deleted: an address, or the path of the socket. */
  readonly at: string
  /** Calls below /admin/v1. Throws the server's refusal (an {@link ApiRefusal}), or `Unavailable` when nobody answers. */
  call(method: ApiMethod, path: string, json?: unknown, ifMatch?: string): Promise<unknown>
  read(path: string): Promise<Versioned>
  /** Reads what is too long to hold. Throws `Unavailable` also when it breaks off. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>
}

/** A refusal of the API with the status that it came with. */
export class ApiRefusal extends Refusal {
  readonly status: number
  /** Everything that the server said, for refusals that say more than a sentence. */
  readonly said: unknown

  constructor(status: number, code: string, says: string, said?: unknown) {
    super(code, says)
    this.status = status
    this.said = said
  }
}

/** Gives a token; asked again with one that the server refused, it gives another, or throws. */
export type TokenSource = (refused?: string) => Promise<string>

/** The API on the socket in the data directory, as the machine's owner. */
export function apiOnSocket(dataDirectory: string): AdminApi {
  const socket = socketPath(dataDirectory)
  return createApi(
    socket,
    async (request) => answered(await call({ socket }, request)),
    async (path) => callForStream({ socket }, path),
  )
}

/** The API at an address. */
export function apiAt(server: URL, tokens: TokenSource): AdminApi {
  const asking = async <Answer extends ApiAnswer>(ask: (place: ApiPlace) => Promise<Answer>): Promise<Answer> => {
    const token = await tokens()
    const first = await ask({ url: server, token })
    // Nothing was done: an unknown caller is refused before anything else. The sign-in may have been renewed elsewhere.
    if (first.status !== 401) return first
    const other = await tokens(token)
    return other === token ? first : ask({ url: server, token: other })
  }
  return createApi(
    server.origin,
    async (request) => answered(await asking(async (place) => call(place, request))),
    async (path) => asking(async (place) => callForStream(place, path)),
  )
}

interface Request {
  readonly method: ApiMethod
  readonly path: string
  readonly json?: unknown
  readonly ifMatch?: string | undefined
}

type Streamed = Awaited<ReturnType<typeof callForStream>>

function createApi(at: string, send: (request: Request) => Promise<ApiAnswer>, stream: (path: string) => Promise<Streamed>): AdminApi {
  return {
    at,
    call: async (method, path, json, ifMatch) => (await send({ method, path: `/admin/v1${path}`, json, ifMatch })).json,
    read: async (path) => {
      const { json, etag } = await send({ method: 'GET', path: `/admin/v1${path}` })
      return { json, etag }
    },
    stream: async (path) => {
      const answer = await stream(`/admin/v1${path}`)
      if (answer.chunks !== undefined) return answer.chunks
      answered(answer)
      throw new Unavailable('server', new Error(`an answer of status ${answer.status} in place of a stream`))
    },
  }
}

function answered(answer: ApiAnswer): ApiAnswer {
  if (answer.status < 400) return answer
  const { code = `http.${answer.status}`, detail = 'The server refused.' } = (answer.json ?? {}) as {
    readonly code?: string
    readonly detail?: string
  }
  throw new ApiRefusal(answer.status, code, detail, answer.json)
}

/** Where a server may be: a token must not cross a network in clear. */
export function readServer(text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))) {
    throw new StartMistake('--server must be an https address, or http on loopback.')
  }
  return url
}
