/**
 * What this edge needs from the rest of the house. `app` passes what fits.
 *
 * @module
 */

import type { Answer } from '#http'
import type { Identity } from '#identity'
import type { Operation } from '#kernel'
import type { Guesses } from '#ratelimit'
import type { Session, Sessions } from '#sessions'

/** Something that is asked for in detail: the operator's sentence, and every value that it holds. */
export interface AskedDetail {
  /** With paths of members in braces. */
  readonly says: string
  readonly members: readonly {
    readonly path: string
    readonly label: string
    readonly values: readonly (string | number | boolean | null)[]
  }[]
}

/** An authorization request that waits for a person. */
export interface PendingRequest {
  readonly clientName: string
  readonly scopes: readonly string[]
  /** What is asked for singly, beside what the scopes tell. */
  readonly claims: readonly string[]
  readonly details: readonly AskedDetail[]
  /** Where the answer will go: pages list its origin in their `form-action`. */
  readonly redirectUri: string
  readonly loginHint?: string
}

/** The authorization server's half of the hand-over: what waits, and what a person decided. */
export interface Authorizations {
  /** Undefined when the state is not this browser's, is over, or was never ours. */
  openPending(op: Operation, state: string, browserCookie: string | undefined): Promise<PendingRequest | undefined>
  /** What a person said on the consent page. The answer is where the browser goes now: a redirect, or a page with this nonce. */
  decideConsent(
    op: Operation,
    session: Session | undefined,
    state: string,
    browserCookie: string | undefined,
    said: { readonly decision: 'allow' | 'deny'; readonly nonce: string; readonly address: string },
  ): Promise<Answer>
}

/** A refusal to a stranger that is shown as a page of ours and not thrown: counted, never written to a row. */
export type CountStranger = (op: Operation, refused: { readonly code: string; readonly route: string; readonly address: string }) => void

export interface SigninPorts {
  readonly identity: Pick<Identity, 'checkPassword' | 'accountOf' | 'findUser'>
  readonly sessions: Pick<Sessions, 'begin' | 'find' | 'end' | 'knowsBrowser'>
  readonly guesses: Pick<Guesses, 'spend' | 'giveBack'>
  readonly authorizations: Authorizations
  readonly countStranger: CountStranger
}
