/**
 * Security profiles that a client may be registered under: the FAPI 2.0 Security
 * Profile, and FAPI 2.0 Message Signing on top of it. One word says all of what
 * they ask of a client; a registration that says otherwise is refused. Pure.
 *
 * What the profiles ask of every server (PKCE with S256, `iss` in the answer, codes
 * and references of a minute, no token in an address) holds for all clients.
 *
 * @module
 */

import type { Registration } from './client.ts'
import type { ClientMetadata, SecurityProfile } from './metadata.ts'

/** What a client is refused for; the words are in `clientSays`. */
export type ProfileRefusalCode =
  | 'client.profile_proof'
  | 'client.profile_algorithms'
  | 'client.profile_pushed'
  | 'client.profile_bound'
  | 'client.profile_pkce'
  | 'client.profile_redirect_uri'
  | 'client.profile_signed'
  | 'client.profile_answers'

/** FAPI 2.0 Security Profile section 5.4.1: what JWTs may be signed with, by either side. */
export const profileAlgorithms: readonly string[] = ['PS256', 'ES256', 'EdDSA']

/** Section 5.3.2.1: mTLS or a signed assertion. */
const profileMethods: readonly string[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']

/** What a profile means where a registration does not say: the profile's own. */
export function profileMetadata(profile: SecurityProfile | undefined): Partial<ClientMetadata> {
  if (profile === undefined) return {}
  const signed = { idTokenSignedResponseAlg: 'ES256', authorizationSignedResponseAlg: 'ES256' } as const
  const bound = { requirePushedRequests: true, dpopBoundAccessTokens: true, ...signed }
  return profile === 'fapi2' ? bound : { ...bound, requireSignedRequestObject: true }
}

/** The first of the profile's rules that a registration contradicts; undefined without a profile. */
export function profileContradiction(given: Registration): ProfileRefusalCode | undefined {
  const { securityProfile: profile, clientKeys = [], requestObjectSigningAlg: signs } = given
  if (profile === undefined) return undefined
  // 5.3.2.1; a client that proves itself so is confidential.
  if (!profileMethods.includes(given.tokenEndpointAuthMethod)) return 'client.profile_proof'
  const algorithms = [...clientKeys.map(({ alg }) => alg), ...(signs === undefined ? [] : [signs])]
  if (!algorithms.every((algorithm) => profileAlgorithms.includes(algorithm))) return 'client.profile_algorithms'
  // 5.3.2.1 and 5.3.2.2.
  if (!given.dpopBoundAccessTokens && !given.tlsClientCertificateBoundAccessTokens) return 'client.profile_bound'
  if (!given.requirePushedRequests) return 'client.profile_pushed'
  if (given.unsafelyWithoutPkce) return 'client.profile_pkce'
  // 5.3.2.2: nor is the loopback of this machine another's.
  if (!given.redirectUris.every((uri) => uri.startsWith('https:'))) return 'client.profile_redirect_uri'
  if (profile === 'fapi2-message-signing' && !given.requireSignedRequestObject) return 'client.profile_signed'
  const { idTokenSignedResponseAlg, authorizationSignedResponseAlg: answered } = given
  if (profile === 'fapi2-message-signing' && answered === undefined) return 'client.profile_answers'
  const answers: readonly string[] = [idTokenSignedResponseAlg, ...(answered === undefined ? [] : [answered])]
  if (!answers.every((algorithm) => profileAlgorithms.includes(algorithm))) return 'client.profile_answers'
  return undefined
}

/** FAPI 2.0 Message Signing section 5.4.1: errors as well, whatever was asked. */
export function hasAnswersSigned({ securityProfile }: Pick<Registration, 'securityProfile'>): boolean {
  return securityProfile === 'fapi2-message-signing'
}
