/**
 * What becomes of a refresh token that somebody presents, RFC 9700 section
 * 4.14.2. Pure, so that it is tested by table.
 *
 * A token is used once. One who comes again with a used token is either the
 * rightful client, whose answer was lost or who asked twice at once, or a
 * thief. The first comes at once, proves itself in the same way, and nobody has
 * used the successor yet; it gets the same successor. Everything else ends the
 * family, because nobody can tell which of the two holds the live token.
 *
 * ACCEPTED ATTACK: who steals a token and the client's proof, and comes within
 * ten seconds of the client's own use, before the client uses the successor,
 * gets what the client has. The next use by either of them ends the family.
 *
 * @module
 */

import { refusals, type ClientId, type Refuse } from '#kernel'
import { nameOf, type Confirmation } from '../confirmation.ts'
import type { Family, FamilyEnd, StoredToken } from './family.ts'

/** Covers a lost answer and its retry; every second more helps a thief alone. */
export const repeatWithinMs = 10_000

/** Who presents a token. */
export interface Presenter {
  readonly client: ClientId
  /** How the client proved itself, down to which secret: `none`, `secret:…`. */
  readonly proof: string
  /** The key or certificate that it proved, for what is bound to one. */
  readonly confirmation?: Confirmation | undefined
  /** Its refresh tokens stay what they are, since its access tokens are bound to a key: FAPI 2.0 Security Profile section 5.3.2.1. */
  readonly keeps?: 'refresh-token' | undefined
}

export type RefreshJudgement =
  | { readonly is: 'rotate' }
  /** It is good, and stays so. */
  | { readonly is: 'keep' }
  /** The same successor once more. */
  | { readonly is: 'repeat'; readonly successor: Uint8Array }
  /** The family ends. */
  | { readonly is: 'theft'; readonly why: FamilyEnd }

/** One sentence for all of them: which of the reasons it was is nobody's business but the record's. */
export const refreshSays = {
  'refresh.unknown': 'The refresh token is not valid.',
  'refresh.ended': 'The refresh token is not valid.',
  'refresh.expired': 'The refresh token is not valid.',
  'refresh.sender': 'The refresh token is not valid.',
  'refresh.scope': 'The requested scope is more than what was granted.',
} as const

export type RefreshRefusalCode = keyof typeof refreshSays

export const refuse: Refuse<RefreshRefusalCode> = refusals(refreshSays)

/**
 * Judges a known token. The order matters: a family that has ended or is over
 * has nothing left to steal; in a living one, a token in the wrong hands or used
 * before is a theft whether it has expired or not. A token that is bound to a key
 * and comes without its proof changes nothing: whoever sent it cannot use it, and
 * must not be able to end it for the one who can.
 */
export function judgeRefresh(family: Family, token: StoredToken, presenter: Presenter, nowMs: number): RefreshJudgement {
  if (family.endedAtMs !== undefined) throw refuse('refresh.ended', 'the family has ended')
  if (family.endsAtMs <= nowMs) throw refuse('refresh.expired', 'the family is over')
  if (family.client !== presenter.client) return { is: 'theft', why: 'another-client' }
  if (token.sender !== undefined && token.sender !== senderOf(presenter)) throw refuse('refresh.sender')
  if (token.spentAtMs !== undefined) return judgeSpent(token, presenter, nowMs)
  if (token.expiresAtMs <= nowMs) throw refuse('refresh.expired', 'idle for too long')
  return { is: presenter.keeps === undefined ? 'rotate' : 'keep' }
}

/** How a presenter's binding is written in the row of a token. */
export function senderOf({ confirmation }: Pick<Presenter, 'confirmation'>): string | undefined {
  return confirmation && nameOf(confirmation)
}

function judgeSpent(token: StoredToken, presenter: Presenter, nowMs: number): RefreshJudgement {
  const { spentAtMs, successor } = token
  if (spentAtMs === undefined || successor === undefined || token.successorSpent) return { is: 'theft', why: 'reused' }
  if (nowMs - spentAtMs > repeatWithinMs) return { is: 'theft', why: 'reused' }
  if (token.spentBy !== presenter.proof) return { is: 'theft', why: 'another-sender' }
  return { is: 'repeat', successor }
}

/** What a refresh request may narrow the scopes to, RFC 6749 section 6: a part of what was granted, all of it when unsaid. */
export function checkNarrowed(granted: readonly string[], asked: readonly string[] | undefined): readonly string[] {
  if (asked === undefined) return granted
  if (!asked.every((scope) => granted.includes(scope))) throw refuse('refresh.scope')
  return asked
}
