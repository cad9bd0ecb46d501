/**
 * One look at a server from outside, to say what a client would meet. Nothing
 * that comes back is believed: a certificate that no client would accept is
 * looked at and not refused, so nothing that is secret may be sent this way.
 *
 * @module
 */

import { request as plainRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { getCACertificates, TLSSocket } from 'node:tls'

/** What a server showed in the TLS handshake. */
export interface ShownTls {
  /** Its certificates in DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  /** Why a client would not believe it, in the words of OpenSSL or Node; undefined when it would. */
  readonly disbelief: string | undefined
}

export type Asked =
  | {
      readonly is: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string | undefined>>
      /** Undefined when it is not JSON. */
      readonly json: unknown
      readonly tls: ShownTls | undefined
    }
  | { readonly is: 'silence'; readonly why: 'unknown-name' | 'refused' | 'no-tls' | 'no-answer'; readonly code: string }

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** PEM of authorities that are believed beside those of this machine. */
  readonly authorities?: readonly string[]
}

/** A server that takes longer is as good as none. */
const patienceMs = 5_000

/** Discovery and what a mirror shows are a few KiB. */
const mostBytes = 256 * 1024

/** Asks by GET and follows nothing. Never rejects: that nobody answers is an answer. */
export async function ask(url: URL, { headers = {}, authorities = [] }: AskOptions = {}): Promise<Asked> {
  const options = { headers: { accept: 'application/json', ...headers }, agent: false, timeout: patienceMs }
  const isTls = url.protocol === 'https:'
  try {
    const out = isTls
      ? tlsRequest(url, { ...options, rejectUnauthorized: false, ca: [...knownAuthorities(), ...authorities] } as RequestOptions)
      : plainRequest(url, options)
    return await answerTo(out)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
    return { is: 'silence', why: whyOf(code), code }
  }
}

/** The authorities that clients on this machine believe. */
export function knownAuthorities(): readonly string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

async function answerTo(out: ClientRequest): Promise<Asked> {
  const hurry = setTimeout(() => out.destroy(new Error('no answer in time')), patienceMs)
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => out.once('response', resolve).once('error', reject).end())
    const tls = answer.socket instanceof TLSSocket ? shownBy(answer.socket) : undefined
    const headers = answer.headers as Readonly<Record<string, string | undefined>>
    return { is: 'answer', status: answer.statusCode ?? 0, headers, json: await readJson(answer), tls }
  } finally {
    clearTimeout(hurry)
    out.destroy()
  }
}

function shownBy(socket: TLSSocket): ShownTls {
  const chain: Uint8Array[] = []
  const seen = new Set<string>()
  let next = socket.getPeerX509Certificate()
  while (next !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256)
    chain.push(next.raw)
    next = next.issuerCertificate
  }
  const why = socket.authorizationError as unknown
  return { chain, disbelief: socket.authorized ? undefined : String(why instanceof Error ? ('code' in why ? why.code : why.message) : why) }
}

async function readJson(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function whyOf(code: string): 'unknown-name' | 'refused' | 'no-tls' | 'no-answer' {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown-name'
  if (code === 'ECONNREFUSED') return 'refused'
  // A server that speaks plain HTTP, or another version of TLS, at an https address.
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return 'no-tls'
  return 'no-answer'
}
