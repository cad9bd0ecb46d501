/**
 * What a handler gives back. Cookies, redirects and streams are values too, so
 * that handlers stay testable without a server.
 *
 * @module
 */

import type { Readable } from 'node:stream'

/** A cookie as RFC 6265 writes it. `Secure` and the `__Host-` prefix are added by the listener when it speaks https. */
export interface Cookie {
  readonly name: string
  readonly value: string
  /** 0 removes it; absent keeps it until the browser closes. */
  readonly maxAgeSeconds?: number
  readonly path?: string
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Only for what a script must read; nothing of ours needs it. */
  readonly unsafelyReadableByScript?: true
}

export type Body =
  | { readonly json: unknown; readonly type?: string }
  | {
      readonly html: string
      /** Origins that a form of this page may end at after redirects: CSP `form-action`. */ readonly formTargets?: readonly string[]
    }
  | { readonly redirect: string }
  | { readonly text: string; readonly type?: string }
  | { readonly bytes: Uint8Array; readonly type: string }
  | {
      readonly stream: Readable
      readonly type: string
      /** The connection of somebody who takes nothing for so long is cut. A minute where it is not said. */ readonly mostSilenceMs?: number
    }
  | 'empty'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly Cookie[]
  readonly body: Body
}
