/**
 * The end of an authorization: a code for the client, written with its event
 * and, when the person has just allowed it, with what they allowed.
 *
 * @module
 */

import { callerIs } from '#http'
import { newId, type Operation, type Principal } from '#kernel'
import type { Store } from '#store'
import { newFamilyId } from '#tokens'
import type { Client } from '../clients/client.ts'
import { codeForMs, newCode, type AuthorizationCode } from '../codes/code.ts'
import { insertCode } from '../codes/store.ts'
import { covers, findConsent, putConsent } from '../consents/store.ts'
import { userinfoAudience } from '../issuer.ts'
import type { Consent, SignedIn } from './next-step.ts'
import type { CheckedRequest } from './request.ts'

export interface CodeOrder {
  readonly request: CheckedRequest
  readonly client: Client
  readonly session: SignedIn
  readonly consent: Consent
  readonly generation: number
  /** The claims that the person allowed singly. */
  readonly singly: readonly string[]
}

/** Writes a code and returns its text. Undefined when the consent that it rests on was taken back meanwhile. */
export async function issueCode(op: Operation, store: Store, issuer: string, order: CodeOrder): Promise<string | undefined> {
  const { request, client, session, consent, singly } = order
  const { text, hash } = newCode()
  const code = codeFor(order, issuer, op.nowMs)
  const written = await store.write(callerIs(op, personOf(session)), async (tx) => {
    const earlier = consent === 'missing' ? undefined : await findConsent(tx, op.tenant, session.user, client.id, op.nowMs)
    if (consent === 'remembered' && !covers(earlier, { scopes: request.scopes, claims: singly })) return false
    if (consent === 'given') {
      const scopes = [...new Set([...(earlier?.scopes ?? []), ...request.scopes])]
      const claims = [...new Set([...(earlier?.claims ?? []), ...singly])]
      const remembered = { id: newId('con'), user: session.user, client: client.id, scopes, claims, givenAtMs: op.nowMs }
      // Details are never remembered: those of the next request are others.
      if (scopes.length + claims.length > 0) await putConsent(tx, op.tenant, remembered)
      tx.record({
        what: 'consent.given',
        about: client.id,
        outcome: 'done',
        facts: {
          user: session.user,
          scopes: request.scopes.join(' '),
          ...(singly.length === 0 ? {} : { claims: singly.join(' ') }),
          ...(request.details === undefined ? {} : { details: request.details.map(({ type }) => type).join(' ') }),
        },
      })
    }
    await insertCode(tx, op.tenant, hash, code)
    tx.record({
      what: 'code.issued',
      about: code.id,
      outcome: 'done',
      facts: { client: client.id, user: session.user, session: session.id },
    })
    return true
  })
  return written ? text.reveal() : undefined
}

/** What the code stands for. Pure but for its ids. */
function codeFor({ request, client, session, generation }: CodeOrder, issuer: string, nowMs: number): AuthorizationCode {
  return {
    id: newId('cod'),
    client: client.id,
    user: session.user,
    session: session.id,
    family: newFamilyId(),
    redirectUri: request.redirectUri,
    challenge: request.challenge,
    nonce: request.nonce,
    dpopJkt: request.dpopJkt,
    scopes: request.scopes,
    audience: audienceFor(issuer, client, request),
    resources: request.resource === undefined ? client.audiences : [request.resource],
    claims: request.claims,
    details: request.details,
    proof: { acr: session.acr, amr: session.amr, authTimeMs: session.authTimeMs },
    sessionEndsAtMs: session.endsAtMs,
    generation,
    // Not beyond the session: what is exchanged after its end would be an ID token of nobody who is there.
    expiresAtMs: Math.min(nowMs + codeForMs, session.endsAtMs),
  }
}

/** The resource that was asked for or the client's first, and UserInfo where the person's identity was asked for. */
export function audienceFor(
  issuer: string,
  client: Pick<Client, 'audiences'>,
  request: { readonly resource?: string; readonly scopes: readonly string[] },
): readonly string[] {
  const resource = request.resource ?? client.audiences[0]
  const userinfo = request.scopes.includes('openid') ? [userinfoAudience(issuer)] : []
  const audience = resource === undefined ? userinfo : [resource, ...userinfo]
  return audience.length === 0 ? [issuer] : audience
}

export function personOf({ id, user, acr, amr, authTimeMs }: SignedIn): Principal {
  return { is: 'user', id: user, session: id, proof: { acr, amr, authTimeMs }, credential: { kind: 'session' } }
}
