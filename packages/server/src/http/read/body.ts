/**
 * The body of a request, read whole and bounded. How long it may take is bounded
 * by the listener's request timeout.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { readUtf8 } from '#kernel'
import { refuse } from '../refusals.ts'
import type { RouteSchema } from '../route.ts'
import { readForm } from './form.ts'
import { readJson } from './json.ts'

/** Larger than any form or document of ours, and small enough that a thousand at once fit in memory. */
export const mostBodyBytes: number = 64 * 1024

/** Pieces that a body may come in, whatever its size: 128 bytes each of the largest. Each costs more than what is in it. */
export const mostPieces: number = 512

/** The caller went away before the request was whole: there is nobody to answer. */
export class Gone extends Error {
  override readonly name = 'Gone'
}

const formType = 'application/x-www-form-urlencoded'
const jsonType = 'application/json'

/**
 * Reads the body that a route takes; undefined when it takes none or none came.
 *
 * Refuses with `request.unsupported_type`, `request.unexpected_body`, `request.too_large`, `request.malformed`,
 * `request.duplicate_parameter`.
 */
export async function readBody(request: IncomingMessage, schema: RouteSchema, mostBytes: number = mostBodyBytes): Promise<unknown> {
  const length = request.headers['content-length']
  const isEmpty = request.headers['transfer-encoding'] === undefined && (length === undefined || Number(length) === 0)
  if (schema.body === undefined) {
    if (!isEmpty) throw refuse('request.unexpected_body')
    return undefined
  }
  const type = schema.bodyType ?? 'json'
  if (isEmpty) return type === 'form' ? readForm('') : undefined
  checkType(request, type === 'form' ? formType : jsonType)
  if (length !== undefined && Number(length) > mostBytes) throw refuse('request.too_large')
  const text = readUtf8(await collect(request, mostBytes))
  if (text === undefined) throw refuse('request.malformed', 'not UTF-8')
  return type === 'form' ? readForm(text) : readJson(text)
}

/** The type itself, with no parameter but `charset=utf-8`; no content coding, so that nothing unpacks to more than it weighs. */
function checkType(request: IncomingMessage, wanted: string): void {
  const sent = request.headers['content-type']
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') throw refuse('request.unsupported_type', 'content coding')
  if (sent === wanted) return
  const [type = '', ...parameters] = (sent ?? '').toLowerCase().split(';')
  const fits = type.trim() === wanted && parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter))
  if (!fits) throw refuse('request.unsupported_type')
}

function collect(request: IncomingMessage, mostBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const brokeOff = (cause?: Error): void => reject(new Gone('the request broke off', { cause }))
    const settle = (): void => {
      request.off('close', brokeOff)
      request.off('error', brokeOff)
    }
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength
      if (bytes <= mostBytes && chunks.length < mostPieces) chunks.push(chunk)
      else {
        settle()
        request.on('error', () => undefined)
        request.pause()
        reject(bytes > mostBytes ? refuse('request.too_large') : refuse('request.malformed', 'too many pieces'))
      }
    })
    request.once('end', () => {
      settle()
      resolve(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks))
    })
    request.once('error', brokeOff)
    request.once('close', brokeOff)
  })
}
