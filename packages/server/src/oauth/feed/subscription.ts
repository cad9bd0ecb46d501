/**
 * What a verifier shows instead of its proof once it has proved itself: sealed,
 * so that any server of the house reads it and none keeps it.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, readClientIdentifier, readUtf8, utf8, type ClientIdentifier, type Operation } from '#kernel'
import type { Keys } from '#keys'

/** Then it proves itself again. */
const subscribedForMs = 3_600_000

const context = 'revocation feed'

export interface Subscription {
  /** Of this verifier: a resource server has as many as it runs processes. */
  readonly verifier: string
  readonly clientId: ClientIdentifier
  /** Before which the client proved itself. */
  readonly generation: number
}

export async function newSubscription(op: Operation, keys: Keys, clientId: ClientIdentifier, generation: number): Promise<string> {
  const plain = { verifier: base64url(randomBytes(16)), clientId, generation, untilMs: op.nowMs + subscribedForMs }
  return base64url(await keys.seal(op, 'browser-state', utf8(JSON.stringify(plain)), context))
}

/** Undefined for what is over or was never ours. */
export async function readSubscription(op: Operation, keys: Keys, text: string): Promise<Subscription | undefined> {
  const sealed = readBase64url(text)
  const plain = sealed && (await keys.open(op, 'browser-state', sealed, context))
  const json = plain && readUtf8(plain)
  if (json === undefined) return undefined
  const { verifier, clientId: name, generation, untilMs } = JSON.parse(json) as Subscription & { readonly untilMs: number }
  const clientId = readClientIdentifier(name)
  return clientId === undefined || op.nowMs >= untilMs ? undefined : { verifier, clientId, generation }
}
