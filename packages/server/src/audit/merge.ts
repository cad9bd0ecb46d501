/**
 * The order in which events enter the tree: each writer's in the order of their
 * numbers, and writers among each other by time, so that the log reads as a story.
 *
 * @module
 */

import type { PendingEvent, Run } from './store.ts'

/** What one writer has committed and the tree does not hold yet. */
export interface PendingStream {
  readonly writer: string
  /** The writer's last event in the tree. */
  readonly after: number
  /** The number its next event will get, as the same snapshot has it. */
  readonly next: number
  /** From the oldest on; fewer than there are when there are too many at once. */
  readonly events: readonly PendingEvent[]
  readonly cut: boolean
}

/** Numbers of a writer that were given to events which are not there. */
export interface Gap {
  readonly writer: string
  readonly first: number
  readonly last: number
}

export interface Batch {
  readonly leaves: readonly Uint8Array[]
  readonly runs: readonly Run[]
  readonly gaps: readonly Gap[]
  /** Each writer's last number that is settled by this batch. */
  readonly settled: ReadonlyMap<string, number>
  /** Some stream was cut: there is more to integrate. */
  readonly more: boolean
}

/** Merges streams into leaves from `position` on. */
export function mergeStreams(streams: readonly PendingStream[], position: number): Batch {
  const leaves: Uint8Array[] = []
  const runs: { position: number; writer: string; number: number; count: number }[] = []
  const heads = streams.map((stream) => ({ stream, at: 0 }))
  for (;;) {
    let first: (typeof heads)[number] | undefined
    let event: PendingEvent | undefined
    for (const head of heads) {
      const candidate = head.stream.events[head.at]
      if (candidate === undefined || (event !== undefined && candidate.at_ms >= event.at_ms)) continue
      first = head
      event = candidate
    }
    if (first === undefined || event === undefined) break
    first.at += 1
    const { writer } = first.stream
    const run = runs.at(-1)
    if (run?.writer === writer && run.number + run.count === event.number) run.count += 1
    else runs.push({ position: position + leaves.length, writer, number: event.number, count: 1 })
    leaves.push(event.hash)
  }
  return {
    leaves,
    runs,
    gaps: streams.flatMap(gapsOf),
    settled: new Map(streams.map((stream) => [stream.writer, lastSettled(stream)])),
    more: streams.some((stream) => stream.cut),
  }
}

/**
 * A later number is never visible before an earlier one of the same writer, and
 * the counter was read in the same snapshot: what is missing was removed.
 */
function gapsOf({ writer, after, next, events, cut }: PendingStream): readonly Gap[] {
  const gaps: Gap[] = []
  let expected = after + 1
  for (const { number } of events) {
    if (number > expected) gaps.push({ writer, first: expected, last: number - 1 })
    expected = number + 1
  }
  if (!cut && expected < next) gaps.push({ writer, first: expected, last: next - 1 })
  return gaps
}

function lastSettled({ next, events, cut, after }: PendingStream): number {
  return cut ? (events.at(-1)?.number ?? after) : next - 1
}
