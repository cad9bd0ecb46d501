/**
 * The nonces that proofs hold, RFC 9449 section 8: their time, sealed. Nothing
 * is stored, any server of the house reads what another gave out, and the key
 * rotates. Whoever makes proofs ahead cannot know a nonce of later.
 *
 * @module
 */

import { base64url, readBase64url, readUtf8, utf8, type Operation } from '#kernel'
import type { Keys } from '#keys'

/** A client gets a new one with each answer; a request takes seconds. */
export const nonceForMs = 300_000

const context = 'dpop nonce'

export async function newNonce(op: Operation, keys: Keys): Promise<string> {
  return base64url(await keys.seal(op, 'browser-state', utf8(String(op.nowMs + nonceForMs)), context))
}

/** Whether we gave it out a while ago and no longer. */
export async function isNonce(op: Operation, keys: Keys, nonce: string): Promise<boolean> {
  const sealed = nonce.length > 128 ? undefined : readBase64url(nonce)
  const plain = sealed && (await keys.open(op, 'browser-state', sealed, context))
  return plain !== undefined && op.nowMs < Number(readUtf8(plain))
}
