/** What workers and the process that started them say to each other, over the channel that Node opens between them. @module */

import type { TenantId } from '#kernel'
import type { Guess, Guesses, LimitDecision } from '#ratelimit'
import type { Expected } from '#store'
import type { Config } from '../config.ts'

/** On standard input. */
export interface WorkerSettings {
  readonly version: 1
  readonly config: Omit<Config, 'issuerUrl'>
  readonly number: number
  readonly count: number
  readonly serverOnly: boolean
  readonly expects: Expected
}

export interface GuessAsk {
  readonly id: number
  readonly what: keyof Guesses
  readonly tenant: TenantId
  readonly guess: Guess
}

export type FromWorker =
  | { readonly is: 'guesses'; readonly asks: readonly GuessAsk[] }
  | { readonly is: 'metrics'; readonly id: number; readonly text: string }
  | { readonly is: 'pulse' }

export type ToWorker =
  | { readonly is: 'guesses'; readonly answers: readonly { readonly id: number; readonly decision?: LimitDecision }[] }
  | { readonly is: 'metrics'; readonly id: number }
  | { readonly is: 'pulse' }

/** How long either waits for the other: what takes longer is out. */
export const patienceMs = 1_000
