/**
 * What a revocation is, and when it concerns a credential.
 *
 * Revocations are numbered. A credential carries its **generation**: the number
 * of the last revocation that its issuer knew of when it began to issue. What
 * names a person or a client concerns only credentials of an earlier
 * generation, so that the person can sign in again a millisecond later and no
 * clock has a say in it. What names a token, a family or a session concerns
 * it for good: such ids are used once.
 *
 * @module
 */

import type { ClientId, FamilyId, SessionId, TokenId, UserId } from '#kernel'

/** `entity` takes nothing away: it tells caches that what they know of a principal (its roles, its registration) is old. */
export type RevocationKind = 'token' | 'family' | 'session' | 'user' | 'client' | 'entity'

/**
 * What can be taken away: the id of a token, family, session, user or client;
 * for `entity`, that of the principal or group whose cached facts are old.
 */
export interface Revocable {
  readonly kind: RevocationKind
  readonly id: string
}

export interface Revocation {
  readonly sequence: number
  readonly kind: RevocationKind
  readonly id: string
  /** From here on nothing that it concerns is alive, and it may be forgotten. */
  readonly untilMs: number
}

/** By what a credential can be revoked. */
export interface RevocationMarks {
  /** The number of the last revocation that the issuer knew of. */
  readonly generation: number
  readonly token?: TokenId | undefined
  readonly family?: FamilyId | undefined
  readonly session?: SessionId | undefined
  readonly user?: UserId | undefined
  readonly client?: ClientId | undefined
}

/** Every kind and id under which the credential may be found, and whether its generation excuses it. */
export function namesOf(marks: RevocationMarks): readonly { readonly kind: RevocationKind; readonly id: string; readonly after: number }[] {
  const names: { kind: RevocationKind; id: string; after: number }[] = []
  if (marks.token !== undefined) names.push({ kind: 'token', id: marks.token, after: 0 })
  if (marks.family !== undefined) names.push({ kind: 'family', id: marks.family, after: 0 })
  if (marks.session !== undefined) names.push({ kind: 'session', id: marks.session, after: 0 })
  if (marks.user !== undefined) names.push({ kind: 'user', id: marks.user, after: marks.generation })
  if (marks.client !== undefined) names.push({ kind: 'client', id: marks.client, after: marks.generation })
  return names
}

/** Whether the latest known revocations (their sequence by `kind:id`) concern a credential. Pure; sequences begin at 1. */
export function concerns(latest: (kind: RevocationKind, id: string) => number | undefined, marks: RevocationMarks): boolean {
  return namesOf(marks).some(({ kind, id, after }) => (latest(kind, id) ?? 0) > after)
}
