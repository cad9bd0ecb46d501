/**
 * How a server that revoked something learns that the other servers know: it
 * tells them that there is news, each reads the table, waits for its own
 * verifiers, and says up to which number it has heard.
 *
 * Words between servers may be lost or be somebody else's. Then a revoking call
 * waits for its bound, or answers before somebody has heard; that nobody goes on
 * believing for longer than the bound rests on the table alone.
 *
 * @module
 */

import type { TenantId } from '#kernel'
import type { Peers } from '#store'

/** More connections than a database has; what is beyond them was not said by servers of ours. */
const mostHeard = 10_000

export class RevocationPeers {
  readonly #peers: Peers
  readonly #tenant: TenantId
  /** Up to which number each connection of a server said that it knows. */
  readonly #heard = new Map<number, number>()
  readonly #waiting = new Set<() => void>()
  #leave: () => void = () => {}

  constructor(peers: Peers, tenant: TenantId) {
    this.#peers = peers
    this.#tenant = tenant
  }

  /** From now on this server is waited for. `catchUp` reads the table and resolves with the number up to which every verifier here knows. */
  async join(catchUp: () => Promise<number>): Promise<void> {
    this.#leave = await this.#peers.join((text, from) => {
      const [word, tenant, number] = text.split(' ')
      if (tenant !== this.#tenant) return
      if (word === 'revoked') void this.#answer(catchUp)
      else if (word === 'heard') this.#note(from, Number(number))
    })
  }

  leave(): void {
    this.#leave()
  }

  /** Tells the others that there is something new. */
  wake(): void {
    this.#peers.tell(`revoked ${this.#tenant}`)
  }

  /** Resolves when every other server that is connected has heard the number. Rejects when it cannot be known who is. */
  async all(sequence: number): Promise<void> {
    const others = await this.#peers.others()
    const present = new Set(others)
    for (const from of this.#heard.keys()) if (!present.has(from)) this.#heard.delete(from)
    const haveHeard = (): boolean => others.every((from) => (this.#heard.get(from) ?? 0) >= sequence)
    if (haveHeard()) return
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!haveHeard()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  /** Numbers begin anew: another database stands behind the same address. */
  forget(): void {
    this.#heard.clear()
  }

  /** A server that cannot read the table says nothing, and is waited for until the bound. */
  async #answer(catchUp: () => Promise<number>): Promise<void> {
    try {
      this.#peers.tell(`heard ${this.#tenant} ${await catchUp()}`)
    } catch {
      // Its own verifiers find out by the age of what they know.
    }
  }

  #note(from: number, sequence: number): void {
    if (!Number.isSafeInteger(sequence) || this.#heard.size >= mostHeard) return
    this.#heard.set(from, Math.max(sequence, this.#heard.get(from) ?? 0))
    for (const look of this.#waiting) look()
  }
}
