/** The JWK Set that a client publishes, RFC 7517 section 5. Pure. @module */

import { readClientKey, type PublicJwk } from '#keys'

/** What a client signs with at one time, the next, and those that its other programs have. */
const mostKeys = 8
/** With those that are for something else. */
const mostMembers = 32

/**
 * The keys that a client may sign with. Those that are for encryption or that we cannot use are passed over, as section 5
 * says; undefined for what is no set, holds too much, or holds a private key: that is one no longer, and neither are the others.
 */
export function readKeySet(text: string): readonly PublicJwk[] | undefined {
  const members = membersOf(text)
  if (members === undefined || members.length > mostMembers || members.some(isPrivate)) return undefined
  const keys = members.map(readClientKey).filter((key) => key !== undefined)
  return keys.length > mostKeys || new Set(keys.map(({ kid }) => kid)).size < keys.length ? undefined : keys
}

type Member = Readonly<Record<string, unknown>>

function membersOf(text: string): readonly Member[] | undefined {
  try {
    const set = JSON.parse(text) as { readonly keys?: unknown } | null
    const keys = typeof set === 'object' && set !== null ? set.keys : undefined
    return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null) ? (keys as readonly Member[]) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const isPrivate = (key: Member): boolean => ['d', 'k', 'priv'].some((member) => member in key)
