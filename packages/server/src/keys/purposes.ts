/**
 * Every purpose that a key can have, and what its keys are like.
 *
 * @module
 */

import type { HashingPurpose, IdTokenPurpose, SealingPurpose, SigningAlgorithm, SigningPurpose } from './contract.ts'

const hourMs = 3_600_000

/** What people's keys are wrapped under; nobody outside this module seals with it. */
export type InnerPurpose = SealingPurpose | 'person'

export type Purpose = SigningPurpose | InnerPurpose | HashingPurpose

interface Signing {
  readonly algorithm: SigningAlgorithm
  /** `when-asked`: an RSA key takes a quarter of a second, so nobody waits for those that no client asked for. */
  readonly made: 'at-once' | 'when-asked'
  /** How long a retired key still verifies: the longest life of what it signed. Undefined means for ever. */
  readonly verifiesForMs: number | undefined
  /** Whether apps and clients verify with it, so that it stands in the key set that we publish. */
  readonly published: boolean
  /** At a restore the keys before it stop at once, with all that they signed; or go on verifying. */
  readonly afterRestore: 'forgotten' | 'verifies'
}

interface Sealing {
  readonly opensForMs: number | undefined
  /** What lives in browsers ends with the life in which it was sealed; what lies in the database must still open. */
  readonly afterRestore: 'forgotten' | 'kept'
}

// An ID token lives minutes, but comes back as `id_token_hint` at sign-out as long as the session lasts, 12 hours by default;
// twice that leaves room.
const idToken = { made: 'at-once', verifiesForMs: 24 * hourMs, published: true, afterRestore: 'forgotten' } as const

export const signingPurposes: Readonly<Record<SigningPurpose, Signing>> = {
  // RS256 because OpenID Connect Core section 2 makes it what every client can verify. The others by registration.
  'id-token': { ...idToken, algorithm: 'RS256' },
  'id-token-ps256': { ...idToken, algorithm: 'PS256', made: 'when-asked' },
  'id-token-es256': { ...idToken, algorithm: 'ES256' },
  'id-token-eddsa': { ...idToken, algorithm: 'EdDSA' },
  // ES256 signs nine times cheaper than RS256 and every verifier of RFC 9068 tokens is ours or modern. A client may set a
  // longer life than 15 minutes, up to a day.
  'access-token': { algorithm: 'ES256', made: 'at-once', verifiesForMs: 24 * hourMs, published: true, afterRestore: 'forgotten' },
  // Lives 60 seconds; the rest is for a gateway whose channel was down while the key was rotated.
  'gateway-assertion': { algorithm: 'ES256', made: 'at-once', verifiesForMs: hourMs, published: true, afterRestore: 'forgotten' },
  // Somebody may hold a checkpoint for years and must still be able to check it.
  'audit-checkpoint': { algorithm: 'EdDSA', made: 'at-once', verifiesForMs: undefined, published: false, afterRestore: 'verifies' },
}

/** Under which purpose an ID token of each algorithm is signed. */
export const idTokenPurposes: Readonly<Record<SigningAlgorithm, IdTokenPurpose>> = {
  RS256: 'id-token',
  PS256: 'id-token-ps256',
  ES256: 'id-token-es256',
  EdDSA: 'id-token-eddsa',
}

/** Every algorithm that a client may ask for, the usual one first. */
export const signingAlgorithms: readonly SigningAlgorithm[] = namesOf(idTokenPurposes)

/** How long a retired version still opens: the longest life of what it sealed. Undefined means for ever. */
export const sealingPurposes: Readonly<Record<InnerPurpose, Sealing>> = {
  'browser-state': { opensForMs: hourMs, afterRestore: 'forgotten' },
  'gateway-session': { opensForMs: 24 * hourMs, afterRestore: 'forgotten' },
  // Whom a token with a pairwise subject is about: it opens as long as such a token verifies.
  'token-subject': { opensForMs: 24 * hourMs, afterRestore: 'forgotten' },
  credential: { opensForMs: undefined, afterRestore: 'kept' },
  column: { opensForMs: undefined, afterRestore: 'kept' },
  person: { opensForMs: undefined, afterRestore: 'kept' },
}

/** These never rotate: what they hashed is stored and looked up. */
export const hashingPurposes: readonly HashingPurpose[] = ['pepper', 'blind-index', 'client-secret', 'network', 'pairwise']

export const purposes: readonly Purpose[] = [...namesOf(signingPurposes), ...namesOf(sealingPurposes), ...hashingPurposes]

export function isSigning(purpose: Purpose): purpose is SigningPurpose {
  return purpose in signingPurposes
}

/** Whether its keys are made when somebody first asks for them, and not for every tenant. */
export function isMadeWhenAsked(purpose: Purpose): boolean {
  return isSigning(purpose) && signingPurposes[purpose].made === 'when-asked'
}

export function isSealing(purpose: Purpose): purpose is InnerPurpose {
  return purpose in sealingPurposes
}

/** Reads a purpose from the database. Undefined for one that this release does not know; a newer one may run beside it. */
export function readPurpose(text: string): Purpose | undefined {
  return purposes.find((purpose) => purpose === text)
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[]
}
