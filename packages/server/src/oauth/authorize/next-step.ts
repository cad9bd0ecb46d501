/**
 * What comes next for a checked request: sign in, consent, a code, or no.
 *
 * Pure. It is asked again after every page, so that nobody skips one by posting
 * to the next.
 *
 * @module
 */

import { isLoopback, type SessionId, type UserId } from '#kernel'
import type { Client } from '../clients/client.ts'
import type { AuthorizeRefusalCode } from './check.ts'
import type { CheckedRequest } from './request.ts'
import { judgeStrength } from './strength.ts'

/** What this edge needs to know of a session. */
export interface SignedIn {
  readonly id: SessionId
  readonly user: UserId
  /** What the asking client calls the person, where that is another name than the id. */
  readonly sub?: string | undefined
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTimeMs: number
  /** When it is over, however busy it is. */
  readonly endsAtMs: number
}

export type NextStep =
  | { readonly go: 'sign-in' }
  | { readonly go: 'consent' }
  | { readonly go: 'issue' }
  | {
      readonly go: 'refuse'
      readonly code: Extract<
        AuthorizeRefusalCode,
        'authorize.login_required' | 'authorize.consent_required' | 'authorize.unmet_authentication'
      >
    }

/** Consent is `given` by a form just now, `remembered` from an earlier one, or `missing`. */
export type Consent = 'given' | 'remembered' | 'missing'

export function nextStep(
  request: CheckedRequest,
  client: Client,
  session: SignedIn | undefined,
  consent: Consent,
  nowMs: number,
): NextStep {
  const quiet = request.prompt.includes('none')
  const isNew = session !== undefined && session.authTimeMs >= request.createdAtMs
  const strength = judgeStrength(request.strength, session && { acr: session.acr, isNew })
  if (strength === 'unmet') return { go: 'refuse', code: 'authorize.unmet_authentication' }
  // What is only wished for is no reason to refuse where nobody may be asked.
  const isTooWeak = strength === 'sign-in' && !(quiet && request.strength?.essential === false)
  if (session === undefined || isTooWeak || !isFreshEnough(request, session, nowMs)) {
    return quiet ? { go: 'refuse', code: 'authorize.login_required' } : { go: 'sign-in' }
  }
  // Whoever was to sign in, another did: asking again would go on for ever.
  if (!isExpected(request, session)) {
    return quiet || isNew ? { go: 'refuse', code: 'authorize.login_required' } : { go: 'sign-in' }
  }
  if (needsConsent(request, client, consent)) {
    // Whether it is one of the people whom the client names is not for it to find out before they consent.
    const code = request.subjects === undefined ? 'authorize.consent_required' : 'authorize.login_required'
    return quiet ? { go: 'refuse', code } : { go: 'consent' }
  }
  return { go: 'issue' }
}

/**
 * `prompt=login` and `max_age`, OpenID Connect Core section 3.1.2.1. A sign-in
 * after the request began satisfies both, or `max_age=0` would never end.
 */
function isFreshEnough(request: CheckedRequest, session: SignedIn, nowMs: number): boolean {
  if (session.authTimeMs >= request.createdAtMs) return true
  if (request.prompt.includes('login') || request.prompt.includes('select_account')) return false
  return request.maxAgeSeconds === undefined || nowMs - session.authTimeMs <= request.maxAgeSeconds * 1000
}

/** `id_token_hint`, OpenID Connect Core section 3.1.2.1, and a `sub` of section 5.5.1: the answer is about that person, or there is none. */
function isExpected({ person, subjects }: CheckedRequest, session: SignedIn): boolean {
  return (person === undefined || person === session.user) && subjects?.includes(session.sub ?? session.user) !== false
}

/**
 * A remembered consent counts only for a client that nobody else can pretend to
 * be: another program on the device may use a public client's id and listen where
 * that listens, so a person looks each time (RFC 8252 section 8.6).
 */
function needsConsent(request: CheckedRequest, client: Client, consent: Consent): boolean {
  if (consent === 'given') return false
  if (request.prompt.includes('consent')) return true
  if (client.firstParty) return false
  // What was allowed in detail was allowed once: the next payment is another one.
  if (request.details !== undefined) return true
  return consent === 'missing' || !isAssured(client, request.redirectUri)
}

function isAssured(client: Client, redirectUri: string): boolean {
  const url = URL.parse(redirectUri)
  return client.kind === 'confidential' || (url?.protocol === 'https:' && !isLoopback(url.hostname))
}
