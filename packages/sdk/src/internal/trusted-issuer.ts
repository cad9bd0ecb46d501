/**
 * An issuer and its two sets of keys, found through its metadata, OpenID Connect
 * Discovery 1.0 section 4.
 *
 * Keys of access tokens and keys of assertions never stand in for each other: a
 * gateway's process holds one of the latter.
 *
 * @module
 */

import { IssuerError } from '../issuer-error.ts'
import type { Fetch, Issuer, IssuerOptions } from '../trust-issuer.ts'
import { fetchJson } from './fetch-json.ts'
import { KeySet } from './key-set.ts'
import { parseUrl } from './parse-url.ts'

type Metadata = Readonly<Record<string, unknown>>

/** An issuer that moves its keys announces it longer before. */
const metadataForMs = 3_600_000

export class TrustedIssuer implements Issuer {
  readonly url: string
  readonly now: () => number
  readonly accessTokenKeys: KeySet
  readonly assertionKeys: KeySet
  readonly #fetch: Fetch
  readonly #origin: string
  #metadata: { readonly document: Metadata; readonly atMs: number } | undefined

  constructor(url: string, { fetch = globalThis.fetch, now = Date.now }: IssuerOptions) {
    this.#origin = readIssuerUrl(url).origin
    this.url = url
    this.now = now
    this.#fetch = fetch
    this.accessTokenKeys = new KeySet(() => this.#keysAt('jwks_uri'), now)
    this.assertionKeys = new KeySet(() => this.#keysAt('countersign_assertion_jwks_uri'), now)
  }

  async #keysAt(member: string): Promise<Metadata> {
    return fetchJson(this.#fetch, await this.#addressOf(member), 'issuer.wrong_keys')
  }

  /** Posts a form to the feed of revocations. */
  async askRevocations(form: Readonly<Record<string, string>>, authorization?: string): Promise<Metadata> {
    const address = await this.#addressOf('countersign_revocation_feed_endpoint')
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(authorization === undefined ? {} : { authorization }) }
    const post = { method: 'POST', headers, body: new URLSearchParams(form).toString() } as const
    return fetchJson(this.#fetch, address, 'issuer.wrong_feed', post)
  }

  /** A relative address is none: it would depend on who reads it. */
  async #addressOf(member: string): Promise<string> {
    const address = (await this.#readMetadata())[member]
    const url = parseUrl(address)
    if (url === undefined || url.origin !== this.#origin || url.username !== '' || url.password !== '') {
      this.#metadata = undefined
      throw new IssuerError('issuer.wrong_metadata', new Error(`${member} is not an address of ${this.#origin}`))
    }
    return url.href
  }

  /** Section 4.3: the document must name the very issuer that it was asked for. */
  async #readMetadata(): Promise<Metadata> {
    const nowMs = this.now()
    const held = this.#metadata
    if (held !== undefined && nowMs - held.atMs < metadataForMs && nowMs >= held.atMs) return held.document
    const address = `${this.url.replace(/\/$/, '')}/.well-known/openid-configuration`
    const document = await fetchJson(this.#fetch, address, 'issuer.wrong_metadata')
    if (document['issuer'] !== this.url) throw new IssuerError('issuer.wrong_metadata', new Error('the metadata names another issuer'))
    this.#metadata = { document, atMs: nowMs }
    return document
  }
}

/** What {@link TrustedIssuer} made. A TypeError for anything that only looks like it. */
export function requireTrusted(issuer: unknown): TrustedIssuer {
  if (issuer instanceof TrustedIssuer) return issuer
  throw new TypeError('issuer must be made by trustIssuer')
}

function readIssuerUrl(text: unknown): URL {
  const url = parseUrl(text)
  const isPlain = url !== undefined && !/[?#\s]/.test(String(text)) && url.username === '' && url.password === ''
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url !== undefined && isPlain && isSafe) return url
  throw new TypeError('an issuer is an https URL, or http on this machine, without credentials, query and fragment')
}

/** RFC 8252 section 8.3 and RFC 6761 section 6.3: names and addresses that never leave the machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
