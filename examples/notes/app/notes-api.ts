/**
 * The app's calls to its API, each in the name of the person for whom it asks.
 *
 * @module
 */

import { request as ask } from 'node:http'
import type { Note } from '../note.ts'
import type { Tokens } from './visitors.ts'

/** The API said no, or nothing that can be understood. */
export class ApiTrouble extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(`the API answered ${status} ${code}`)
    this.status = status
    this.code = code
  }
}

export interface NotesApi {
  list(tokens: Tokens): Promise<readonly Note[]>
  /** `assertion` is the gateway's, of the request that the person made. */
  write(tokens: Tokens, assertion: string, text: string): Promise<void>
  remove(tokens: Tokens, assertion: string, id: string): Promise<void>
}

const patienceMs = 5_000

/** More than five hundred of the longest notes. */
const mostBytes = 8 * 1024 * 1024

export function createNotesApi(apiUrl: string): NotesApi {
  const call = async (tokens: Tokens, method: 'GET' | 'POST', path: string, assertion?: string, body?: object): Promise<unknown> => {
    const { status, text } = await send(
      new URL(path, apiUrl),
      method,
      {
        authorization: `Bearer ${tokens.accessToken}`,
        ...(assertion === undefined ? {} : { 'countersign-assertion': assertion }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body === undefined ? undefined : JSON.stringify(body),
    )
    const answer: unknown = text === '' ? {} : JSON.parse(text)
    if (status < 300) return answer
    throw new ApiTrouble(status, (answer as { readonly code?: string }).code ?? 'unknown')
  }
  return {
    list: async (tokens) => ((await call(tokens, 'GET', '/notes')) as { readonly notes: readonly Note[] }).notes,
    write: async (tokens, assertion, text) => void (await call(tokens, 'POST', '/notes', assertion, { text })),
    remove: async (tokens, assertion, id) => void (await call(tokens, 'POST', `/notes/${id}/delete`, assertion)),
  }
}

async function send(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const out = ask(url, { method, headers, timeout: patienceMs })
    out.on('timeout', () => out.destroy(new Error('the API took too long')))
    out.on('error', reject)
    out.on('response', (answer) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > mostBytes) out.destroy(new Error('the API answered too much'))
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    out.end(body)
  })
}
