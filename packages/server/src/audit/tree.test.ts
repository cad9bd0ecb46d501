/**
 * RFC 6962 trees and proofs against the answers that the reference
 * implementation of Certificate Transparency publishes for these eight leaves,
 * and against the definitions of section 2.1, written down once more naively.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '#kernel'
import {
  completeSubtrees,
  consistencyPath,
  foldSubtrees,
  inclusionPath,
  provesConsistency,
  provesInclusion,
  type ProofStep,
} from './proof.ts'
import { edgeTiles, emptyRoot, foldTile, GrowingTree, hashBytes, leafHash, nodeHash, tileWidth } from './tree.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')

/** The leaves are bytes below 0x80, so text says the same. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((text) =>
  leafHash(Buffer.from(text, 'hex').toString('latin1')),
)
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** Section 2.1, literally. */
function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes
  if (only === undefined) return sha256('')
  if (hashes.length === 1) return only
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)))
}

function proofFrom(hashes: readonly Uint8Array[], path: readonly ProofStep[]): readonly Uint8Array[] {
  return path.map((step) =>
    foldSubtrees(step.map(({ level, index }) => rootOf(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)))),
  )
}

const manyLeaves = (count: number): readonly Uint8Array[] => Array.from({ length: count }, (_, index) => leafHash(`event ${index}`))

for (const [size, root] of roots.entries()) {
  test(`the tree of the first ${size} reference leaves has the published root`, () => {
    const tree = new GrowingTree()
    for (const leaf of leaves.slice(0, size)) tree.append(leaf)
    assert.equal(hex(tree.root()), root)
    assert.equal(hex(rootOf(leaves.slice(0, size))), root)
    assert.equal(tree.size, size)
  })
}

const inclusions = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  { index: 2, size: 3, proof: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'] },
  {
    index: 1,
    size: 5,
    proof: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
]

for (const { index, size, proof } of inclusions) {
  test(`inclusion of leaf ${index} in a tree of ${size} is proven by the published hashes`, () => {
    assert.deepEqual(proofFrom(leaves, inclusionPath(index, size)).map(hex), proof)
    const root = bytes(roots[size] ?? '')
    const leaf = leaves[index] ?? emptyRoot()
    assert.equal(provesInclusion(leaf, index, size, proof.map(bytes), root), true)
    assert.equal(provesInclusion(leaf, index + 1, size, proof.map(bytes), root), false, 'another place')
    assert.equal(provesInclusion(nodeHash(leaf, leaf), index, size, proof.map(bytes), root), false, 'another leaf')
    assert.equal(provesInclusion(leaf, index, size, [...proof.map(bytes), leaf], root), false, 'a hash too many')
    if (proof.length > 0) assert.equal(provesInclusion(leaf, index, size, proof.slice(1).map(bytes), root), false, 'a hash too few')
  })
}

const consistencies = [
  { from: 1, to: 1, proof: [] },
  {
    from: 1,
    to: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    from: 6,
    to: 8,
    proof: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    from: 2,
    to: 5,
    proof: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
]

for (const { from, to, proof } of consistencies) {
  test(`that the tree of ${to} continues the tree of ${from} is proven by the published hashes`, () => {
    assert.deepEqual(proofFrom(leaves, consistencyPath(from, to)).map(hex), proof)
    const given = [from, bytes(roots[from] ?? ''), to, bytes(roots[to] ?? '')] as const
    assert.equal(provesConsistency(...given, proof.map(bytes)), true)
    assert.equal(provesConsistency(given[0], given[3], given[2], given[1], proof.map(bytes)), from === to, 'roots swapped')
    assert.equal(provesConsistency(...given, [...proof.map(bytes), bytes(roots[1] ?? '')]), false, 'a hash too many')
    if (proof.length > 0) assert.equal(provesConsistency(...given, proof.slice(0, -1).map(bytes)), false, 'a hash too few')
  })
}

test('every inclusion and consistency proof of trees up to 33 leaves holds, and for no other leaf or root', () => {
  const all = manyLeaves(33)
  for (let size = 1; size <= all.length; size++) {
    const root = rootOf(all.slice(0, size))
    for (let index = 0; index < size; index++) {
      const proof = proofFrom(all, inclusionPath(index, size))
      const leaf = all[index] ?? emptyRoot()
      assert.ok(provesInclusion(leaf, index, size, proof, root))
      assert.ok(!provesInclusion(all[(index + 1) % 33] ?? emptyRoot(), index, size, proof, root))
    }
    for (let from = 0; from <= size; from++) {
      const earlier = rootOf(all.slice(0, from))
      const proof = proofFrom(all, consistencyPath(from, size))
      assert.ok(provesConsistency(from, earlier, size, root, proof), `${from} to ${size}`)
      assert.ok(!provesConsistency(from, leafHash('other'), size, root, proof))
    }
  }
})

for (const size of [255, 256, 257, 511, 512, 513, 1000]) {
  test(`a tree of ${size} leaves has the root of the definition, and grows on from its stored tiles`, () => {
    const all = manyLeaves(size + 300)
    const tree = new GrowingTree()
    for (const leaf of all.slice(0, size)) tree.append(leaf)
    assert.equal(hex(tree.root()), hex(rootOf(all.slice(0, size))))
    const tiles = tree.takeTiles()
    assert.deepEqual(tree.takeTiles(), [], 'what was taken is not to be stored again')
    for (const tile of tiles.filter(({ level }) => level === 0)) {
      const count = tile.hashes.byteLength / hashBytes
      assert.deepEqual(
        Array.from({ length: count }, (_, at) => hex(tile.hashes.subarray(at * hashBytes, (at + 1) * hashBytes))),
        all.slice(tile.number * tileWidth, tile.number * tileWidth + count).map(hex),
      )
    }
    const again = GrowingTree.restore(size, tiles)
    assert.ok(again)
    const copy = again.copy()
    for (const leaf of all.slice(size)) again.append(leaf)
    assert.equal(hex(again.root()), hex(rootOf(all)))
    assert.equal(hex(copy.root()), hex(tree.root()), 'a copy does not grow with the original')
    assert.deepEqual(
      again.edge().map(({ level, number, hashes }) => ({ level, number, width: hashes.byteLength / hashBytes })),
      edgeTiles(size + 300),
    )
  })
}

test('a tree is not restored from tiles that are missing or too short', () => {
  const tree = new GrowingTree()
  for (const leaf of manyLeaves(300)) tree.append(leaf)
  const tiles = tree.takeTiles()
  assert.ok(GrowingTree.restore(300, tiles))
  assert.equal(GrowingTree.restore(300, tiles.slice(0, 1)), undefined)
  assert.equal(GrowingTree.restore(301, tiles), undefined)
})

test('the hash over a whole tile is the root over its leaves', () => {
  const all = manyLeaves(256)
  assert.equal(hex(foldTile(Buffer.concat(all), 0, 256)), hex(rootOf(all)))
})

test('sizes beyond 32 bits have paths, made of complete subtrees that cover each range once', () => {
  const size = 2 ** 40 + 3
  const covered = completeSubtrees(0, size).reduce((sum, { level }) => sum + 2 ** level, 0)
  assert.equal(covered, size)
  assert.equal(inclusionPath(2 ** 39, size).length, 41)
  assert.ok(consistencyPath(2 ** 33 + 1, size).length > 0)
})
