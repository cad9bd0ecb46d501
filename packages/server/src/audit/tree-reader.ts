/**
 * The stored tree: its root at any size and its proofs, from a few tiles.
 *
 * @module
 */

import type { TenantId } from '#kernel'
import type { Reader } from '#store'
import { completeSubtrees, foldSubtrees, type ProofStep, type Subtree } from './proof.ts'
import { findTile } from './store.ts'
import { edgeTiles, foldTile, GrowingTree, hashBytes, tileWidth, type Tile } from './tree.ts'

/** Tree levels that one tile level spans: log2 of its width. */
const levelsATile = 8

/** The tree at this size, ready to grow. Undefined when tiles are missing or too short. */
export async function loadTree(db: Reader, tenant: TenantId, size: number): Promise<GrowingTree | undefined> {
  const tiles: Tile[] = []
  for (const { level, number } of edgeTiles(size)) {
    const hashes = await findTile(db, tenant, level, number)
    if (hashes !== undefined) tiles.push({ level, number, hashes })
  }
  return GrowingTree.restore(size, tiles)
}

/** The root that the stored tiles give for a size up to the tree's own. Undefined when tiles are missing or too short. */
export async function rootAt(db: Reader, tenant: TenantId, size: number): Promise<Uint8Array | undefined> {
  return foldStep(db, tenant, completeSubtrees(0, size))
}

/** The hashes of a proof. Undefined when tiles are missing or too short. */
export async function readProof(db: Reader, tenant: TenantId, path: readonly ProofStep[]): Promise<readonly Uint8Array[] | undefined> {
  const hashes: Uint8Array[] = []
  for (const step of path) {
    const hash = await foldStep(db, tenant, step)
    if (hash === undefined) return undefined
    hashes.push(hash)
  }
  return hashes
}

async function foldStep(db: Reader, tenant: TenantId, step: ProofStep): Promise<Uint8Array | undefined> {
  const hashes: Uint8Array[] = []
  for (const subtree of step) {
    const hash = await subtreeHash(db, tenant, subtree)
    if (hash === undefined) return undefined
    hashes.push(hash)
  }
  return foldSubtrees(hashes)
}

async function subtreeHash(db: Reader, tenant: TenantId, { level, index }: Subtree): Promise<Uint8Array | undefined> {
  const count = 2 ** (level % levelsATile)
  const first = index * count
  const hashes = await findTile(db, tenant, Math.floor(level / levelsATile), Math.floor(first / tileWidth))
  const offset = first % tileWidth
  return hashes === undefined || hashes.byteLength < (offset + count) * hashBytes ? undefined : foldTile(hashes, offset, count)
}
