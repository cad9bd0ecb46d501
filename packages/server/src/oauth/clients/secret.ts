/**
 * Client secrets: `cs1_` and 32 random bytes in base64url, stored as a keyed hash
 * that is bound to the client. The key is not in the database, so that a copy
 * of it cannot even tell whether a guess is right. One that its client signs with
 * (`client_secret_jwt`) is kept sealed beside that.
 *
 * @module
 */

import { base64url, randomBytes, sameBytes, Secret, utf8, type ClientId, type Operation } from '#kernel'
import type { Keys, SharedSecret } from '#keys'
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

const contextOf = (client: ClientId): string => `client-secret ${client}`

export async function sealClientSecret(op: Operation, keys: Keys, client: ClientId, secret: Secret<string>): Promise<Uint8Array> {
  return keys.seal(op, 'credential', utf8(secret.reveal()), contextOf(client))
}

/** The secrets that a client signs with. One that does not open, as after its row was copied from another client, is none. */
export async function openClientSecrets(
  op: Operation,
  keys: Keys,
  client: ClientId,
  secrets: readonly ClientSecret[],
): Promise<readonly SharedSecret[]> {
  const opened = secrets.map(async ({ number, sealed }): Promise<SharedSecret | undefined> => {
    const bytes = sealed === null ? undefined : await keys.open(op, 'credential', sealed, contextOf(client))
    return bytes && { name: String(number), secret: new Secret(bytes) }
  })
  return (await Promise.all(opened)).filter((secret) => secret !== undefined)
}

/** Which of a client's secrets it is. All are compared, whichever fits. */
export function matchingSecret(secrets: readonly ClientSecret[], hash: Uint8Array): ClientSecret | undefined {
  let matching: ClientSecret | undefined
  for (const secret of secrets) if (sameBytes(secret.hash, hash)) matching = secret
  return matching
}
