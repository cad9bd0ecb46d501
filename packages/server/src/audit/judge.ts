/**
 * Tells who is right when the copies of a leaf's hash disagree.
 *
 * There are three: computed from the event's content, kept beside the event,
 * and kept in the tree. Two against one settles it at once. When content and
 * the hash beside it agree against the tree, somebody changed either both of
 * them or the tile; the next signed root says which. So two trees are grown,
 * one from the tiles and one from the events, and the root decides.
 *
 * @module
 */

import { sameBytes } from '#kernel'
import type { Checkpoint } from './checkpoint.ts'
import type { Findings, Whose } from './findings.ts'
import { GrowingTree, hashBytes, tileWidth, type Tile } from './tree.ts'

/** One leaf with every copy of its hash that could be found. */
export interface Leaf {
  readonly index: number
  readonly writer: string
  readonly number: number
  readonly what: string | undefined
  readonly fromContent: Uint8Array | undefined
  readonly besideEvent: Uint8Array | undefined
  readonly inTile: Uint8Array | undefined
}

/** A signed root to hold the leaves so far against. */
export interface SignedRoot {
  readonly whose: Whose
  readonly checkpoint: Checkpoint
}

/** Leaves that the next root decides about. More than these are all blamed on their events. */
const mostSuspects = 1000

export class Judge {
  readonly #findings: Findings
  #tiles = new GrowingTree()
  #events = new GrowingTree()
  #suspects: Leaf[] = []
  #lost = false
  #heldUpTo = 0
  #rewritten = new Set<Whose>()
  #contradictsGiven: { readonly size: number; readonly heldUpTo: number } | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** Takes leaves in order. */
  take(leaf: Leaf): void {
    const { fromContent, besideEvent, inTile, index } = leaf
    const agrees = same(fromContent, besideEvent)
    if (fromContent !== undefined && !agrees) this.#blameEvent(leaf)
    else if (agrees && inTile !== undefined && !same(fromContent, inTile)) this.#suspect(leaf)
    if (inTile === undefined) this.#blameTile(index)
    const tileSays = inTile ?? fromContent
    const eventSays = agrees ? fromContent : (inTile ?? fromContent)
    if (tileSays === undefined || eventSays === undefined) this.#lost = true
    else {
      this.#tiles.append(tileSays)
      this.#events.append(eventSays)
    }
  }

  /** Holds the leaves taken so far against a signed root of that many. */
  check({ whose, checkpoint }: SignedRoot): void {
    const { size, root } = checkpoint
    if (this.#lost || this.#tiles.size !== size) return this.#rewrite(size, whose)
    if (sameBytes(this.#tiles.root(), root)) {
      for (const leaf of this.#suspects) this.#blameEvent(leaf)
      this.#events = this.#tiles.copy()
    } else if (sameBytes(this.#events.root(), root)) {
      for (const { index } of this.#suspects) this.#blameTile(index)
      this.#tiles = this.#events.copy()
    } else return this.#rewrite(size, whose)
    this.#suspects = []
    this.#heldUpTo = size
  }

  /** Whether a stored tile above the leaves agrees with what lies below it. `stored` may be longer. */
  checkTiles(stored: (level: number, number: number) => Promise<Uint8Array | undefined>): Promise<void> {
    const ours = this.#tiles.takeTiles()
    const theirs = this.#events.takeTiles()
    return this.#compare(ours.filter(isFull), theirs.filter(isFull), stored)
  }

  /** The last word: the tiles at the right edge, and leaves that no checkpoint decides about. */
  async close(stored: (level: number, number: number) => Promise<Uint8Array | undefined>): Promise<void> {
    await this.checkTiles(stored)
    await this.#compare(this.#tiles.edge(), this.#events.edge(), stored)
    for (const leaf of this.#suspects) this.#blameEvent(leaf)
  }

  async #compare(
    ours: readonly Tile[],
    theirs: readonly Tile[],
    stored: (level: number, number: number) => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    for (const [place, tile] of ours.entries()) {
      if (tile.level === 0) continue // leaves were compared one by one
      const other = theirs[place]?.hashes ?? tile.hashes
      const kept = await stored(tile.level, tile.number)
      for (let at = 0; at < tile.hashes.byteLength; at += hashBytes) {
        const hash = kept?.subarray(at, at + hashBytes)
        if (same(hash, tile.hashes.subarray(at, at + hashBytes)) || same(hash, other.subarray(at, at + hashBytes))) continue
        this.#findings.add({ code: 'tile_changed', level: tile.level, number: tile.number })
        break
      }
    }
  }

  #suspect(leaf: Leaf): void {
    if (this.#suspects.length < mostSuspects) this.#suspects.push(leaf)
    else this.#blameEvent(leaf)
  }

  #blameEvent({ writer, number, index, what }: Leaf): void {
    this.#findings.add({ code: 'event_changed', writer, number, index, what })
  }

  #blameTile(index: number): void {
    this.#findings.add({ code: 'tile_changed', level: 0, number: Math.floor(index / tileWidth) })
  }

  /** That the given checkpoint does not hold. What that means is said when the whole log is known: a restore may explain it. */
  get contradictsGiven(): { readonly size: number; readonly heldUpTo: number } | undefined {
    return this.#contradictsGiven
  }

  /** Once a root differs, every later one does: only the first is news. */
  #rewrite(size: number, whose: Whose): void {
    if (whose === 'given') {
      this.#contradictsGiven = { size, heldUpTo: this.#heldUpTo }
      return
    }
    if (this.#rewritten.has(whose)) return
    this.#rewritten.add(whose)
    this.#findings.add({ code: 'log_rewritten', size, whose, heldUpTo: this.#heldUpTo })
  }
}

function isFull(tile: Tile): boolean {
  return tile.hashes.byteLength === tileWidth * hashBytes
}

function same(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left !== undefined && right !== undefined && sameBytes(left, right)
}
