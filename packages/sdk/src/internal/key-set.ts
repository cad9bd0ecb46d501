/**
 * The keys that an issuer publishes at one address, fetched when they are
 * needed and kept for a while.
 *
 * The attacker here sends tokens with key ids that do not exist, to make us
 * fetch; and the key that rotates in at the wrong moment must still be found.
 * So an unknown id has the keys fetched again, but at most once a minute, and
 * all who wait share one fetch.
 *
 * @module
 */

import { IssuerError } from '../issuer-error.ts'
import { importKey, isAlgorithm, type VerifyingKey } from './algorithms.ts'
import { isRecord } from './json.ts'

/** Keys are published long before they sign; ten minutes bounds how long a withdrawn one is still believed. */
const freshForMs = 600_000
/** While the issuer cannot be reached: an hour of its outage is not ours. */
const usableForMs = 3_600_000
const leastBetweenMs = 60_000
/** After a failure without any keys: soon enough for a start in any order, seldom enough for an issuer in trouble. */
const retryAfterMs = 1_000

const maxKeys = 100
const maxKeyIdChars = 256

type Keys = ReadonlyMap<string, VerifyingKey>

export class KeySet {
  readonly #load: () => Promise<Readonly<Record<string, unknown>>>
  readonly #now: () => number
  #held: { readonly keys: Keys; readonly atMs: number } | undefined
  #askedAtMs: number | undefined
  #failure: unknown
  #asking: Promise<Keys> | undefined

  /** `load` fetches the JWK set. It throws {@link IssuerError}s. */
  constructor(load: () => Promise<Readonly<Record<string, unknown>>>, now: () => number) {
    this.#load = load
    this.#now = now
  }

  /** The key of that id; undefined when the issuer does not publish it. Throws an {@link IssuerError} when that cannot be found out. */
  async find(keyId: string): Promise<VerifyingKey | undefined> {
    const keys = await this.#current()
    const key = keys.get(keyId)
    if (key !== undefined) return key
    const isAsking = this.#asking !== undefined
    return isAsking || this.#mayAsk(leastBetweenMs) ? (await this.#ask()).get(keyId) : undefined
  }

  async #current(): Promise<Keys> {
    const ageMs = this.#now() - (this.#held?.atMs ?? Number.NEGATIVE_INFINITY)
    const keys = ageMs >= 0 && ageMs < usableForMs ? this.#held?.keys : undefined
    if (keys === undefined) {
      if (this.#asking === undefined && !this.#mayAsk(retryAfterMs)) throw this.#failure
      return this.#ask()
    }
    if (ageMs < freshForMs || !this.#mayAsk(leastBetweenMs)) return keys
    return this.#ask().catch((error: unknown) => {
      if (error instanceof IssuerError) return keys
      throw error
    })
  }

  /** A clock that was set back does not keep us from asking. */
  #mayAsk(afterMs: number): boolean {
    const sinceMs = this.#now() - (this.#askedAtMs ?? Number.NEGATIVE_INFINITY)
    return sinceMs >= afterMs || sinceMs < 0
  }

  /** Whoever asks while somebody does, waits for the same answer. */
  #ask(): Promise<Keys> {
    this.#asking ??= this.#reload().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #reload(): Promise<Keys> {
    const atMs = this.#now()
    this.#askedAtMs = atMs
    try {
      const keys = await readKeys(await this.#load())
      this.#held = { keys, atMs }
      return keys
    } catch (error) {
      this.#failure = error
      throw error
    }
  }
}

/** Keys that are not for verifying signatures are left out, as RFC 7517 section 5 asks. */
async function readKeys(document: Readonly<Record<string, unknown>>): Promise<Keys> {
  const { keys } = document
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new IssuerError('issuer.wrong_keys')
  const read = new Map<string, VerifyingKey>()
  const seen = new Set<string>()
  for (const jwk of keys as readonly unknown[]) {
    if (!isRecord(jwk) || typeof jwk['kid'] !== 'string' || jwk['kid'].length > maxKeyIdChars) continue
    const keyId = jwk['kid']
    const key = await readKey(jwk)
    if (seen.has(keyId)) read.delete(keyId)
    else if (key !== undefined) read.set(keyId, key)
    seen.add(keyId)
  }
  return read
}

/** Names of members that only private and symmetric keys have, RFC 7518 section 6. What is published is nobody's secret any more. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

async function readKey(jwk: Readonly<Record<string, unknown>>): Promise<VerifyingKey | undefined> {
  const { alg, use, key_ops: operations } = jwk
  if (secretMembers.some((name) => Object.hasOwn(jwk, name)) || !isAlgorithm(alg)) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  return importKey(alg, jwk)
}
