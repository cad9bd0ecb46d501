/**
 * What clients can find out by themselves: OpenID Connect Discovery 1.0, RFC 8414
 * and the keys of RFC 7517.
 *
 * @module
 */

import type { Answer } from '#http'
import type { Operation } from '#kernel'
import { signingAlgorithms, type Keys, type SigningPurpose } from '#keys'
import { responseModes } from './authorize/answer-client.ts'
import { clientAlgorithms } from './clients/metadata.ts'
import { crossOrigin } from './cross-origin.ts'
import type { DetailTypes } from './details/registered.ts'
import { dpopAlgorithms } from './dpop/dpop.ts'
import { reachableStrengths } from './authorize/strength.ts'
import type { ClaimTable } from './claims.ts'
import type { Places } from './issuer.ts'
import { personScopes } from './scope.ts'

/** Short enough that a new key or endpoint is known in minutes; a next key is published long before it signs. */
const cacheControl = 'public, max-age=300'

const usualMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'] as const

const certificateMethods = ['tls_client_auth', 'self_signed_tls_client_auth'] as const

/** RFC 8705 sections 3.3 and 5: the endpoints where certificates are asked for. */
function certificateMembers({ url }: Places): Readonly<Record<string, unknown>> {
  return {
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: {
      token_endpoint: url('/token'),
      userinfo_endpoint: url('/userinfo'),
      pushed_authorization_request_endpoint: url('/par'),
      revocation_endpoint: url('/revoke'),
      introspection_endpoint: url('/introspect'),
    },
  }
}

/** By what assertions may be signed: with a client's key, or with its secret. */
const assertionAlgorithms = [...clientAlgorithms, 'HS256'] as const

const protocolClaims = ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid', 'at_hash'] as const

/** What a server offers by its settings. */
export interface Offered {
  readonly claims: ClaimTable
  readonly detailTypes: Pick<DetailTypes, 'names'>
  readonly requirePushedRequests?: object | undefined
  /** Where clients show certificates, RFC 8705 section 5. */
  readonly aliases?: Places | undefined
}

/** One document for both specifications: the members of each are unknown, and so ignored, in the other. */
export function metadata(
  { issuer, url }: Places,
  { claims, detailTypes, requirePushedRequests, aliases }: Offered,
): Readonly<Record<string, unknown>> {
  const authMethods = aliases === undefined ? usualMethods : [...usualMethods, ...certificateMethods]
  return {
    issuer,
    ...(aliases === undefined ? {} : certificateMembers(aliases)),
    authorization_endpoint: url('/authorize'),
    token_endpoint: url('/token'),
    userinfo_endpoint: url('/userinfo'),
    pushed_authorization_request_endpoint: url('/par'),
    require_pushed_authorization_requests: requirePushedRequests !== undefined,
    revocation_endpoint: url('/revoke'),
    introspection_endpoint: url('/introspect'),
    countersign_revocation_feed_endpoint: url('/revocations'),
    end_session_endpoint: url('/logout'),
    jwks_uri: url('/jwks'),
    countersign_assertion_jwks_uri: url('/assertion-jwks'),
    scopes_supported: personScopes,
    response_types_supported: ['code'],
    response_modes_supported: [...responseModes, 'jwt'],
    authorization_signing_alg_values_supported: signingAlgorithms,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: signingAlgorithms,
    userinfo_signing_alg_values_supported: signingAlgorithms,
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: authMethods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    dpop_signing_alg_values_supported: dpopAlgorithms,
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    acr_values_supported: reachableStrengths,
    display_values_supported: ['page', 'popup', 'touch', 'wap'],
    ui_locales_supported: ['en'],
    claim_types_supported: ['normal'],
    claims_supported: [...protocolClaims, ...claims.keys()],
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: clientAlgorithms,
    require_signed_request_object: false,
    // Of requests that the server would have to fetch. What was pushed has an address too and is not fetched.
    request_uri_parameter_supported: false,
    claims_parameter_supported: true,
    ...(detailTypes.names.length === 0 ? {} : { authorization_details_types_supported: detailTypes.names }),
    authorization_response_iss_parameter_supported: true,
  }
}

/**
 * Where the two documents are. With an issuer that has a path, Discovery puts its
 * name behind the path (section 4) and RFC 8414 in front of it (section 3.1).
 */
export function metadataPaths({ base }: Places): readonly `/${string}`[] {
  return [`${base}/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server${base}`]
}

export function answerMetadata(places: Places, offered: Offered): Answer {
  return { status: 200, headers: { ...crossOrigin, 'cache-control': cacheControl }, body: { json: metadata(places, offered) } }
}

/**
 * The keys that verify what we give to others. The gateway's are published apart:
 * whoever takes its process must not be able to make tokens. Checkpoints of the
 * audit log have an audience of their own.
 */
export async function answerKeys(op: Operation, keys: Keys, purposes: readonly SigningPurpose[]): Promise<Answer> {
  const published = await keys.publicKeys(op, purposes)
  return {
    status: 200,
    headers: { ...crossOrigin, 'cache-control': cacheControl },
    body: { json: { keys: published }, type: 'application/jwk-set+json' },
  }
}
