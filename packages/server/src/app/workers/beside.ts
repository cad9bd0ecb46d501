/** What a process of the server knows, and is given, when it is one of several. @module */

import type { Guesses } from '#ratelimit'

/** Absent where the server is one process. */
export interface Beside {
  /** From 1. The first alone has the gateway and the owner's socket. */
  readonly number: number
  /** How many there are. */
  readonly count: number
  /** Guesses, counted by the process that started all of them, so that more processes are not more tries. */
  readonly guesses: Guesses
  /** Says how the metrics of this process are read, when somebody reads those of all. */
  tellMetrics(text: () => Promise<string>): void
}
