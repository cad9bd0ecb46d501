/**
 * Remembers which tokens had a valid signature and by which key, and nothing
 * else about them: whether that key still verifies is asked every time here, and
 * whether the token is expired, revoked or meant for us is the caller's to ask.
 *
 * @module
 */

/** About 200 bytes each, so 2 MB in all. The oldest go first. */
const mostRemembered = 10_000

/** From whatever the judgement rested on, put together by the caller, to the id of the key that signed. */
export class VerifiedSignatures {
  readonly #signers = new Map<string, string>()

  signerOf(judged: string): string | undefined {
    return this.#signers.get(judged)
  }

  remember(judged: string, keyId: string): void {
    if (this.#signers.size >= mostRemembered && !this.#signers.has(judged)) {
      for (const oldest of this.#signers.keys()) {
        this.#signers.delete(oldest)
        break
      }
    }
    this.#signers.set(judged, keyId)
  }

  get size(): number {
    return this.#signers.size
  }
}
