/** What was revoked before it expired. @module */

import { RevocationMemory } from './internal/revocation-memory.ts'
import { requireTrusted } from './internal/trusted-issuer.ts'
import type { Issuer } from './trust-issuer.ts'

/** How this resource server proves that it is the client which the issuer knows. */
export type ClientProof =
  | { readonly clientId: string; readonly clientSecret: string }
  /** The members of a form, made anew each time: `client_id`, `client_assertion` and `client_assertion_type`, RFC 7523. */
  | (() => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>)

/** Revocations that are followed. Made by {@link followRevocations}, once for each program. */
export interface Revocations {
  /** Stops following. From then on nothing is believed with it. */
  close(): void
}

/**
 * Follows the issuer's revocations, so that an access token which was revoked, or
 * whose person, session, family or client was, is refused within a second.
 *
 *     const revocations = followRevocations(issuer, { clientId: 'notes-api', clientSecret })
 *     const token = await verifyAccessToken(presented, { issuer, audience, revocations })
 *
 * The client must serve a resource: its registration names it in `introspects`. What is known is believed for one second after
 * the issuer vouched for it; afterwards every verification throws `issuer.revocations_unknown` (answer 503) until the issuer answers
 * again. The first verification waits for the first answer, at most five seconds.
 */
export function followRevocations(issuer: Issuer, proof: ClientProof): Revocations {
  const trusted = requireTrusted(issuer)
  if (typeof proof !== 'function' && (typeof proof?.clientId !== 'string' || typeof proof.clientSecret !== 'string')) {
    throw new TypeError('a client proves itself by clientId and clientSecret, or by a function')
  }
  return new RevocationMemory(trusted, proof)
}
