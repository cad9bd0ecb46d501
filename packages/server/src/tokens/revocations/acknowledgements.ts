/**
 * Who listens to revocations, and who has heard which.
 *
 * INVARIANT (in order): who has heard a number has heard every number before it.
 * A batch that concerns nothing of a listener's is heard at once, and says nothing
 * of the one before it that is still being put into effect.
 *
 * @module
 */

import type { Revocation } from './revocation.ts'

/** New revocations, in order and without gaps. */
export interface RevocationBatch {
  /** The number of the last revocation up to which the listener now knows everything. */
  readonly sequence: number
  readonly entries: readonly Revocation[]
  /** True when something may have been missed: forget every cached thing. */
  readonly reset: boolean
}

/** A verifier, or a cache of what revocations may change. */
export interface RevocationListener {
  /**
   * Hears a batch. What it does before its first `await` happens before any
   * other code runs; it resolves when nothing that the batch revokes is
   * accepted there any more. Rejecting means that it is gone: it hears nothing further,
   * and must refuse by itself once what it knows is too old.
   */
  deliver(batch: RevocationBatch): Promise<void>
}

/** What one listener was told. */
interface Told {
  last: number
  /** Batches that are not in effect yet, each as the number up to which it changes nothing. */
  readonly underWay: Set<{ readonly from: number }>
}

/** The listeners of one feed. */
export class Acknowledgements {
  readonly #told = new Map<RevocationListener, Told>()
  readonly #waiting = new Set<{ readonly sequence: number; readonly resolve: () => void }>()

  /** The function that it returns ends the subscription. `sequence` is what the listener already knows. */
  subscribe(listener: RevocationListener, sequence: number): () => void {
    this.#told.set(listener, { last: sequence, underWay: new Set() })
    return () => this.#remove(listener)
  }

  deliver(batch: RevocationBatch): void {
    for (const [listener, told] of this.#told) {
      // Numbers that begin anew are lower than the last one.
      const mine = { from: Math.min(told.last, batch.sequence) }
      told.underWay.add(mine)
      told.last = batch.sequence
      listener.deliver(batch).then(
        () => {
          told.underWay.delete(mine)
          this.#wake()
        },
        () => this.#remove(listener),
      )
    }
  }

  /** Resolves when every listener that is still there has acknowledged the number. */
  async all(sequence: number): Promise<void> {
    if (this.#haveHeard(sequence)) return
    await new Promise<void>((resolve) => this.#waiting.add({ sequence, resolve }))
  }

  #remove(listener: RevocationListener): void {
    this.#told.delete(listener)
    this.#wake()
  }

  #wake(): void {
    for (const waiter of this.#waiting) {
      if (!this.#haveHeard(waiter.sequence)) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }

  #haveHeard(sequence: number): boolean {
    return this.#told.values().every(({ last, underWay }) => last >= sequence && underWay.values().every(({ from }) => from >= sequence))
  }
}
