/** Fetches one JSON document of the issuer, with limits on time and size. @module */

import { IssuerError, type IssuerCode } from '../issuer-error.ts'
import type { Fetch } from '../trust-issuer.ts'
import { readJsonObject } from './json.ts'

/** Everything, the last byte included. */
const maxMs = 5_000

/** A document that holds a hundred RSA keys has 80 KiB. */
const maxBytes = 262_144

/** A form that is sent. */
export interface Post {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Gets a JSON object. Redirects are not followed: they would lead away from the
 * origin that is trusted. `wrong` is the code for an answer that is no such
 * document; one that does not come is `issuer.unreachable`.
 */
export async function fetchJson(fetch: Fetch, url: string, wrong: IssuerCode, post?: Post): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await get(fetch, url, wrong, post)
  const document = readJsonObject(bytes)
  if (document === undefined) throw new IssuerError(wrong, new Error(`${url} is not a JSON object`))
  return document
}

async function get(fetch: Fetch, url: string, wrong: IssuerCode, post: Post | undefined): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const headers = { accept: 'application/json', ...post?.headers }
    const response = await fetch(url, { ...post, redirect: 'manual', signal: AbortSignal.timeout(maxMs), headers })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      throw new IssuerError('issuer.unreachable', new Error(`${url} answered ${response.status}`))
    }
    return await readBody(response.body, url, wrong)
  } catch (error) {
    throw error instanceof IssuerError ? error : new IssuerError('issuer.unreachable', error)
  }
}

async function readBody(body: ReadableStream<Uint8Array>, url: string, wrong: IssuerCode): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw new IssuerError(wrong, new Error(`${url} is longer than ${maxBytes} bytes`))
    }
    chunks.push(read.value)
  }
  const whole = new Uint8Array(size)
  let filled = 0
  for (const chunk of chunks) {
    whole.set(chunk, filled)
    filled += chunk.byteLength
  }
  return whole
}
