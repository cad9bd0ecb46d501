/**
 * One request over TLS to a name that is this machine, for tests of the
 * production shape. `fetch` would ask the system's resolver and trust its own
 * authorities.
 *
 * @module
 */

import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import type { TLSSocket } from 'node:tls'

export interface HttpsAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly protocol: string | null
  /** SHA-256 of the certificate that the server showed. */
  readonly fingerprint: string
}

export interface HttpsRequest {
  /** PEM of the authority that is believed. */
  readonly authority: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly newestTls?: 'TLSv1.2'
}

/** Rejects when the certificate is not believed or the handshake fails. */
export async function askHttps(address: string, { authority, method, headers, form, newestTls }: HttpsRequest): Promise<HttpsAnswer> {
  const url = new URL(address)
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const out = request({
      host: '127.0.0.1',
      port: url.port,
      path: url.pathname + url.search,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      servername: url.hostname,
      ca: authority,
      agent: false,
      headers: { host: url.host, ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      ...(newestTls === undefined ? {} : { maxVersion: newestTls }),
    })
    out.once('error', reject)
    out.once('response', (answer) => {
      const socket = answer.socket as TLSSocket
      const seen = { protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 }
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, ...seen }))
      answer.once('error', reject)
    })
    out.end(body)
  })
}
