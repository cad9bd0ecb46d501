/**
 * Buckets that failed authentication spends, and nothing else.
 *
 * An attempt takes its tokens before the secret is looked at and gets them back
 * when it was right: a thousand attempts sent at once would all pass a bucket
 * that is only spent once they have failed. Where the secret has 128 random bits
 * (a client's), many right attempts may be under way at once, and guessing is
 * hopeless anyhow: there {@link Guesses.look} first and {@link Guesses.spend} on failure.
 *
 * @module
 */

import { base64url, networkOf, refusals, sha256, type Operation, type Refuse } from '#kernel'
import type { BucketAsk, Buckets, LimitDecision } from './buckets.ts'
import { guessRates, type GuessRates } from './classes.ts'
import { checkRate } from './limits.ts'

const says = {
  'limit.too_many_attempts': 'Too many failed attempts. Wait a moment, then try again.',
} as const

export const limitRefusals: Readonly<Record<keyof typeof says, string>> = says

const refuse: Refuse<keyof typeof says> = refusals(says)

/** Who is being guessed at, and from where. */
export interface Guess {
  /** What the caller claims to be: a user name in its normal form, a client_id. Kept hashed, and in memory only. */
  readonly account: string
  readonly address: string
  /** A value that stands for a browser that signed in to this very account before. Present only when that was proven. */
  readonly knownBrowser?: string
}

export interface Guesses {
  /** Takes the tokens of one attempt, or none if one of them is missing. */
  spend(op: Operation, guess: Guess): Promise<LimitDecision>
  /** The attempt was right: its tokens go back. */
  giveBack(op: Operation, guess: Guess): Promise<void>
  /** Whether {@link Guesses.spend} would succeed. */
  look(op: Operation, guess: Guess): Promise<LimitDecision>
}

/** Throws `limit.too_many_attempts` unless the decision allows. The edge answers 429 with Retry-After. */
export function requireAttempt(decision: LimitDecision): void {
  if (!decision.allowed) throw refuse('limit.too_many_attempts', decision.name, decision)
}

/** The guess buckets of a server. Throws when a setting is no rate. */
export function createGuesses(buckets: Buckets, settings: Partial<GuessRates> = {}): Guesses {
  const rates: GuessRates = { ...guessRates, ...settings }
  for (const [name, rate] of Object.entries(rates)) checkRate(name, rate)

  /** A browser that the account knows does not depend on what others do to the account, nor on its neighbours' mistakes. */
  const asksOf = (op: Operation, guess: Guess): readonly BucketAsk[] => {
    const account = base64url(sha256(guess.account))
    const ask = (name: string, key: string, rate: BucketAsk['rate']): BucketAsk => ({ name, key: `${op.tenant} ${key}`, rate })
    if (guess.knownBrowser !== undefined) {
      const browser = base64url(sha256(guess.knownBrowser))
      return [ask('guess-known-browser', `${account} ${browser}`, rates.accountFromKnownBrowser)]
    }
    const network = networkOf(guess.address)
    return [
      ask('guess-account-network', `${account} ${network}`, rates.accountFromNetwork),
      ask('guess-account', account, rates.account),
      ask('guess-network', network, rates.network),
    ]
  }

  return {
    async spend(op, guess) {
      const taken: BucketAsk[] = []
      let tightest: LimitDecision | undefined
      for (const ask of asksOf(op, guess)) {
        const decision = await buckets.take(ask)
        if (!decision.allowed) {
          for (const earlier of taken) await buckets.giveBack(earlier)
          return decision
        }
        taken.push(ask)
        tightest = tighter(tightest, decision)
      }
      return tightest as LimitDecision
    },
    async giveBack(op, guess) {
      for (const ask of asksOf(op, guess)) await buckets.giveBack(ask)
    },
    async look(op, guess) {
      let tightest: LimitDecision | undefined
      for (const ask of asksOf(op, guess)) {
        const decision = await buckets.look(ask)
        if (!decision.allowed) return decision
        tightest = tighter(tightest, decision)
      }
      return tightest as LimitDecision
    },
  }
}

function tighter(left: LimitDecision | undefined, right: LimitDecision): LimitDecision {
  return left === undefined || right.remaining < left.remaining ? right : left
}
