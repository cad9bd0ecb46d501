import type { Answer, RouteInput } from '#http'
import { utf8, type Operation } from '#kernel'
import { openStylesheet } from './stylesheet.ts'

/**
 * The stylesheet. At the address that pages link to, which holds its hash, a
 * browser keeps it for a year without asking (RFC 8246); elsewhere it asks each
 * time whether it has changed.
 */
export async function showStylesheet(_op: Operation, input: RouteInput): Promise<Answer> {
  const { css, version } = openStylesheet()
  const etag = `"${version}"`
  const caching = input.query['v'] === version ? 'public, max-age=31536000, immutable' : 'public, no-cache'
  const headers = { etag, 'cache-control': caching }
  if (input.headers['if-none-match'] === etag) return { status: 304, headers, body: 'empty' }
  return { status: 200, headers, body: { bytes: utf8(css), type: 'text/css; charset=utf-8' } }
}
