/**
 * Remembers which tokens had a valid signature, and nothing else about them:
 * whether one is expired, revoked or meant for us is asked every time.
 *
 * @module
 */

/** 60 bytes each: under 1 MiB in all. The oldest go first. */
const mostRemembered = 10_000

/** Keys are made by the caller from everything that the judgement rested on. */
export class VerifiedSignatures {
  readonly #seen = new Set<string>()

  has(key: string): boolean {
    return this.#seen.has(key)
  }

  remember(key: string): void {
    if (this.#seen.size >= mostRemembered) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest)
        break
      }
    }
    this.#seen.add(key)
  }

  get size(): number {
    return this.#seen.size
  }
}
