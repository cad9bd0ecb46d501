/**
 * Reading the log: page by page from the newest, or on from a place.
 *
 * The order is that of the tree. There is no index on what an event says: a
 * page with a filter looks at a bounded number of events and says where to go
 * on, so a page may hold fewer than asked for, and the last one has no `next`.
 *
 * @module
 */

import { base64url, readBase64url, readUtf8, utf8, type TenantId } from '#kernel'
import type { Reader } from '#store'
import { readEvent, type RecordedEvent } from './event.ts'
import { refuse } from './refusals.ts'
import { readSlice, type Slot } from './slice.ts'
import { findTree } from './store.ts'

/** Which events, how many at most, and from which page on. */
export interface ListRequest extends EventFilter {
  /** `next` of an earlier page. */
  readonly cursor?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}

/** Events that fit everything that is said. */
export interface EventFilter {
  readonly what?: string | undefined
  readonly about?: string | undefined
  /** The id of a user or client, a client_id, or the name of a task. */
  readonly actor?: string | undefined
  readonly outcome?: RecordedEvent['outcome'] | undefined
  /** The id of the request that it happened in. */
  readonly request?: string | undefined
  /** Milliseconds since the Unix epoch, this moment included. */
  readonly sinceMs?: number | undefined
  /** This moment excluded. */
  readonly untilMs?: number | undefined
}

/** An event and its leaf in the tree. One whose stored bytes cannot be read is listed as `audit.unreadable`. */
export interface ListedEvent extends RecordedEvent {
  readonly index: number
}

export interface EventPage {
  readonly items: readonly ListedEvent[]
  /** Goes into `cursor` for older events. Absent when there are none. */
  readonly next?: string
}

export interface EventTail {
  /** The oldest first. */
  readonly items: readonly ListedEvent[]
  /** Where to go on, also when nothing came. */
  readonly place: string
  /** Whether there are events after that place already. */
  readonly more: boolean
}

const sliceLength = 200
const mostLookedAt = 10_000

/** An event may enter the tree this long after its operation began: a request's time limit and a restart between. */
const slackMs = 600_000

export async function listEvents(db: Reader, tenant: TenantId, request: ListRequest): Promise<EventPage> {
  const size = (await findTree(db, tenant))?.size ?? 0
  let end = request.cursor === undefined ? await endFor(db, tenant, size, request.untilMs) : Math.min(size, readPlace(request.cursor))
  const oldest = Math.max(0, end - mostLookedAt)
  const items: ListedEvent[] = []
  while (end > oldest) {
    const first = Math.max(oldest, end - sliceLength)
    for (const slot of (await readSlice(db, tenant, first, end)).toReversed()) {
      const event = listed(slot)
      if (request.sinceMs !== undefined && event.atMs < request.sinceMs - slackMs && slot.row !== undefined) return { items }
      if (!fits(event, request)) continue
      items.push(event)
      if (items.length === request.limit) return { items, ...(slot.index > 0 && { next: writePlace(slot.index) }) }
    }
    end = first
  }
  return { items, ...(end > 0 && { next: writePlace(end) }) }
}

/** What came after the place; without one, the newest that fit. */
export async function followEvents(
  db: Reader,
  tenant: TenantId,
  place: string | undefined,
  limit: number,
  filter: EventFilter = {},
): Promise<EventTail> {
  const size = (await findTree(db, tenant))?.size ?? 0
  if (place === undefined) {
    const { items } = await listEvents(db, tenant, { ...filter, limit })
    return { items: items.toReversed(), place: writePlace(size), more: false }
  }
  const first = readPlace(place)
  const last = Math.min(size, first + mostLookedAt)
  const items: ListedEvent[] = []
  let next = first
  while (next < last && items.length < limit) {
    for (const slot of await readSlice(db, tenant, next, Math.min(last, next + sliceLength))) {
      next = slot.index + 1
      const event = listed(slot)
      if (fits(event, filter)) items.push(event)
      if (items.length === limit) break
    }
  }
  return { items, place: writePlace(next), more: next < size }
}

function listed({ index, place, row }: Slot): ListedEvent {
  const event = row === undefined ? undefined : readEvent(row.content)
  if (event !== undefined) return { index, ...event }
  return {
    index,
    tenant: '',
    writer: place?.writer ?? '',
    number: place?.number ?? 0,
    atMs: row?.at_ms ?? 0,
    request: '',
    actor: { is: 'nobody' },
    what: 'audit.unreadable',
    about: '',
    outcome: 'refused',
  }
}

function fits(event: ListedEvent, { what, about, actor, outcome, request, sinceMs, untilMs }: EventFilter): boolean {
  if (outcome !== undefined && event.outcome !== outcome) return false
  if (request !== undefined && event.request !== request) return false
  if (what !== undefined && event.what !== what) return false
  if (about !== undefined && event.about !== about) return false
  if (actor !== undefined && event.actor.id !== actor && event.actor.client !== actor) return false
  if (sinceMs !== undefined && event.atMs < sinceMs) return false
  return untilMs === undefined || event.atMs < untilMs
}

/** No leaf before this one is of `sinceMs` or later. One whose event is gone counts as late, so that nothing is left out. */
export async function beginFor(db: Reader, tenant: TenantId, size: number, sinceMs: number | undefined): Promise<number> {
  return sinceMs === undefined ? 0 : halve(db, tenant, size, (atMs = Infinity) => atMs < sinceMs - slackMs)
}

/** No leaf from this one on is older than `untilMs`. One whose event is gone counts as old. */
export async function endFor(db: Reader, tenant: TenantId, size: number, untilMs: number | undefined): Promise<number> {
  return untilMs === undefined ? size : halve(db, tenant, size, (atMs = 0) => atMs < untilMs + slackMs)
}

/** The leaf from which on `isBefore` holds no more. Leaves are in the order of time but for the slack. */
async function halve(db: Reader, tenant: TenantId, size: number, isBefore: (atMs: number | undefined) => boolean): Promise<number> {
  let low = 0
  let high = size
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [slot] = await readSlice(db, tenant, middle, middle + 1)
    if (isBefore(slot?.row?.at_ms)) low = middle + 1
    else high = middle
  }
  return low
}

function writePlace(index: number): string {
  return `p1.${base64url(utf8(String(index)))}`
}

function readPlace(place: string): number {
  const bytes = place.startsWith('p1.') ? readBase64url(place.slice(3)) : undefined
  const text = bytes === undefined ? '' : (readUtf8(bytes) ?? '')
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) throw refuse('audit.unknown_place')
  return Number(text)
}
