/** What every verification is told. @module */

import type { Issuer } from './trust-issuer.ts'

export interface VerifyOptions {
  /** Made by {@link trustIssuer}. */
  readonly issuer: Issuer
  /** Who we are: what the `aud` of the token must be or contain. */
  readonly audience: string
  /** How far the issuer's clock may be from ours, in whole seconds from 0 to 60; 5 when absent. */
  readonly clockToleranceSeconds?: number
}

/**
 * A token as it arrives: the value of a header. Absent is refused with
 * `token.missing`; a header that came several times with `token.malformed`.
 */
export type Presented = string | readonly string[] | null | undefined
