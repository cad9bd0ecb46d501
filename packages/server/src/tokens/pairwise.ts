/**
 * Pairwise subjects, OpenID Connect Core section 8.1: each sector of clients
 * knows a person under a name of its own, so that two sectors cannot find out
 * together whom they both know. The name is a keyed hash of sector and person,
 * the same for as long as the database lives.
 *
 * A token carries, sealed for ourselves, whom it is about: revocation, UserInfo,
 * sign-out and the record go by the real ids. The session's id is hidden with
 * the person's: it would tell as much.
 *
 * @module
 */

import { base64url, readBase64url, readUtf8, utf8, type Operation, type UserId } from '#kernel'
import type { Keys } from '#keys'
import type { Claims } from './claims.ts'

type Kind = 'id-token' | 'access-token'

/** What a client, or its resource server, calls a person. Without a sector it is the id. */
export async function subjectFor(op: Operation, keys: Pick<Keys, 'hash'>, user: UserId, sector: string | undefined): Promise<string> {
  return sector === undefined ? user : nameIn(op, keys, sector, 'sub', user)
}

async function nameIn(op: Operation, keys: Pick<Keys, 'hash'>, sector: string, kind: 'sub' | 'sid', id: string): Promise<string> {
  return base64url(await keys.hash(op, 'pairwise', utf8(JSON.stringify([kind, sector, id]))))
}

interface Named {
  readonly sub: string
  readonly sid?: string
}

/** The claims as the sector reads them. */
export async function toPairwise(op: Operation, keys: Keys, kind: Kind, claims: Named, sector: string | undefined): Promise<Claims> {
  if (sector === undefined) return { ...claims }
  const { sub: user, sid: session, ...rest } = claims
  const sub = await nameIn(op, keys, sector, 'sub', user)
  const sealed = await keys.seal(op, 'token-subject', utf8(JSON.stringify({ user, session })), `${kind} ${sub}`)
  const sid = session === undefined ? {} : { sid: await nameIn(op, keys, sector, 'sid', session) }
  return { ...rest, sub, ...sid, sealed_sub: base64url(sealed) }
}

/** The claims of a token whose signature holds, with the real ids. Undefined when they cannot be opened any more. */
export async function fromPairwise(op: Operation, keys: Keys, kind: Kind, claims: Claims): Promise<Claims | undefined> {
  const { sealed_sub: sealed, sub, sid: _, ...rest } = claims
  if (sealed === undefined) return claims
  const bytes = typeof sealed === 'string' ? readBase64url(sealed) : undefined
  const plain = bytes && (await keys.open(op, 'token-subject', bytes, `${kind} ${String(sub)}`))
  const text = plain && readUtf8(plain)
  if (text === undefined) return undefined
  const { user, session } = JSON.parse(text) as { readonly user: string; readonly session?: string }
  return { ...rest, sub: user, ...(session === undefined ? {} : { sid: session }) }
}
