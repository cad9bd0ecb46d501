/**
 * A client that acts for itself, by a key in a file. For each token the file is read again and its permissions are
 * looked at; the key is nowhere else.
 *
 * @module
 */

import { Refusal } from '#kernel'
import { makeAssertion, readClientKey } from '#remote'
import { UsageMistake } from '../options.ts'
import { requirePrivateFile } from '../private-file.ts'

/** Whose token it is to be. */
export interface Service {
  readonly server: string
  readonly clientId: string
  readonly keyFile: string
}

/** What a form says beside its grant to prove who sends it. */
export function proofOf({ clientId, keyFile }: Omit<Service, 'server'>, issuer: string, nowMs: number): Readonly<Record<string, string>> {
  const key = readClientKey(requirePrivateFile(keyFile, 'a private key'))
  if (key === undefined)
    throw new UsageMistake(`${keyFile} holds no private key that can sign here: a JWK or PEM without a passphrase, P-256, Ed25519 or RSA`)
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: makeAssertion(key, { clientId, issuer, nowMs }),
  }
}

/** The server does not take the client for who it says it is, or does not give it this token. */
export class ServiceRefused extends Refusal {
  constructor({ clientId, server }: Pick<Service, 'clientId' | 'server'>, why: string) {
    super('login.refused', `${server} refused the client ${clientId}: ${why}`)
  }
}
