/** Why nothing can be verified right now. @module */

const says = {
  'issuer.unreachable': 'The issuer cannot be reached.',
  'issuer.wrong_metadata': 'The metadata of the issuer is not what it should be.',
  'issuer.wrong_keys': 'The keys of the issuer are not what they should be.',
  'issuer.wrong_feed': 'The revocations of the issuer are not what they should be.',
  'issuer.revocations_unknown': 'What the issuer revoked is not known at this moment.',
} as const

/** The codes of {@link IssuerError}. Stable: programs may match on them. */
export type IssuerCode = keyof typeof says

/**
 * The issuer's keys cannot be had, so nothing was verified: answer 503. It says
 * nothing about the token. `cause` holds what went wrong, for the log.
 */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
  readonly code: IssuerCode

  constructor(code: IssuerCode, cause?: unknown) {
    super(says[code], cause === undefined ? undefined : { cause })
    this.code = code
  }
}
