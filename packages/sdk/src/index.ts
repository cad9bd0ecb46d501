/**
 * Verifies what Countersign issues: access tokens, and the assertions that its
 * gateway puts on requests. See the README for the formats.
 *
 * @module
 */

export { followRevocations, type ClientProof, type Revocations } from './follow-revocations.ts'
export { IssuerError, type IssuerCode } from './issuer-error.ts'
export { readBearerToken } from './read-bearer-token.ts'
export { trustIssuer, type Fetch, type Issuer, type IssuerOptions } from './trust-issuer.ts'
export { VerificationError, type VerificationCode } from './verification-error.ts'
export { verifyAccessToken, type AccessToken, type AccessTokenOptions } from './verify-access-token.ts'
export { verifyAssertion, type AssertedRequest, type Assertion, type AssertionDecision } from './verify-assertion.ts'
export type { Presented, VerifyOptions } from './verify-options.ts'
