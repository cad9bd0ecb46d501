/**
 * What the rest of the house may do with keys. Nobody outside this module ever
 * holds private key material.
 *
 * @module
 */

import type { Operation, Secret, UserId } from '#kernel'
import type { Reader, Transaction } from '#store'

/** For what clients verify by an algorithm that each of them chose: one purpose for each, so that no key serves two algorithms. */
export type IdTokenPurpose = 'id-token' | 'id-token-ps256' | 'id-token-es256' | 'id-token-eddsa'

/** What a signature is for. Each purpose has keys of its own, and a verifier accepts a key for its purpose alone. */
export type SigningPurpose = IdTokenPurpose | 'access-token' | 'gateway-assertion' | 'audit-checkpoint'

/** What sealed bytes are for. */
export type SealingPurpose = 'browser-state' | 'gateway-session' | 'token-subject' | 'credential' | 'column'

/** What a keyed hash is for. */
export type HashingPurpose = 'pepper' | 'blind-index' | 'client-secret' | 'network' | 'pairwise'

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA'

export interface Signature {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly bytes: Uint8Array
}

/** A signing key as people see it. */
export interface ListedKey {
  readonly purpose: SigningPurpose
  /** The `kid`. */
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  /** `next` is published and does not sign yet, `active` signs, `retired` only verifies. */
  readonly state: 'next' | 'active' | 'retired'
  /** When it came into that state. */
  readonly sinceMs: number
  /** Of a next key: from when on it may take over. */
  readonly readyAtMs?: number
  /** Of a retired key: until when it verifies; absent means for ever. */
  readonly verifiesUntilMs?: number
}

/** A public key as RFC 7517 writes it, with the purpose it may verify. */
export interface PublicJwk {
  readonly kty: string
  readonly kid: string
  readonly alg: string
  readonly use: 'sig'
  readonly [member: string]: unknown
}

/**
 * Signing, sealing and keyed hashing under this server's purpose keys.
 *
 * Await these before a write or after it, never inside its closure: now and
 * then they read the database themselves, and must not wait for a connection
 * that writes under way hold. They throw `Unavailable('keys')` when a key cannot
 * be had.
 */
export interface Keys {
  sign(op: Operation, purpose: SigningPurpose, bytes: Uint8Array): Promise<Signature>
  /** A compact JWS (RFC 7515 section 7.1) over the claims, with `alg`, `kid` and the given `typ` in its header. */
  signJwt(op: Operation, purpose: SigningPurpose, type: string, claims: Readonly<Record<string, unknown>>): Promise<string>
  /** The keys that verify: the active one, those retired less than their tokens' lifetime ago, and the next one, published before it signs. */
  publicKeys(op: Operation, purposes?: readonly SigningPurpose[]): Promise<readonly PublicJwk[]>
  /**
   * Makes the keys of a purpose whose keys are made when first asked for. Await it
   * when somebody says that they will need it: then the keys are published before they
   * sign. Whoever signs without it makes them all the same.
   */
  prepare(op: Operation, purpose: SigningPurpose): Promise<void>
  /**
   * Verifies a compact JWS that we issued ourselves: signature, `alg`, `kid`
   * and `typ` only; the claims are the caller's to judge. Undefined for
   * anything that this server did not sign for one of these purposes.
   */
  verifyJwt(
    op: Operation,
    purposes: SigningPurpose | readonly SigningPurpose[],
    type: string,
    token: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined>
  /** AES-256-GCM; `context` and the tenant are authenticated and must be the same at {@link Keys.open}. */
  seal(op: Operation, purpose: SealingPurpose, plain: Uint8Array, context: string): Promise<Uint8Array>
  /** Undefined when the bytes were not sealed for this tenant, purpose and context, without saying which was at fault. */
  open(op: Operation, purpose: SealingPurpose, sealed: Uint8Array, context: string): Promise<Uint8Array | undefined>
  /** HMAC-SHA-256 under the purpose's key, bound to the tenant. Stable for the life of the database: it may be stored and looked up. */
  hash(op: Operation, purpose: HashingPurpose, bytes: Uint8Array): Promise<Uint8Array>
  /** The signing keys and where they are in their life: what people may see of them, and nothing to sign with. */
  list(op: Operation): Promise<readonly ListedKey[]>
  /**
   * A planned rotation. A signing purpose: the next key, published long before,
   * becomes active; the active one only verifies from now on. A sealing
   * purpose: a new version seals 20 s later, the older ones still open.
   *
   * Refuses with `keys.rotated_too_recently` while the next key has not been
   * published for long enough that every cache of our key set holds it.
   */
  rotate(op: Operation, purpose: SigningPurpose | SealingPurpose): Promise<void>
}

/**
 * The key of one person, ready for use. Sealing needs no database, so it may be
 * done before a write and its result used inside.
 */
export interface PersonKey {
  readonly person: UserId
  /** `context` names the column or event that it is for, for instance `user.email`. */
  seal(text: string, context: string): Uint8Array
  /** Undefined when it was sealed for another person or another context. */
  open(sealed: Uint8Array, context: string): string | undefined
}

/** The keys of people. What takes a `tx` or a `db` may be awaited inside a write, {@link PersonKeys.create} may not. Deleting one makes everything that was sealed under it unreadable, backups included. */
export interface PersonKeys {
  /** Makes a key that {@link PersonKeys.keep} then stores; call it before the write that creates the person. */
  create(op: Operation, person: UserId): Promise<NewPersonKey>
  keep(tx: Transaction, op: Operation, key: NewPersonKey): Promise<void>
  /** Undefined when the person's key was destroyed or never existed. */
  find(op: Operation, db: Reader, person: UserId): Promise<PersonKey | undefined>
  /** {@link PersonKeys.find} for a page of people, in one query. Those without a key are left out. */
  findAll(op: Operation, db: Reader, people: readonly UserId[]): Promise<ReadonlyMap<UserId, PersonKey>>
  /** Destroys the key. The caller commits this together with the event that says so. */
  erase(tx: Transaction, op: Operation, person: UserId): Promise<void>
}

/** A key that is not stored yet. */
export interface NewPersonKey extends PersonKey {
  readonly wrapped: Uint8Array
}

/**
 * What the gateway's process is given over its channel, and nobody else. Whoever
 * holds it can assert any user to every app, and make any gateway session, until
 * both purposes are rotated.
 */
export interface GatewayKeys {
  /** The private key that signs assertions now. Give it to `createAssertionSigner`; ask again after a rotation. */
  exportAssertionKey(op: Operation): Promise<Secret<PrivateJwk>>
  /** The keys of `gateway-session`, the one that seals first. Give them to `createStateSealer`. */
  exportSessionKeys(op: Operation): Promise<Secret<readonly SealingKeyExport[]>>
}

/** A private key as RFC 7517 writes it, with its algorithm and key id. */
export interface PrivateJwk {
  readonly kty: string
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly d: string
  readonly [member: string]: unknown
}

/** One version of a sealing key on its way to the gateway's process. */
export interface SealingKeyExport {
  readonly version: number
  /** 32 bytes in base64url. */
  readonly key: string
}
