/** The one issuer whose signatures count. @module */

import { TrustedIssuer } from './internal/trusted-issuer.ts'

/** A `fetch`, as far as it is used here. The global one fits. */
export type Fetch = (
  url: string,
  init: {
    readonly redirect: 'manual'
    readonly signal: AbortSignal
    readonly headers: Readonly<Record<string, string>>
    readonly method?: 'POST'
    readonly body?: string
  },
) => Promise<{ readonly status: number; readonly body: ReadableStream<Uint8Array> | null }>

export interface IssuerOptions {
  /** How documents are fetched; the global `fetch` when absent. */
  readonly fetch?: Fetch
  /** Wall time in milliseconds; `Date.now` when absent. */
  readonly now?: () => number
}

/** An issuer that is trusted, with the keys that it publishes. Made by {@link trustIssuer}, once for each program. */
export interface Issuer {
  /** The issuer's identifier, exactly as in its metadata and in the `iss` of what it issues. */
  readonly url: string
}

/**
 * Trusts an issuer by its URL. Nothing is fetched until the first verification.
 *
 * The metadata (OpenID Connect Discovery 1.0 section 4) must name exactly this issuer, and its keys must be
 * published under the same origin. Keys are fetched again after ten minutes, and
 * when a token names one that is not known, at most once a minute; while the
 * issuer cannot be reached they are used for an hour.
 *
 *     const issuer = trustIssuer('https://id.example.com')
 *
 * Throws a TypeError when the URL is neither https nor http on this machine, or
 * has credentials, a query or a fragment.
 */
export function trustIssuer(url: string, options: IssuerOptions = {}): Issuer {
  return new TrustedIssuer(url, options)
}
