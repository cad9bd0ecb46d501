/**
 * Authorizations as their administrators see them: which live, since when, until
 * when, and their end. A token's value is no part of it; the database knows none.
 *
 * @module
 */

import { readCursor, refusals, writeCursor, type ClientId, type FamilyId, type Operation, type Refuse, type UserId } from '#kernel'
import type { Store, Transaction } from '#store'
import { appendRevocationOf, type LongestLives } from '../revocations/revoke.ts'
import { recordEnd } from './families.ts'
import type { Family } from './family.ts'
import { findUnended, listUnended, type FamilyRow } from './live-store.ts'
import { familyOf, type FamilyFilter } from './store.ts'

export const familySays = {
  'family.bad_cursor': 'That page of the list cannot be read. Begin again with the first one.',
} as const

export type FamilyRefusalCode = keyof typeof familySays

const refuse: Refuse<FamilyRefusalCode> = refusals(familySays)

/** An authorization that lives: its client can still use it. */
export interface LiveFamily extends Family {
  /** When its refresh token was last used. Undefined when it never was, or by a release that did not note it. */
  readonly lastUsedAtMs: number | undefined
  /** The refresh token dies then unless it is used. Undefined where none was given out: the access token alone is left. */
  readonly idleUntilMs: number | undefined
}

export interface FamilyPage {
  readonly items: readonly LiveFamily[]
  readonly next?: string | undefined
}

export interface FamilyListRequest {
  readonly user?: UserId | undefined
  readonly client?: ClientId | undefined
  readonly cursor?: string | undefined
  /** Rows that are looked at, 1 to 200. A page may show fewer; the last one has no `next`. */
  readonly limit: number
}

/** All of whose authorizations end. */
export type WhoseFamilies = Extract<FamilyFilter, { by: 'user' | 'client' }>

const mostPerPage = 200

/** One write's worth, so that nobody else's write waits long. */
const endedAtOnce = 100

/** Live families, the newest first. Refuses with `family.bad_cursor`. */
export async function listFamilies(op: Operation, store: Store, { cursor, ...request }: FamilyListRequest): Promise<FamilyPage> {
  const before = cursor === undefined ? undefined : readCursor('fam', cursor)
  if (cursor !== undefined && before === undefined) throw refuse('family.bad_cursor')
  const limit = Math.min(Math.max(request.limit, 1), mostPerPage)
  const rows = await store.read(op, async (db) => listUnended(db, op, { ...request, before, limit: limit + 1 }))
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.flatMap((row) => judgeLive(row, op.nowMs) ?? []),
    next: last && writeCursor({ atMs: last.started_at_ms, id: last.id }),
  }
}

/** The live family of an id. */
export async function findFamily(op: Operation, store: Store, id: FamilyId): Promise<LiveFamily | undefined> {
  const row = await store.read(op, async (db) => findUnended(db, op, id))
  return row && judgeLive(row, op.nowMs)
}

/** The family of a row, if it lives: neither over, nor with a refresh token that nobody used for too long. Pure. */
export function judgeLive(row: FamilyRow, nowMs: number): LiveFamily | undefined {
  if (row.ended_at_ms !== null || row.ends_at_ms <= nowMs) return undefined
  if (row.token_expires_at_ms !== null && row.token_expires_at_ms <= nowMs) return undefined
  return {
    ...familyOf(row),
    lastUsedAtMs: (row.token_number ?? 1) > 1 ? (row.token_issued_at_ms ?? undefined) : undefined,
    idleUntilMs: row.token_expires_at_ms ?? undefined,
  }
}

/** Ends a family and its access tokens. False when it had ended. The caller announces it. */
export async function endFamily(op: Operation, store: Store, id: FamilyId, lives: LongestLives): Promise<boolean> {
  return store.write(op, async (tx) => (await endSome(tx, op, { by: 'id', id }, lives)) === 1)
}

/**
 * Ends every family of a user or a client, some at a time, and for a client the
 * tokens that it has as itself. Returns how many families there were. The caller
 * announces it.
 *
 * INVARIANT (nothing slips through): each write that ends families also revokes,
 * so that an access token which a family gave out just before its end is of an
 * earlier generation than the revocation.
 */
export async function endEveryFamily(op: Operation, store: Store, whose: WhoseFamilies, lives: LongestLives): Promise<number> {
  let count = 0
  for (;;) {
    const ended = await store.write(op, async (tx) => {
      if (whose.by === 'client') await appendRevocationOf(tx, op, { kind: 'client', id: whose.client }, lives)
      return endSome(tx, op, whose, lives)
    })
    count += ended
    if (ended < endedAtOnce) return count
  }
}

async function endSome(tx: Transaction, op: Operation, filter: FamilyFilter, lives: LongestLives): Promise<number> {
  const ended = await recordEnd(tx, op, filter, 'revoked', endedAtOnce)
  for (const id of ended) await appendRevocationOf(tx, op, { kind: 'family', id }, lives)
  return ended.length
}
