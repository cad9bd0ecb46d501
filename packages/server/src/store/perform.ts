/**
 * One run of a write's closure, the same on both engines: do the work, land its
 * events, and say whether there is something to commit.
 *
 * @module
 */

import { Refusal, type Operation } from '#kernel'
import type { Recorded, Recorder, Transaction } from './contract.ts'
import type { OpenTransaction } from './hold.ts'
import { patiently } from './patience.ts'

/** A write as its caller gave it. */
export type Work<Result> = (tx: Transaction) => Promise<Result | Refusal>

/** Both are committed; a refusal is thrown to the caller afterwards. */
export type Performed<Result> = { readonly is: 'result'; readonly result: Result } | { readonly is: 'refusal'; readonly refusal: Refusal }

/**
 * A closure awaits its database alone, which takes milliseconds. One that takes
 * a second waits for something else, while every other write waits for it.
 */
export const closurePatienceMs = 1000

/** Rejects when the changes must be undone. The transaction has ended in every case. */
export async function perform<Result>(
  op: Operation,
  tx: OpenTransaction,
  work: Work<Result>,
  recorder: Recorder,
  patienceMs: number = closurePatienceMs,
): Promise<Performed<Result>> {
  try {
    const result = await patiently(patienceMs, 'a write', work(tx))
    requireUnfailed(tx)
    if (tx.events.length > 0) {
      const entries = tx.events.map((event): Recorded => ({ op, event }))
      await land(tx, entries, recorder, patienceMs)
    }
    return result instanceof Refusal ? { is: 'refusal', refusal: result } : { is: 'result', result: result as Result }
  } finally {
    tx.hold.end()
  }
}

/** Lands events in their transaction. Rejects when its changes must be undone. */
export async function land(
  tx: OpenTransaction,
  entries: readonly Recorded[],
  recorder: Recorder,
  patienceMs: number = closurePatienceMs,
): Promise<void> {
  await patiently(patienceMs, 'the recorder', recorder.append(tx, entries))
  requireUnfailed(tx)
}

function requireUnfailed(tx: OpenTransaction): void {
  // oxlint-disable-next-line typescript/only-throw-error -- it is what the engine threw
  if (tx.hold.failure !== undefined) throw tx.hold.failure
}
