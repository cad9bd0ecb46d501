/**
 * What each refusal looks like on the wire: RFC 6749 section 5.2, RFC 6750
 * section 3.1, RFC 8707 section 2; a page where a person is told.
 *
 * The types make the tables complete: a refusal that is added anywhere in this
 * edge does not compile until somebody has decided here how it is answered.
 *
 * @module
 */

import { httpRefusalAnswers, type RefusalAnswer } from '#http'
import type { RefreshRefusalCode, TokenRefusalCode } from '#tokens'
import type { AuthorizeRefusalCode } from './authorize/check.ts'
import type { ClientRefusalCode } from './clients/registration.ts'
import { crossOrigin } from './cross-origin.ts'
import { challengeOf, type DpopRefusalCode } from './dpop/dpop.ts'
import type { FeedRefusalCode } from './feed/feed.ts'
import type { IntrospectRefusalCode } from './introspect.ts'
import type { LogoutRefusalCode } from './logout/judge.ts'
import type { RevokeRefusalCode } from './revoke.ts'
import type { ClientAuthRefusalCode } from './token/credentials.ts'
import type { CertificateRefusalCode } from './token/sender.ts'
import type { GrantRefusalCode } from './token/grants/refusals.ts'
import type { UserinfoRefusalCode } from './userinfo.ts'

/** Told to programs. */
export type ProtocolRefusalCode =
  | CertificateRefusalCode
  | ClientAuthRefusalCode
  | DpopRefusalCode
  | FeedRefusalCode
  | GrantRefusalCode
  | IntrospectRefusalCode
  | RefreshRefusalCode
  | RevokeRefusalCode
  | TokenRefusalCode
  | UserinfoRefusalCode

const protocol: Record<ProtocolRefusalCode, RefusalAnswer> = {
  'client_auth.failed': { status: 401, error: 'invalid_client' },
  'client_auth.two_methods': { status: 400, error: 'invalid_request' },
  'dpop.proof': { status: 400, error: 'invalid_dpop_proof' },
  'certificate.missing': { status: 400, error: 'invalid_request' },
  'dpop.missing': { status: 400, error: 'invalid_dpop_proof' },
  'feed.not_served': { status: 403, error: 'unauthorized_client' },
  'feed.subscription': { status: 401, error: 'invalid_token' },
  'feed.not_ready': { status: 503, error: 'temporarily_unavailable' },
  'feed.full': { status: 503, error: 'temporarily_unavailable' },
  'grant.type_missing': { status: 400, error: 'invalid_request' },
  'grant.unsupported': { status: 400, error: 'unsupported_grant_type' },
  'grant.not_allowed': { status: 400, error: 'unauthorized_client' },
  'grant.parameter_missing': { status: 400, error: 'invalid_request' },
  'grant.unknown_code': { status: 400, error: 'invalid_grant' },
  'grant.spent_code': { status: 400, error: 'invalid_grant' },
  'grant.mismatch': { status: 400, error: 'invalid_grant' },
  'grant.withdrawn': { status: 400, error: 'invalid_grant' },
  'grant.unknown_token': { status: 400, error: 'invalid_grant' },
  'grant.token_reused': { status: 400, error: 'invalid_grant' },
  'grant.session_over': { status: 400, error: 'invalid_grant' },
  'grant.scope': { status: 400, error: 'invalid_scope' },
  'grant.authorization_details': { status: 400, error: 'invalid_authorization_details' },
  'grant.resource': { status: 400, error: 'invalid_target' },
  'refresh.unknown': { status: 400, error: 'invalid_grant' },
  'refresh.ended': { status: 400, error: 'invalid_grant' },
  'refresh.expired': { status: 400, error: 'invalid_grant' },
  'refresh.sender': { status: 400, error: 'invalid_grant' },
  'refresh.scope': { status: 400, error: 'invalid_scope' },
  'introspect.token_missing': { status: 400, error: 'invalid_request' },
  'introspect.public_client': { status: 401, error: 'invalid_client' },
  'revoke.token_missing': { status: 400, error: 'invalid_request' },
  'revoke.not_yours': { status: 400, error: 'invalid_request' },
  'token.not_valid': { status: 401, error: 'invalid_token' },
  'userinfo.no_token': { status: 401 },
  'userinfo.two_tokens': { status: 400, error: 'invalid_request' },
  'userinfo.scope': { status: 403, error: 'insufficient_scope' },
  'userinfo.gone': { status: 401, error: 'invalid_token' },
  'userinfo.bound': {
    status: 401,
    error: 'invalid_token',
    headers: { 'www-authenticate': challengeOf('invalid_token', 'The access token is bound to a key') },
  },
  'userinfo.certificate': { status: 401, error: 'invalid_token' },
  'userinfo.proof': {
    status: 401,
    error: 'invalid_dpop_proof',
    headers: { 'www-authenticate': challengeOf('invalid_dpop_proof', 'The proof is not valid') },
  },
}

