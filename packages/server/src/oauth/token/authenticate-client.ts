/**
 * Client authentication, RFC 6749 section 2.3: by a secret, or by an assertion.
 *
 * A client that does not exist costs what one with a wrong secret costs and is
 * answered the same. Only failures spend from the guess bucket, and a right
 * secret passes however empty that is: with 256 random bits there is nothing to
 * guess, and nobody can lock a client out by failing in its name.
 *
 * @module
 */

import { callerIs, type RouteInput } from '#http'
import { actingAs, readClientIdentifier, type Operation, type Principal } from '#kernel'
import type { Keys } from '#keys'
import { requireAttempt, type Guesses } from '#ratelimit'
import type { Confirmation } from '#tokens'
import type { Client, KnownClient } from '../clients/client.ts'
import type { Clients } from '../clients/clients.ts'
import { hashClientSecret, matchingSecret } from '../clients/secret.ts'
import { proveByKey, proveBySecret, type AssertionPorts } from './assertion.ts'
import { proveByCertificate, type CertificatePorts } from './certificate.ts'
import { readClientCredentials, refuse, type ClientCredentials } from './credentials.ts'

export interface ClientAuthPorts extends AssertionPorts, CertificatePorts {
  readonly keys: Keys
  readonly clients: Pick<Clients, 'find'>
  readonly guesses: Pick<Guesses, 'spend'>
}

/** A client that may go on, and how it proved itself. */
export interface AuthenticatedClient {
  readonly client: Client
  /** `none` for a public client, else which secret it was: what "the same client authentication" means. */
  readonly proof: string
  /** Acts as the client. Refusals to a client that proved itself are recorded from here on; a public client's word is no proof. */
  readonly op: Operation
}

/** The same, with what its tokens will be bound to. */
export interface BoundClient extends AuthenticatedClient {
  readonly confirmation: Confirmation | undefined
}

/** Throws `client_auth.failed`, `client_auth.two_methods`, `limit.too_many_attempts`. */
export async function authenticateClient(op: Operation, input: RouteInput, ports: ClientAuthPorts): Promise<AuthenticatedClient> {
  const credentials = readClientCredentials(input.headers['authorization'], input.body as Readonly<Record<string, string>>)
  const clientId = readClientIdentifier(credentials.clientId)
  const known = clientId && (await ports.clients.find(op, clientId))
  const proof = await prove(op, input, ports, credentials, known)
  if (known === undefined || proof === undefined) return fail(op, input, ports, credentials)
  const { client } = known
  const principal = principalOf(client, proof, op.nowMs)
  return { client, proof, op: proof === 'none' ? actingAs(op, principal) : callerIs(op, principal) }
}

async function prove(
  op: Operation,
  input: RouteInput,
  ports: ClientAuthPorts,
  credentials: ClientCredentials,
  known: KnownClient | undefined,
): Promise<string | undefined> {
  const method = known?.client.tokenEndpointAuthMethod
  if (credentials.method === 'assertion') {
    // What is registered says by what it is verified, and its header nothing: the keys of another client sign its requests alone.
    if (known === undefined) return undefined
    if (method === 'private_key_jwt') return proveByKey(op, known.client, credentials.assertion, ports)
    return method === 'client_secret_jwt' ? proveBySecret(op, known, credentials.assertion, ports) : undefined
  }
  const { secret } = credentials
  if (secret === undefined) {
    if (method === 'none') return 'none'
    return known && proveByCertificate(op, known.client, input, ports)
  }
  const hash = await hashClientSecret(op, ports.keys, known?.client.id ?? 'nobody', secret)
  const matching = matchingSecret(known?.secrets ?? [], hash)
  if (method !== credentials.method && !(method === 'client_secret_basic' && credentials.method === 'client_secret_post')) return undefined
  return matching === undefined ? undefined : `secret:${matching.number}`
}

async function fail(op: Operation, { address }: RouteInput, { guesses }: ClientAuthPorts, { clientId }: ClientCredentials): Promise<never> {
  // With the address in the account's name, nobody can use up the attempts of others.
  requireAttempt(await guesses.spend(op, { account: `client ${clientId} ${address}`, address }))
  throw refuse('client_auth.failed', 'unknown client or wrong secret')
}

function principalOf(client: Client, proof: string, nowMs: number): Principal {
  const acr = proof === 'none' ? 'none' : 'client'
  return {
    is: 'service',
    id: client.id,
    client: client.clientId,
    proof: { acr, amr: [], authTimeMs: nowMs },
    credential: { kind: 'client' },
  }
}
