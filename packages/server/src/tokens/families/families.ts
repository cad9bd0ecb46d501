/**
 * The life of a refresh family: it starts with a code, its token is replaced at
 * every use, and it ends once.
 *
 * Everything that needs chance or a key is prepared before the write, because a
 * write's closure awaits only the database and may run again.
 *
 * INVARIANT (one successor): of one token there is never more than one
 * successor. Spending is a compare-and-set, a family has one token of each
 * number, and the successor that a retry gets is the stored one, sealed under
 * the very token that it replaces.
 *
 * @module
 */

import { newId, type FamilyId, type Operation, type TokenId } from '#kernel'
import { openUnderSecret, sealUnderSecret } from '#keys'
import type { Transaction } from '#store'
import type { Confirmation } from '../confirmation.ts'
import { defaultLifetimes, type Family, type FamilyEnd, type FamilyLifetimes, type StoredToken } from './family.ts'
import { judgeRefresh, refuse, senderOf, type Presenter } from './judge.ts'
import { newRefreshToken, readRefreshToken, tokenOf, type RefreshToken } from './refresh-token.ts'
import { endFamilies, findToken, insertFamily, insertToken, prolongToken, spendToken, type FamilyFilter, type FoundToken } from './store.ts'

/** What a new family is made of. */
export type NewFamily = Omit<Family, 'startedAtMs' | 'endsAtMs' | 'endedAtMs'> & {
  /** The family does not outlive this, for instance the end of its session. */
  readonly endsByMs?: number | undefined
  /** Present when a refresh token is given out. */
  readonly token?: RefreshToken | undefined
  /** What the refresh token is bound to: for a client that cannot prove itself, RFC 9449 section 5. */
  readonly confirmation?: Confirmation | undefined
  /** The access token that goes with it, for the record. */
  readonly accessToken: TokenId
}

/** A presented token with everything that its use may need, made before the write. */
export interface PreparedRefresh {
  readonly presented: RefreshToken
  readonly next: RefreshToken
  readonly sealedNext: Uint8Array
  /** The access token that goes with it, for the record. */
  readonly accessToken: TokenId
}

export type Refreshed =
  | { readonly is: 'rotated'; readonly family: Family; readonly token: RefreshToken }
  | { readonly is: 'repeated'; readonly family: Family; readonly token: RefreshToken }
  /** The token that was presented stays the token of the family. */
  | { readonly is: 'kept'; readonly family: Family; readonly token: RefreshToken }
  /** The family has ended; once this has committed and is announced, the client is refused. */
  | { readonly is: 'theft'; readonly family: Family }

/** Ends a family and its access tokens, in the same transaction. */
export type EndFamily = (tx: Transaction, op: Operation, id: FamilyId, why: FamilyEnd) => Promise<void>

const sealingContext = (op: Operation): string => `refresh successor ${op.tenant}`

export function newFamilyId(): FamilyId {
  return newId('fam')
}

/** When a family is over: its own bound, or what it must not outlive. */
function endOf(nowMs: number, endsByMs: number | undefined, lifetimes: FamilyLifetimes): number {
  return Math.min(nowMs + lifetimes.absoluteSeconds * 1000, endsByMs ?? Infinity)
}

/** Writes a family and its first token. */
export async function startFamily(
  tx: Transaction,
  op: Operation,
  { endsByMs, token, accessToken, confirmation, ...family }: NewFamily,
  lifetimes: FamilyLifetimes = defaultLifetimes,
): Promise<Family> {
  const endsAtMs = endOf(op.nowMs, endsByMs, lifetimes)
  const started: Family = { ...family, startedAtMs: op.nowMs, endsAtMs, endedAtMs: undefined }
  await insertFamily(tx, op.tenant, started)
  if (token !== undefined) await insertToken(tx, op.tenant, { ...first(started, token, lifetimes), sender: senderOf({ confirmation }) })
  tx.record({
    what: 'family.started',
    about: family.id,
    outcome: 'done',
    facts: { user: family.user, session: family.session, client: family.client, lives: family.lives, token: accessToken },
  })
  return started
}

const first = (family: Family, token: RefreshToken, lifetimes: FamilyLifetimes) => ({
  family: family.id,
  number: 1,
  hash: token.hash,
  issuedAtMs: family.startedAtMs,
  expiresAtMs: Math.min(family.startedAtMs + lifetimes.idleSeconds * 1000, family.endsAtMs),
})

/** Reads a presented token and makes its successor. Undefined unless it has the shape of one of ours. */
export function prepareRefresh(op: Operation, text: string): PreparedRefresh | undefined {
  const presented = readRefreshToken(text)
  if (presented === undefined) return undefined
  const next = newRefreshToken()
  const sealedNext = sealUnderSecret(presented.bytes.reveal(), next.bytes.reveal(), sealingContext(op))
  return { presented, next, sealedNext, accessToken: newId('tok') }
}