/** Told to people. Everything that may be told to the client instead went there already, by a redirect. */
export const pageAnswers: Record<AuthorizeRefusalCode | LogoutRefusalCode, RefusalAnswer> = {
  'authorize.unknown_client': { status: 400 },
  'authorize.redirect_uri': { status: 400 },
  'authorize.state_not_valid': { status: 400 },
  'authorize.request_object': { status: 400 },
  'authorize.request_object_encrypted': { status: 400 },
  'authorize.request_not_signed': { status: 400 },
  'authorize.request_uri': { status: 400 },
  'authorize.pushed_request': { status: 400 },
  'authorize.not_pushed': { status: 400 },
  'authorize.registration': { status: 400 },
  'authorize.response_type_missing': { status: 400 },
  'authorize.response_type': { status: 400 },
  'authorize.response_mode': { status: 400 },
  'authorize.answer_not_signed': { status: 400 },
  'authorize.answer_algorithm': { status: 400 },
  'authorize.id_token_hint': { status: 400 },
  'authorize.grant_not_allowed': { status: 400 },
  'authorize.pkce_missing': { status: 400 },
  'authorize.pkce_method': { status: 400 },
  'authorize.pkce_malformed': { status: 400 },
  'authorize.scope': { status: 400 },
  'authorize.prompt': { status: 400 },
  'authorize.max_age': { status: 400 },
  'authorize.resource': { status: 400 },
  'authorize.dpop_jkt': { status: 400 },
  'authorize.claims': { status: 400 },
  'authorize.unmet_authentication': { status: 403 },
  'authorize.authorization_details': { status: 400 },
  'authorize.login_required': { status: 401 },
  'authorize.consent_required': { status: 403 },
  'authorize.denied': { status: 403 },
  'logout.client_mismatch': { status: 400 },
  'logout.redirect_uri': { status: 400 },
  'logout.state_not_valid': { status: 400 },
}

/** How whoever registers clients is told: the admin API, the command line. */
export const clientAnswers: Record<ClientRefusalCode, RefusalAnswer> = {
  'client.exists': { status: 409 },
  'client.changed': { status: 412 },
  'client.unknown': { status: 404 },
  'client.invalid_metadata': { status: 422 },
  'client.invalid_redirect_uri': { status: 422 },
  'client.invalid_secret': { status: 422 },
  'client.profile_proof': { status: 422 },
  'client.profile_algorithms': { status: 422 },
  'client.profile_bound': { status: 422 },
  'client.profile_pushed': { status: 422 },
  'client.profile_pkce': { status: 422 },
  'client.profile_redirect_uri': { status: 422 },
  'client.profile_signed': { status: 422 },
  'client.profile_answers': { status: 422 },
  'client.too_many_secrets': { status: 409 },
}

/** Told to programs that are no pages of another origin. */
export const closedAnswers: Readonly<Record<string, RefusalAnswer>> = { ...httpRefusalAnswers, ...protocol }

/** Pages of other origins may read why they were refused, whoever refused them. */
export const protocolAnswers: Readonly<Record<string, RefusalAnswer>> = Object.fromEntries(
  Object.entries(closedAnswers).map(([code, answer]) => [code, { ...answer, headers: { ...answer.headers, ...crossOrigin } }]),
)
