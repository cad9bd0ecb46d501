/**
 * Taking something away: one numbered row, and the end of the refresh families
 * that rest on it, in the transaction of the change that made it necessary.
 *
 * @module
 */

import { readId, type Id, type IdKind, type Operation } from '#kernel'
import type { Transaction } from '#store'
import { recordEnd } from '../families/families.ts'
import type { FamilyEnd } from '../families/family.ts'
import type { FamilyFilter } from '../families/store.ts'
import type { Revocable } from './revocation.ts'
import { appendRevocation } from './store.ts'

/** How long things live that a revocation may concern, so that it is kept as long. */
export interface LongestLives {
  /** Access tokens. */
  readonly accessTokenSeconds: number
  /** Sessions, at this server and at the gateway. */
  readonly sessionSeconds: number
}

/** Room for clocks of several servers that differ: RFC 7519 calls a few minutes usual. */
const slackMs = 5 * 60_000

/** Revokes. The caller announces it after COMMIT and before answering. */
export async function revoke(
  tx: Transaction,
  op: Operation,
  target: Revocable,
  lives: LongestLives,
  why: FamilyEnd = 'revoked',
): Promise<void> {
  await appendRevocationOf(tx, op, target, lives)
  const families = restingOn(target, why)
  const ended = families === undefined ? [] : await recordEnd(tx, op, families.filter, families.why)
  // Whoever follows and cannot tell from a token whose it is (a pairwise `sub`) knows it by its family.
  if (target.kind === 'user' || target.kind === 'session') {
    for (const id of ended) await appendRevocationOf(tx, op, { kind: 'family', id }, lives)
  }
  if (target.kind === 'token') tx.record({ what: 'token.revoked', about: target.id, outcome: 'done' })
}

/** The revocation alone, for whoever ends the families that rest on it. */
export async function appendRevocationOf(tx: Transaction, op: Operation, target: Revocable, lives: LongestLives): Promise<void> {
  await appendRevocation(tx, op.tenant, target, op.nowMs, op.nowMs + keptForMs(target, lives))
}

function keptForMs({ kind }: Revocable, lives: LongestLives): number {
  const { accessTokenSeconds, sessionSeconds } = lives
  const seconds = kind === 'session' || kind === 'user' ? Math.max(accessTokenSeconds, sessionSeconds) : accessTokenSeconds
  return seconds * 1000 + slackMs
}

function restingOn({ kind, id }: Revocable, why: FamilyEnd): { readonly filter: FamilyFilter; readonly why: FamilyEnd } | undefined {
  if (kind === 'family') return { filter: { by: 'id', id: requireId('fam', id) }, why }
  if (kind === 'session') return { filter: { by: 'session', session: requireId('ses', id) }, why: 'session' }
  if (kind === 'user') return { filter: { by: 'user', user: requireId('usr', id) }, why: 'user' }
  if (kind === 'client') return { filter: { by: 'client', client: requireId('cli', id) }, why: 'client' }
  return undefined
}

/** A revocation of the wrong kind of id would revoke nothing, so it is a defect of the caller. */
function requireId<Kind extends IdKind>(prefix: Kind, text: string): Id<Kind> {
  const id = readId(prefix, text)
  if (id === undefined) throw new Error(`what is revoked is no id of kind ${prefix}`)
  return id
}
