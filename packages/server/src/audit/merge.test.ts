import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeStreams, type PendingStream } from './merge.ts'
import { leafHash } from './tree.ts'

const hashOf = (writer: string, number: number): Uint8Array => leafHash(`${writer} ${number}`)

function stream(writer: string, after: number, next: number, events: readonly (readonly [number, number])[], cut = false): PendingStream {
  return { writer, after, next, cut, events: events.map(([number, at_ms]) => ({ number, at_ms, hash: hashOf(writer, number) })) }
}

test('one writer becomes one run', () => {
  const batch = mergeStreams([stream('a', 4, 8, [[5, 10], [6, 11], [7, 12]])], 100) // prettier-ignore
  assert.deepEqual(batch.runs, [{ position: 100, writer: 'a', number: 5, count: 3 }])
  assert.deepEqual(batch.leaves, [hashOf('a', 5), hashOf('a', 6), hashOf('a', 7)])
  assert.deepEqual(batch.gaps, [])
  assert.equal(batch.settled.get('a'), 7)
  assert.equal(batch.more, false)
})

test('writers are merged by time, and each keeps its own order whatever its times say', () => {
  const batch = mergeStreams([stream('a', 0, 4, [[1, 10], [2, 40], [3, 20]]), stream('b', 0, 3, [[1, 15], [2, 30]])], 0) // prettier-ignore
  assert.deepEqual(batch.runs, [
    { position: 0, writer: 'a', number: 1, count: 1 },
    { position: 1, writer: 'b', number: 1, count: 2 },
    { position: 3, writer: 'a', number: 2, count: 2 },
  ])
})

test('at the same time the order of the writers decides, so that two servers agree', () => {
  const batch = mergeStreams([stream('a', 0, 2, [[1, 10]]), stream('b', 0, 2, [[1, 10]])], 0)
  assert.deepEqual(
    batch.runs.map(({ writer }) => writer),
    ['a', 'b'],
  )
})

const gaps = [
  { says: 'the first', after: 0, next: 3, events: [[2, 1]] as const, gap: { first: 1, last: 1 } },
  { says: 'one between', after: 0, next: 4, events: [[1, 1], [3, 1]] as const, gap: { first: 2, last: 2 } }, // prettier-ignore
  { says: 'the last two', after: 0, next: 4, events: [[1, 1]] as const, gap: { first: 2, last: 3 } },
  { says: 'all', after: 5, next: 8, events: [], gap: { first: 6, last: 7 } },
]

for (const { says, after, next, events, gap } of gaps) {
  test(`numbers that were given and are missing are a gap: ${says}`, () => {
    const batch = mergeStreams([stream('a', after, next, events)], 0)
    assert.deepEqual(batch.gaps, [{ writer: 'a', ...gap }])
    assert.equal(batch.settled.get('a'), next - 1, 'a gap is told once')
  })
}

test('what was left for the next batch is no gap', () => {
  const batch = mergeStreams([stream('a', 0, 100, [[1, 1], [2, 1]], true)], 0) // prettier-ignore
  assert.deepEqual(batch.gaps, [])
  assert.equal(batch.settled.get('a'), 2)
  assert.equal(batch.more, true)
})
