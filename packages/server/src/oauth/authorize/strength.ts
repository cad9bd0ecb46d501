/**
 * How strongly a person is asked to prove who they are: `acr_values`, OpenID
 * Connect Core section 3.1.2.1, and the `acr` claim of section 5.5.1.1. Pure.
 *
 * @module
 */

/** Every `acr` of a person that there is, the weakest first. */
const strengths: readonly string[] = ['1fa', 'mfa', 'phr']

/** Those that a sign-in here can give. */
export const reachableStrengths: readonly string[] = ['1fa']

export interface AskedStrength {
  /** The `acr` that are wanted, the dearest first. */
  readonly values: readonly string[]
  /** Whether any other is as bad as none. */
  readonly essential: boolean
}

/** `met`, or good enough; another sign-in may help; or what is essential cannot be had. */
export type StrengthStanding = 'met' | 'sign-in' | 'unmet'

/** How a session, or nobody's, stands to what is asked. `isNew` when they signed in since it was asked: asking again would give no more. */
export function judgeStrength(
  asked: AskedStrength | undefined,
  session: { readonly acr: string; readonly isNew: boolean } | undefined,
): StrengthStanding {
  if (asked === undefined || (session !== undefined && asked.values.includes(session.acr))) return 'met'
  const reachable = asked.values.filter((value) => reachableStrengths.includes(value))
  if (asked.essential) return reachable.length === 0 || session?.isNew === true ? 'unmet' : 'sign-in'
  // What is only wished for bothers nobody who would not come out of it stronger.
  const stronger = session !== undefined && !session.isNew && reachable.some((value) => rank(value) > rank(session.acr))
  return stronger ? 'sign-in' : 'met'
}

const rank = (acr: string): number => strengths.indexOf(acr)