/**
 * Uses a refresh token: rotates it or keeps it, repeats the answer of a use a moment
 * ago, or ends the family. Throws `refresh.unknown`, `refresh.ended`, `refresh.expired`.
 */
export async function useRefreshToken(
  tx: Transaction,
  op: Operation,
  prepared: PreparedRefresh,
  presenter: Presenter,
  end: EndFamily,
  lifetimes: FamilyLifetimes = defaultLifetimes,
): Promise<Refreshed> {
  const { hash } = prepared.presented
  let found = await requireToken(tx, op, hash)
  let judgement = judgeRefresh(found.family, found.token, presenter, op.nowMs)
  if (judgement.is === 'rotate') {
    if (await rotate(tx, op, prepared, presenter, found, lifetimes)) return rotated(tx, found, prepared)
    // Somebody else was first, so now it is spent; what that means is judged like any other second use.
    found = await requireToken(tx, op, hash)
    judgement = judgeRefresh(found.family, found.token, presenter, op.nowMs)
  }
  if (judgement.is === 'keep') return kept(tx, op, prepared, found, lifetimes)
  if (judgement.is === 'rotate') throw new Error('a refresh token was spent neither by us nor by anybody else')
  if (judgement.is === 'repeat') return repeated(tx, op, found, prepared, judgement.successor)
  const { why } = judgement
  tx.record({ what: 'family.reused', about: found.family.id, outcome: 'refused', facts: { why, number: found.token.number } })
  await end(tx, op, found.family.id, why)
  return { is: 'theft', family: found.family }
}

async function requireToken(tx: Transaction, op: Operation, hash: Uint8Array): Promise<FoundToken> {
  const found = await findToken(tx, op.tenant, hash)
  if (found === undefined) throw refuse('refresh.unknown', 'no such token')
  return found
}

async function rotate(
  tx: Transaction,
  op: Operation,
  prepared: PreparedRefresh,
  presenter: Presenter,
  { family, token }: FoundToken,
  lifetimes: FamilyLifetimes,
): Promise<boolean> {
  const { presented, next, sealedNext } = prepared
  const first = await spendToken(tx, op.tenant, {
    hash: presented.hash,
    spentAtMs: op.nowMs,
    spentBy: presenter.proof,
    successor: sealedNext,
  })
  if (!first) return false
  const expiresAtMs = Math.min(op.nowMs + lifetimes.idleSeconds * 1000, family.endsAtMs)
  const sender = token.sender ?? senderOf(presenter)
  await insertToken(tx, op.tenant, {
    family: family.id,
    number: token.number + 1,
    hash: next.hash,
    issuedAtMs: op.nowMs,
    expiresAtMs,
    sender,
  })
  return true
}

const factsOf = (token: StoredToken, prepared: PreparedRefresh) => ({ number: token.number, token: prepared.accessToken })

function rotated(tx: Transaction, { family, token }: FoundToken, prepared: PreparedRefresh): Refreshed {
  tx.record({ what: 'family.rotated', about: family.id, outcome: 'done', facts: factsOf(token, prepared) })
  return { is: 'rotated', family, token: prepared.next }
}

/** A use keeps a token alive as a rotation does its successor. */
async function kept(
  tx: Transaction,
  op: Operation,
  prepared: PreparedRefresh,
  { family, token }: FoundToken,
  lifetimes: FamilyLifetimes,
): Promise<Refreshed> {
  await prolongToken(tx, op.tenant, prepared.presented.hash, Math.min(op.nowMs + lifetimes.idleSeconds * 1000, family.endsAtMs))
  tx.record({ what: 'family.kept', about: family.id, outcome: 'done', facts: factsOf(token, prepared) })
  return { is: 'kept', family, token: prepared.presented }
}

function repeated(tx: Transaction, op: Operation, { family, token }: FoundToken, prepared: PreparedRefresh, sealed: Uint8Array): Refreshed {
  const bytes = openUnderSecret(prepared.presented.bytes.reveal(), sealed, sealingContext(op))
  if (bytes === undefined) throw new Error('the successor of a refresh token does not open')
  tx.record({ what: 'family.repeated', about: family.id, outcome: 'done', facts: factsOf(token, prepared) })
  return { is: 'repeated', family, token: tokenOf(bytes) }
}

/** Ends families, at most `limit` where there is one, and records each. Their access tokens die by the revocations that the caller appends. */
export async function recordEnd(
  tx: Transaction,
  op: Operation,
  filter: FamilyFilter,
  why: FamilyEnd,
  limit?: number,
): Promise<readonly FamilyId[]> {
  const ended = await endFamilies(tx, op.tenant, filter, why, op.nowMs, limit)
  for (const family of ended) tx.record({ what: 'family.ended', about: family, outcome: 'done', facts: { why } })
  return ended
}
