/**
 * What access tokens and assertions have in common: the checks of RFC 7519
 * section 7.2 and RFC 9068 section 4, in the order in which they are made.
 *
 * What costs nothing comes first, then the key, then the signature; no claim is
 * looked at before the signature is known to be good.
 *
 * @module
 */

import { VerificationError } from '../verification-error.ts'
import type { Presented, VerifyOptions } from '../verify-options.ts'
import type { Algorithm } from './algorithms.ts'
import { findTimeMs, requireText, requireTimeMs, type Claims } from './claims.ts'
import { readJsonObject } from './json.ts'
import { readJws, type Jws } from './jws.ts'
import type { KeySet } from './key-set.ts'
import { requireTrusted, type TrustedIssuer } from './trusted-issuer.ts'

/** What one kind of token demands. */
export interface Kind {
  readonly types: readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly keys: (issuer: TrustedIssuer) => KeySet
  /** Who the token is for, by its `aud`. */
  readonly isFor: (audienceClaim: unknown, audience: string) => boolean
}

/** Claims that passed every check here, and the two times that every token has. */
export interface Verified {
  readonly claims: Claims
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

export async function verifyJwt(presented: Presented, options: VerifyOptions, kind: Kind): Promise<Verified> {
  const { issuer, audience, toleranceMs } = readOptions(options)
  const jws = requireJws(presented)
  if (!kind.types.includes(jws.type)) throw new VerificationError('token.wrong_type')
  if (!kind.algorithms.some((algorithm) => algorithm === jws.algorithm)) throw new VerificationError('token.wrong_algorithm')
  await checkSignature(jws, kind.keys(issuer))
  const claims = readJsonObject(jws.payload)
  if (claims === undefined) throw new VerificationError('token.malformed')
  if (requireText(claims, 'iss') !== issuer.url) throw new VerificationError('token.wrong_issuer')
  if (!kind.isFor(claims['aud'], audience)) throw new VerificationError('token.wrong_audience')
  return { claims, ...checkTimes(claims, issuer.now(), toleranceMs) }
}

const maxToleranceSeconds = 60

/** Two clocks that are kept in time differ by less. */
const usualToleranceSeconds = 5

function readOptions(options: VerifyOptions): { readonly issuer: TrustedIssuer; readonly audience: string; readonly toleranceMs: number } {
  const { audience, clockToleranceSeconds = usualToleranceSeconds } = options
  const issuer = requireTrusted(options.issuer)
  if (typeof audience !== 'string' || audience === '') throw new TypeError('audience must be a text')
  if (!Number.isInteger(clockToleranceSeconds) || clockToleranceSeconds < 0 || clockToleranceSeconds > maxToleranceSeconds) {
    throw new TypeError(`clockToleranceSeconds must be a whole number from 0 to ${maxToleranceSeconds}`)
  }
  return { issuer, audience, toleranceMs: clockToleranceSeconds * 1000 }
}

function requireJws(presented: Presented): Jws {
  if (presented === undefined || presented === null || presented === '') throw new VerificationError('token.missing')
  const jws = typeof presented === 'string' ? readJws(presented) : undefined
  if (jws === undefined) throw new VerificationError('token.malformed')
  return jws
}

/** The key says which algorithm it is for; the token only has to agree. */
async function checkSignature(jws: Jws, keys: KeySet): Promise<void> {
  const key = await keys.find(jws.keyId)
  if (key === undefined) throw new VerificationError('token.unknown_key')
  if (key.algorithm !== jws.algorithm) throw new VerificationError('token.wrong_algorithm')
  if (!(await key.verify(jws.signed, jws.signature))) throw new VerificationError('token.bad_signature')
}

/** RFC 7519 sections 4.1.4 to 4.1.6. A token from the future is refused like one that is not valid yet. */
function checkTimes(claims: Claims, nowMs: number, toleranceMs: number): { readonly issuedAtMs: number; readonly expiresAtMs: number } {
  const expiresAtMs = requireTimeMs(claims, 'exp')
  const issuedAtMs = requireTimeMs(claims, 'iat')
  const fromMs = Math.max(issuedAtMs, findTimeMs(claims, 'nbf') ?? 0)
  if (nowMs >= expiresAtMs + toleranceMs) throw new VerificationError('token.expired')
  if (nowMs < fromMs - toleranceMs) throw new VerificationError('token.not_yet_valid')
  return { issuedAtMs, expiresAtMs }
}
