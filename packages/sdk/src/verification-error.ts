/** Why a token or an assertion was refused. @module */

const says = {
  'token.missing': 'No token was presented.',
  'token.malformed': 'The token cannot be read.',
  'token.wrong_type': 'The token is of another type.',
  'token.wrong_algorithm': 'The token is signed with an algorithm that is not accepted for its key.',
  'token.unknown_key': 'The token is signed with a key that the issuer does not publish.',
  'token.bad_signature': 'The signature of the token is not valid.',
  'token.wrong_claims': 'The token lacks a claim or has one of the wrong kind.',
  'token.wrong_issuer': 'The token was issued by somebody else.',
  'token.wrong_audience': 'The token was issued for somebody else.',
  'token.expired': 'The token has expired.',
  'token.revoked': 'The token was revoked.',
  'token.not_yet_valid': 'The token is not valid yet.',
  'assertion.wrong_method': 'The assertion was made for another method.',
  'assertion.wrong_url': 'The assertion was made for another URL.',
} as const

/** The codes of {@link VerificationError}. Stable: programs may match on them. */
export type VerificationCode = keyof typeof says

/**
 * What was presented is refused: answer 401. The message is safe to show and
 * holds nothing of what was presented.
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError'
  readonly code: VerificationCode

  constructor(code: VerificationCode) {
    super(says[code])
    this.code = code
  }
}
