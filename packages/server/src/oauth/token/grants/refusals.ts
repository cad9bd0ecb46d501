/** What the grants refuse. @module */

import { refusals, type Refuse } from '#kernel'

export const grantSays = {
  'grant.type_missing': 'The grant_type is missing.',
  'grant.unsupported': 'This grant_type is not supported.',
  'grant.not_allowed': 'The client is not registered for this grant.',
  'grant.parameter_missing': 'A parameter of the grant is missing or malformed.',
  'grant.unknown_code': 'The authorization code is not valid.',
  'grant.spent_code': 'The authorization code has already been used.',
  'grant.mismatch': 'The authorization code was issued for a different request.',
  'grant.withdrawn': 'What the authorization code was issued for has been withdrawn.',
  'grant.unknown_token': 'The refresh token is not valid.',
  'grant.token_reused': 'The refresh token is not valid.',
  'grant.session_over': 'The session that the refresh token belongs to is over.',
  'grant.scope': 'The requested scope is not registered for the client.',
  'grant.authorization_details': 'The authorization_details are malformed, or more than what the client may have.',
  'grant.resource': 'The requested resource is not registered for the client.',
} as const

export type GrantRefusalCode = keyof typeof grantSays

export const refuse: Refuse<GrantRefusalCode> = refusals(grantSays)
