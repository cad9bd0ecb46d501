/**
 * A client that proves itself by a signed assertion, RFC 7523 section 3 with RFC
 * 7521 section 4.2: `private_key_jwt`, so that no secret is shared, or
 * `client_secret_jwt`, so that one that is shared is at least not sent.
 *
 * The steps: verify the signature by a key that the client registered or publishes, judge the
 * claims, spend the `jti`. It is spent last: only what the client itself signed
 * writes a row, and of two who send the same assertion exactly one passes.
 *
 * @module
 */

import type { ClientId, Operation } from '#kernel'
import { verifyAssertion, verifySharedAssertion, type Keys } from '#keys'
import type { Store } from '#store'
import type { Client, KnownClient } from '../clients/client.ts'
import { openClientSecrets } from '../clients/secret.ts'
import { keysOfClient, type RemoteKeys } from '../clients/remote-keys.ts'
import { spendAssertion } from './assertion-store.ts'

/** How far ahead an assertion may run out. It is made for one request; each is remembered for so long. */
const longestLifeSeconds = 300

/** What two machines' clocks may differ by. */
const skewSeconds = 30

type Claims = Readonly<Record<string, unknown>>

/** What an assertion must say, besides being fresh. */
export interface Expected {
  readonly clientId: string
  /** The issuer and the token endpoint. */
  readonly audiences: readonly string[]
  /** FAPI 2.0 Security Profile section 5.3.2.1: the issuer, as a text that is no list. */
  readonly only?: 'issuer' | undefined
  readonly nowMs: number
}

export interface AssertionPorts {
  readonly store: Store
  readonly keys: Keys
  /** The issuer first. */
  readonly audiences: readonly string[]
  readonly remoteKeys: RemoteKeys
}

/** Which key the client proved itself by, as `key:…`; undefined when it did not. */
export async function proveByKey(
  op: Operation,
  client: Pick<Client, 'id' | 'clientId' | 'clientKeys' | 'jwksUri' | 'securityProfile'>,
  assertion: string,
  ports: AssertionPorts,
): Promise<string | undefined> {
  const verified = verifyAssertion(await keysOfClient(op, client, assertion, ports.remoteKeys), assertion)
  return verified !== undefined && (await accept(op, client, verified.claims, ports)) ? `key:${verified.keyId}` : undefined
}

/** Which secret it signed with, as `secret:…`; undefined when it did not. */
export async function proveBySecret(
  op: Operation,
  { client, secrets }: KnownClient,
  assertion: string,
  ports: AssertionPorts,
): Promise<string | undefined> {
  const verified = verifySharedAssertion(await openClientSecrets(op, ports.keys, client.id, secrets), assertion)
  return verified !== undefined && (await accept(op, client, verified.claims, ports)) ? `secret:${verified.name}` : undefined
}

/** Whether what was signed counts, and was not used before. */
async function accept(
  op: Operation,
  client: Pick<Client, 'id' | 'clientId' | 'securityProfile'>,
  claims: Claims,
  { store, audiences }: AssertionPorts,
): Promise<boolean> {
  const judged = judgeAssertion(claims, {
    clientId: client.clientId,
    audiences,
    only: client.securityProfile === undefined ? undefined : 'issuer',
    nowMs: op.nowMs,
  })
  return judged !== undefined && spend(op, store, client.id, judged)
}

export interface Judged {
  readonly jti: string
  /** From then on it is refused as expired, and need not be remembered. */
  readonly overAtMs: number
}

/** Everything that is not the signature. Undefined is no, and does not say why: whoever asks has proved nothing. */
export function judgeAssertion(claims: Claims, { clientId, audiences, only, nowMs }: Expected): Judged | undefined {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims
  const now = nowMs / 1000
  // Section 3, 1 and 2: both are the client.
  if (iss !== clientId || sub !== clientId) return undefined
  // DIFFERS FROM RFC 7523 s.3 3: of several audiences another one could present the assertion here.
  const [audience, ...others] = Array.isArray(aud) ? (aud as readonly unknown[]) : [aud]
  if (others.length > 0 || typeof audience !== 'string' || !audiences.includes(audience)) return undefined
  if (only === 'issuer' && aud !== audiences[0]) return undefined
  if (!isTime(exp) || exp <= now - skewSeconds || exp > now + longestLifeSeconds + skewSeconds) return undefined
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + skewSeconds)) return undefined
  if (iat !== undefined && (!isTime(iat) || iat > now + skewSeconds)) return undefined
  // DIFFERS FROM RFC 7523 s.3 7: required, or an assertion that leaked could be used until it runs out.
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) return undefined
  return { jti, overAtMs: Math.ceil(exp + skewSeconds) * 1000 }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 1e11
}

async function spend(op: Operation, store: Store, client: ClientId, { jti, overAtMs }: Judged): Promise<boolean> {
  return store.write(op, async (tx) => spendAssertion(tx, op.tenant, client, jti, overAtMs))
}
