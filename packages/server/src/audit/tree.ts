/**
 * The Merkle tree of RFC 6962 section 2.1, kept in tiles.
 *
 * A tile holds up to 256 neighbouring hashes of one level; tile level L is tree
 * level 8·L. What lies between is computed again when it is wanted, at most 255
 * hashes a tile, so that a thousand events cost four rows and not two thousand.
 *
 * @module
 */

import { sha256 } from '#kernel'

export const tileWidth = 256
export const hashBytes = 32

/** MTH of one entry: SHA-256(0x00 || UTF-8 of the content). */
export function leafHash(content: string): Uint8Array {
  return sha256(`\0${content}`)
}

/** SHA-256(0x01 || left || right). A leaf is hashed behind 0x00, so that no node can be passed off as an event. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * hashBytes)
  bytes[0] = 0x01
  bytes.set(left, 1)
  bytes.set(right, 1 + hashBytes)
  return sha256(bytes)
}

/** MTH of no entries. */
export function emptyRoot(): Uint8Array {
  return sha256('')
}

/** Neighbouring hashes of one level, 32 bytes each, from the left. Not full at the right edge of the tree. */
export interface Tile {
  readonly level: number
  readonly number: number
  readonly hashes: Uint8Array
}

/** Where a tile stands and how many hashes it must hold. */
export interface TilePlace {
  readonly level: number
  readonly number: number
  readonly width: number
}

/** The tiles at the right edge of a tree that are not full yet: all that growing it further needs. */
export function edgeTiles(size: number): readonly TilePlace[] {
  const places: TilePlace[] = []
  for (let level = 0, entries = size; entries > 0; level++, entries = Math.floor(entries / tileWidth)) {
    const width = entries % tileWidth
    if (width > 0) places.push({ level, number: Math.floor(entries / tileWidth), width })
  }
  return places
}

/** The hash over `count` neighbouring hashes of a tile, `count` a power of two. */
export function foldTile(hashes: Uint8Array, first: number, count: number): Uint8Array {
  if (count === 1) return hashes.slice(first * hashBytes, (first + 1) * hashBytes)
  const half = count / 2
  return nodeHash(foldTile(hashes, first, half), foldTile(hashes, first + half, half))
}

interface Edge {
  readonly hashes: Uint8Array
  width: number
  number: number
  changed: boolean
}

function newEdge(): Edge {
  return { hashes: new Uint8Array(tileWidth * hashBytes), width: 0, number: 0, changed: false }
}

/** A tree that grows on the right. It remembers its unfinished tiles alone: 8 KiB a level, four levels for four thousand million leaves. */
export class GrowingTree {
  #size = 0
  #edges: Edge[] = []
  #full: Tile[] = []

  /** The tree of this size whose unfinished tiles are given; {@link edgeTiles} says which they are. Undefined when one is missing or too short. */
  static restore(size: number, tiles: readonly Tile[]): GrowingTree | undefined {
    const tree = new GrowingTree()
    tree.#size = size
    for (let entries = size; entries > 0; entries = Math.floor(entries / tileWidth)) {
      tree.#edges.push({ ...newEdge(), number: Math.floor(entries / tileWidth) })
    }
    for (const { level, number, width } of edgeTiles(size)) {
      const tile = tiles.find((tile) => tile.level === level && tile.number === number)
      const edge = tree.#edges[level]
      if (edge === undefined || tile === undefined || tile.hashes.byteLength < width * hashBytes) return undefined
      edge.hashes.set(tile.hashes.subarray(0, width * hashBytes))
      edge.width = width
    }
    return tree
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Uint8Array): void {
    this.#size += 1
    let hash = leaf
    for (let level = 0; ; level++) {
      const edge = (this.#edges[level] ??= newEdge())
      edge.hashes.set(hash, edge.width * hashBytes)
      edge.width += 1
      edge.changed = true
      if (edge.width < tileWidth) return
      const hashes = edge.hashes.slice()
      this.#full.push({ level, number: edge.number, hashes })
      edge.width = 0
      edge.number += 1
      edge.changed = false
      hash = foldTile(hashes, 0, tileWidth)
    }
  }

  /** The tiles that were filled or added to since the last call: what has to be stored. */
  takeTiles(): readonly Tile[] {
    const taken = this.#full
    this.#full = []
    for (const [level, edge] of this.#edges.entries()) {
      if (!edge.changed) continue
      edge.changed = false
      taken.push({ level, number: edge.number, hashes: edge.hashes.slice(0, edge.width * hashBytes) })
    }
    return taken
  }

  /** The tiles at the right edge that are not full. */
  edge(): readonly Tile[] {
    return [...this.#edges.entries()]
      .filter(([, edge]) => edge.width > 0)
      .map(([level, { number, hashes, width }]) => ({ level, number, hashes: hashes.slice(0, width * hashBytes) }))
  }

  /** MTH of all leaves: the complete subtrees at the right edge, folded from the smallest to the largest. */
  root(): Uint8Array {
    let root: Uint8Array | undefined
    for (const { hashes, width } of this.#edges) {
      let end = width
      for (let count = 1; count < tileWidth; count *= 2) {
        if ((width & count) === 0) continue
        const peak = foldTile(hashes, end - count, count)
        root = root === undefined ? peak : nodeHash(peak, root)
        end -= count
      }
    }
    return root ?? emptyRoot()
  }

  /** A tree of its own with the same leaves. */
  copy(): GrowingTree {
    const copy = new GrowingTree()
    copy.#size = this.#size
    copy.#edges = this.#edges.map((edge) => ({ ...edge, hashes: edge.hashes.slice() }))
    copy.#full = [...this.#full]
    return copy
  }
}
