/**
 * Inclusion and consistency proofs, RFC 6962 sections 2.1.1 and 2.1.2, and
 * their verification as RFC 9162 sections 2.1.3.2 and 2.1.4.2 write it down.
 *
 * A path names the subtrees whose hashes make the proof and reads nothing, so
 * that whoever holds the tree fetches just those.
 *
 * @module
 */

import { sameBytes } from '#kernel'
import { emptyRoot, nodeHash } from './tree.ts'

/** A complete subtree: 2^level leaves, the first of them at index · 2^level. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** One hash of a proof, as the complete subtrees that it is folded from, left to right. */
export type ProofStep = readonly Subtree[]

/** The complete subtrees that hold the leaves from `first` up to but not including `end`, left to right, `first` aligned as in any proof. */
export function completeSubtrees(first: number, end: number): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = first; at < end;) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level += 1
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** MTH over neighbouring complete subtrees, given their hashes left to right. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  return (
    hashes.reduceRight<Uint8Array | undefined>((right, left) => (right === undefined ? left : nodeHash(left, right)), undefined) ??
    emptyRoot()
  )
}

/** PATH(index, D[size]), leaf upwards. */
export function inclusionPath(index: number, size: number): readonly ProofStep[] {
  const steps: ProofStep[] = []
  for (let first = 0, end = size; end - first > 1;) {
    const middle = first + splitOf(end - first)
    if (index < middle) {
      steps.unshift(completeSubtrees(middle, end))
      end = middle
    } else {
      steps.unshift(completeSubtrees(first, middle))
      first = middle
    }
  }
  return steps
}

/** PROOF(from, D[to]): that the tree of size `to` begins with the tree of size `from`. Empty for the same size and for the empty tree. */
export function consistencyPath(from: number, to: number): readonly ProofStep[] {
  if (from === 0 || from === to) return []
  const steps: ProofStep[] = []
  let first = 0
  let end = to
  let known = true // the verifier holds the hash of the subtree that begins here
  while (from !== end) {
    const middle = first + splitOf(end - first)
    if (from <= middle) {
      steps.unshift(completeSubtrees(middle, end))
      end = middle
    } else {
      steps.unshift(completeSubtrees(first, middle))
      first = middle
      known = false
    }
  }
  if (!known) steps.unshift(completeSubtrees(first, end))
  return steps
}

/** The largest power of two smaller than a number above one. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

/** Whether the leaf is the one at `index` of the tree with this size and root. */
export function provesInclusion(leaf: Uint8Array, index: number, size: number, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(at) && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else hash = nodeHash(hash, sibling)
    at = half(at)
    last = half(last)
  }
  return last === 0 && sameBytes(hash, root)
}

/** Whether the tree with the second size and root begins with all of the first. */
export function provesConsistency(
  from: number,
  fromRoot: Uint8Array,
  to: number,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(from) || !isCount(to) || from > to) return false
  if (from === to) return proof.length === 0 && sameBytes(fromRoot, toRoot)
  if (from === 0) return proof.length === 0 && sameBytes(fromRoot, emptyRoot())
  const [start, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof
  if (start === undefined || proof.length === 0) return false
  let at = from - 1
  let last = to - 1
  while (isOdd(at)) {
    at = half(at)
    last = half(last)
  }
  let fromHash = start
  let toHash = start
  for (const sibling of rest) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      fromHash = nodeHash(sibling, fromHash)
      toHash = nodeHash(sibling, toHash)
      while (!isOdd(at) && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else toHash = nodeHash(toHash, sibling)
    at = half(at)
    last = half(last)
  }
  return last === 0 && sameBytes(fromHash, fromRoot) && sameBytes(toHash, toRoot)
}

/** Sizes go beyond 32 bits, where the bitwise operators stop. */
function isOdd(count: number): boolean {
  return count % 2 === 1
}

function half(count: number): number {
  return Math.floor(count / 2)
}

function isPowerOfTwo(count: number): boolean {
  return 2 ** Math.floor(Math.log2(count)) === count
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
