/**
 * Keys that a client publishes at an address of its own (`jwks_uri`, RFC 7591
 * section 2), fetched through the guarded way out and remembered.
 *
 * Whoever sends something signed chooses the `kid`, so a stranger can make us ask. An
 * address is therefore asked at most once a minute, by one request at a time,
 * whatever came of the last one. Each server remembers for itself.
 *
 * @module
 */

import type { Outbound } from '#http'
import { readUtf8, type Operation } from '#kernel'
import { assertedKeyId, type PublicJwk } from '#keys'
import type { Client } from './client.ts'
import { readKeySet } from './key-set.ts'
import { profileAlgorithms } from './profile.ts'

/** A key that its client took away is accepted for so long at most, while its address answers. */
const freshMs = 600_000
/** While an address does not answer, what it said last counts for so long. Then nobody is believed. */
const keptMs = 3_600_000
const restMs = 60_000
const mostBytes = 65_536
/** For one address at one time; the others are answered by what is known. */
const mostWaiting = 256
/** A few kilobytes each: more than are busy at one time. */
const mostAddresses = 1_000

export interface RemoteKeys {
  /** The keys at an address. It is asked again where they are old, or have none of this `kid`. None where it does not answer. */
  find(op: Operation, url: string, keyId: string | undefined): Promise<readonly PublicJwk[]>
}

interface Known {
  keys: readonly PublicJwk[]
  /** When these keys were had; undefined while none ever were. */
  hadAtMs: number | undefined
  askedAtMs: number
  asking: Promise<void> | undefined
  waiting: number
}

export function createRemoteKeys(outbound: Pick<Outbound, 'get'>): RemoteKeys {
  /** Least recently used first. */
  const addresses = new Map<string, Known>()

  const knownOf = (url: string): Known => {
    const known = addresses.get(url) ?? { keys: [], hadAtMs: undefined, askedAtMs: -Infinity, asking: undefined, waiting: 0 }
    addresses.delete(url)
    addresses.set(url, known)
    const [oldest] = addresses.keys()
    if (addresses.size > mostAddresses && oldest !== undefined) addresses.delete(oldest)
    return known
  }

  const ask = async (op: Operation, url: string, known: Known): Promise<void> => {
    const fetched = await outbound.get(url, { accept: 'application/jwk-set+json, application/json', mostBytes })
    // Nothing went out, so whoever comes next may ask.
    if (fetched.is === 'failure' && fetched.why === 'busy') return
    known.askedAtMs = op.nowMs
    const keys = fetched.is === 'answer' && fetched.status === 200 ? readKeySet(readUtf8(fetched.body) ?? '') : undefined
    if (keys === undefined) return
    known.keys = keys
    known.hadAtMs = op.nowMs
  }

  return {
    async find(op, url, keyId) {
      const known = knownOf(url)
      const isKnown = keyId === undefined || known.keys.some(({ kid }) => kid === keyId)
      // Who has a known key waits for nobody's question.
      if (isKnown && within(op.nowMs, known.hadAtMs, freshMs)) return known.keys
      if (known.asking === undefined && !within(op.nowMs, known.askedAtMs, restMs)) {
        known.asking = ask(op, url, known).finally(() => (known.asking = undefined))
      }
      if (known.asking !== undefined && known.waiting < mostWaiting) {
        known.waiting += 1
        await known.asking.finally(() => (known.waiting -= 1))
      }
      return within(op.nowMs, known.hadAtMs, keptMs) ? known.keys : []
    },
  }
}

/** The keys that may have signed this in the name of a client: those that it has, and that its profile lets it sign with. */
export async function keysOfClient(
  op: Operation,
  { clientKeys = [], jwksUri, securityProfile }: Pick<Client, 'clientKeys' | 'jwksUri' | 'securityProfile'>,
  signed: string,
  remoteKeys: RemoteKeys,
): Promise<readonly PublicJwk[]> {
  const keys = jwksUri === undefined ? clientKeys : await remoteKeys.find(op, jwksUri, assertedKeyId(signed))
  // FAPI 2.0 Security Profile section 5.4.1: what is published was not looked at when the client was registered.
  return securityProfile === undefined ? keys : keys.filter(({ alg }) => profileAlgorithms.includes(alg))
}

/** A clock that was set back is no reason to believe for longer. */
function within(nowMs: number, sinceMs: number | undefined, ms: number): boolean {
  return sinceMs !== undefined && nowMs >= sinceMs && nowMs - sinceMs < ms
}
