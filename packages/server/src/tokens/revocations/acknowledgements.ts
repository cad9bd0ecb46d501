/**
 * Who listens to revocations, and who has heard which.
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

/** The listeners of one feed. */
export class Acknowledgements {
  readonly #heard = new Map<RevocationListener, number>()
  readonly #waiting = new Set<{ readonly sequence: number; readonly resolve: () => void }>()

  /** The function that it returns ends the subscription. `sequence` is what the listener already knows. */
  subscribe(listener: RevocationListener, sequence: number): () => void {
    this.#heard.set(listener, sequence)
    return () => this.#remove(listener)
  }

  deliver(batch: RevocationBatch): void {
    for (const listener of this.#heard.keys()) {
      listener.deliver(batch).then(
        () => this.#acknowledge(listener, batch.sequence),
        () => this.#remove(listener),
      )
    }
  }

  /** Resolves when every listener that is still there has acknowledged the number. */
  async all(sequence: number): Promise<void> {
    if (this.#haveHeard(sequence)) return
    await new Promise<void>((resolve) => this.#waiting.add({ sequence, resolve }))
  }

  #acknowledge(listener: RevocationListener, sequence: number): void {
    const before = this.#heard.get(listener)
    if (before !== undefined) this.#heard.set(listener, Math.max(before, sequence))
    this.#wake()
  }

  #remove(listener: RevocationListener): void {
    this.#heard.delete(listener)
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
    return this.#heard.values().every((heard) => heard >= sequence)
  }
}
