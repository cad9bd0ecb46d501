/**
 * Client secrets: `cs1_` and 32 random bytes in base64url, stored as a keyed hash
 * that is bound to the client. The key is not in the database, so that a copy
 * of it cannot even tell whether a guess is right.
 *
 * @module
 */

import { base64url, randomBytes, sameBytes, Secret, utf8, type ClientId, type Operation } from '#kernel'
import type { Keys } from '#keys'
import type { ClientSecret } from './client.ts'
import { refuse } from './registration.ts'

export function newClientSecret(): Secret<string> {
  return new Secret(`cs1_${base64url(randomBytes(32))}`)
}

/** A secret that an operator chose is no password: 32 characters leave guessing hopeless where they are random. */
export function checkChosenSecret(secret: Secret<string>): void {
  if (!/^[\x20-\x7e]{32,512}$/.test(secret.reveal())) throw refuse('client.invalid_secret')
}

/** `nobody` for a client that does not exist: it has no secret, and trying one costs the same. */
export async function hashClientSecret(op: Operation, keys: Keys, client: ClientId | 'nobody', secret: string): Promise<Uint8Array> {
  return keys.hash(op, 'client-secret', utf8(`${client}\n${secret}`))
}

/** Which of a client's secrets it is. All are compared, whichever fits. */
export function matchingSecret(secrets: readonly ClientSecret[], hash: Uint8Array): ClientSecret | undefined {
  let matching: ClientSecret | undefined
  for (const secret of secrets) if (sameBytes(secret.hash, hash)) matching = secret
  return matching
}
