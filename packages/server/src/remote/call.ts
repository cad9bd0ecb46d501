/**
 * One call to our own admin API, over the Unix socket or over HTTP. For the
 * command line: what users can influence goes through the guarded client instead.
 *
 * @module
 */

import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { Unavailable } from '#kernel'

/** Where the API is: a socket on this machine, or an address and a bearer token. */
export type ApiPlace = { readonly socket: string } | { readonly url: URL; readonly token: string }

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly json?: unknown
  /** The version of the thing that is to be changed, RFC 9110 section 13.1.1. */
  readonly ifMatch?: string | undefined
}

export interface ApiAnswer {
  readonly status: number
  /** The version of the thing that was read. */
  readonly etag: string | undefined
  readonly json: unknown
}

/** A verification of a long log streams nothing for a while; longer than this is a hung server. */
const patienceMs = 600_000

/** The protocol's endpoints answer at once; a sign-in of somebody else may be in the queue before us. */
const protocolPatienceMs = 30_000

/** An answer larger than any page of the API is not the API's. */
const mostBytes = 64 * 1024 * 1024

/** Calls and reads the answer. Throws `Unavailable` when nobody answers. */
export async function call(place: ApiPlace, { method, path, json, ifMatch }: ApiCall): Promise<ApiAnswer> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  const headers: Record<string, string> = { accept: 'application/json' }
  if ('token' in place) headers['authorization'] = `Bearer ${place.token}`
  if (ifMatch !== undefined) headers['if-match'] = ifMatch
  if (body !== undefined) {
    headers['content-type'] = 'application/json'
    headers['content-length'] = String(Buffer.byteLength(body))
  }
  const answer = await send(place, { method, path, headers, timeout: patienceMs }, body)
  return { status: answer.statusCode ?? 0, etag: answer.headers.etag, json: await readJson(answer) }
}

/** Calls for an answer that is longer than what is kept in memory. A refusal is read; anything else is for the caller to take. */
export async function callForStream(
  place: ApiPlace,
  path: string,
): Promise<ApiAnswer & { readonly chunks: AsyncIterable<Buffer> | undefined }> {
  const headers: Record<string, string> = { accept: 'application/x-ndjson, application/json' }
  if ('token' in place) headers['authorization'] = `Bearer ${place.token}`
  const answer = await send(place, { method: 'GET', path, headers, timeout: patienceMs }, undefined)
  const status = answer.statusCode ?? 0
  if (status !== 200) return { status, etag: undefined, json: await readJson(answer), chunks: undefined }
  return { status, etag: undefined, json: undefined, chunks: whole(answer) }
}

/** What breaks off is an outage and no shorter answer. */
async function* whole(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    throw new Unavailable('server', error)
  }
}

/** An endpoint of the authorization server: what is asked for by GET, or a form that is posted. Throws `Unavailable` when nobody answers. */
export async function callProtocol(url: URL, form?: Readonly<Record<string, string>>): Promise<Pick<ApiAnswer, 'status' | 'json'>> {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) {
    headers['content-type'] = 'application/x-www-form-urlencoded'
    headers['content-length'] = String(Buffer.byteLength(body))
  }
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    path: `${url.pathname}${url.search}`,
    headers,
    timeout: protocolPatienceMs,
  }
  const answer = await send({ url, token: '' }, options, body)
  return { status: answer.statusCode ?? 0, json: await readJson(answer) }
}

async function send(place: ApiPlace, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const out =
      'socket' in place
        ? plainRequest({ ...options, socketPath: place.socket })
        : (place.url.protocol === 'https:' ? tlsRequest : plainRequest)(new URL(options.path ?? '/', place.url), options)
    out.once('response', resolve)
    out.once('timeout', () => out.destroy(new Error('no answer in time')))
    out.once('error', (error) => reject(new Unavailable('server', error)))
    out.end(body)
  })
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) throw new Unavailable('server', new Error('the answer is too large'))
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Unavailable('server', error)
    throw error
  }
}
