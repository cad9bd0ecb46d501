/**
 * What the house does with tokens: issue, believe, refresh, take away.
 *
 * @module
 */

import { type Clock, type FamilyId, type Operation, type Principal, type TenantId, type UserId } from '#kernel'
import { idTokenPurposes, type Keys } from '#keys'
import type { Reader, Store, Transaction } from '#store'
import { textOf, type Claims } from './claims.ts'
import { accessClaims, longestAccessTokenSeconds, type AccessGrant, type AccessToken } from './access.ts'
import { recordEnd, startFamily, useRefreshToken, type NewFamily, type PreparedRefresh, type Refreshed } from './families/families.ts'
import { defaultLifetimes, type Family, type FamilyEnd, type FamilyLifetimes } from './families/family.ts'
import {
  endEveryFamily,
  endFamily as endOneFamily,
  findFamily,
  listFamilies,
  type FamilyListRequest,
  type FamilyPage,
  type LiveFamily,
  type WhoseFamilies,
} from './families/live.ts'
import type { Presenter } from './families/judge.ts'
import { readRefreshToken } from './families/refresh-token.ts'
import { countFamilies, findToken, sweepFamilies, sweepTokens, type FamilyFilter } from './families/store.ts'
import { idTokenClaims, idTokenType, judgeIdTokenHint, type IdTokenGrant, type IdTokenHint } from './id-token.ts'
import { isOpaque, issueOpaque, readOpaque, sweepOpaque } from './opaque.ts'
import { fromPairwise, subjectFor, toPairwise } from './pairwise.ts'
import type { RevocationListener } from './revocations/acknowledgements.ts'
import { RevocationFeed, type FeedSnapshot } from './revocations/feed.ts'
import type { Revocable, RevocationMarks } from './revocations/revocation.ts'
import { revoke, type LongestLives } from './revocations/revoke.ts'
import { findRevocation, sweepRevocations } from './revocations/store.ts'
import {
  believeAnyAudience,
  believeForAsker,
  judgeAccessClaims,
  marksOf,
  principalOf,
  refuse,
  type BelievedToken,
  type TokenAsker,
} from './verify.ts'

export interface TokensOptions {
  readonly store: Store
  readonly keys: Keys
  readonly clock: Clock
  readonly tenant: TenantId
  /** The issuer as it stands in every token, without a slash that was not configured. */
  readonly issuer: string
  readonly families?: FamilyLifetimes
  /** How long a session may live at most: its revocation is remembered as long. Twelve hours when absent. */
  readonly longestSessionSeconds?: number
  /** Access tokens beyond an hour (OAUTH-7). Revocations are remembered accordingly longer. */
  readonly unsafelyLongestAccessTokenSeconds?: number
}

/** What is no longer believed, and who must hear of it. */
export interface Revocations {
  /** In the transaction of the change that makes it necessary. Also ends the refresh families that rest on it. */
  readonly revoke: (tx: Transaction, op: Operation, target: Revocable, why?: FamilyEnd) => Promise<void>
  /** After COMMIT, before answering: resolves when every connected verifier knows, or after a second. Never rejects. */
  readonly announce: (op: Operation) => Promise<void>
  /** From memory while that is at most a second old, else from the database; throws `Unavailable` when neither can be had. */
  readonly isRevoked: (op: Operation, marks: RevocationMarks) => Promise<boolean>
  /** The number of the last known revocation. Read it before anything that a new credential is to vouch for. */
  readonly generation: (op: Operation) => Promise<number>
  /** Whether what is cached from here may be believed without asking the database. */
  readonly isFresh: () => boolean
  /** Milliseconds since what is known was certainly whole; undefined when it never was. For verifiers in other processes. */
  readonly ageMs: () => number | undefined
  /** Everything that is revoked now, for a verifier that connects. Subscribe first, then take the snapshot: nothing is missed between. */
  readonly snapshot: () => FeedSnapshot
  readonly subscribe: (listener: RevocationListener) => () => void
  /** The number of the last revocation that memory knows. */
  readonly knownTo: () => number
  /** What memory knows after a number, at most so many. Undefined where it does not know everything. */
  readonly later: (after: number, most: number) => Pick<FeedSnapshot, 'sequence' | 'entries'> | undefined
  /** Reads what is new now. */
  readonly catchUp: () => Promise<void>
  /** Loads the table and follows it. The server is ready only after this. */
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Tokens {
  readonly revocations: Revocations
  /** The longest lifetime that a client's registration may ask for. */
  readonly longestAccessTokenSeconds: number
  /** Signs. After the write that records it. */
  issueAccessToken(op: Operation, grant: AccessGrant): Promise<AccessToken>
  /** Signs. After the access token that it names. */
  issueIdToken(op: Operation, grant: IdTokenGrant): Promise<string>
  /** The `sub` of a person in a sector; the id where there is none. */
  subjectFor(op: Operation, user: UserId, sector: string | undefined): Promise<string>
  /** For a token sent alone, RFC 6750. Throws `token.not_valid`, for one that is bound to its sender too, or `Unavailable` when that cannot be known. */
  verifyAccessToken(op: Operation, token: string, audience: string): Promise<Principal>
  /** Everything that the token says, the {@link BelievedToken.confirmation} to check among it. */
  believe(op: Operation, token: string, audience: string): Promise<BelievedToken>
  /** An access token that we signed and that has neither expired nor been revoked, for whatever audience. For revocation (RFC 7009) and for nothing that trusts the token. */
  findForRevocation(op: Operation, token: string): Promise<BelievedToken | undefined>
  /** The claims of an access token that is believed, of the asker's own or for one of its audiences; undefined for everything else. Throws `Unavailable`. */
  introspect(op: Operation, token: string, asker: TokenAsker): Promise<Claims | undefined>
  /** An ID token that we signed, for whatever audience and however old. Undefined for anything else. */
  readIdTokenHint(op: Operation, token: string): Promise<IdTokenHint | undefined>
  startFamily(tx: Transaction, op: Operation, family: NewFamily): Promise<Family>
  useRefreshToken(tx: Transaction, op: Operation, prepared: PreparedRefresh, presenter: Presenter): Promise<Refreshed>
  /** The family of a refresh token, whatever its state. For revocation (RFC 7009) and for nothing that trusts the token. */
  findFamilyOf(op: Operation, db: Reader, text: string): Promise<Family | undefined>
  /** Ends and revokes all families of a person with a client. */
  endFamiliesOf(tx: Transaction, op: Operation, filter: FamilyFilter, why: FamilyEnd): Promise<void>
  /** How many live refresh families there are, counted as far as `most`. */
  countFamilies(db: Reader, op: Operation, filter: FamilyFilter, most: number): Promise<number>
  /** Live authorizations, the newest first. Refuses with `family.bad_cursor`. */
  listFamilies(op: Operation, request: FamilyListRequest): Promise<FamilyPage>
  /** The live authorization of an id. */
  findFamily(op: Operation, id: FamilyId): Promise<LiveFamily | undefined>
  /** Resolves when no verifier accepts its tokens any more, or the bound has passed. False when it had already ended. */
  endFamily(op: Operation, id: FamilyId): Promise<boolean>
  /** The same for every authorization of a user, or of a client with the tokens that it has as itself. Returns how many authorizations. */
  endEveryFamily(op: Operation, whose: WhoseFamilies): Promise<number>
  /**
   * Whether something was taken away since the credential's generation, as this
   * transaction sees it. Writes are serializable, so what it then inserts was either
   * seen by a revocation or has seen it.
   */
  wasRevoked(tx: Transaction, op: Operation, marks: RevocationMarks): Promise<boolean>
  /** Deletes at most 1000 rows of each table that concern nothing alive; says how many. */
  sweep(op: Operation): Promise<number>
}

/**
 * Tokens of ended families stay a day, so that their reuse is still noticed and told from nonsense. Revocations do too: a
 * clock that is ahead for a while (one in local time, until it is set) must not sweep what concerns the living.
 */
const keepDeadForMs = 24 * 3600 * 1000
const sweepAtMost = 1_000

/** A client may have changed its algorithm since. */
const everyIdTokenPurpose = Object.values(idTokenPurposes)

export function createTokens(options: TokensOptions): Tokens {
  const { store, keys, issuer, clock, tenant } = options
  const lifetimes = options.families ?? defaultLifetimes
  const longestSeconds = options.unsafelyLongestAccessTokenSeconds ?? longestAccessTokenSeconds
  const lives: LongestLives = { accessTokenSeconds: longestSeconds, sessionSeconds: options.longestSessionSeconds ?? 12 * 3600 }
  const feed = new RevocationFeed({ store, clock, tenant })

  const endFamily = async (tx: Transaction, op: Operation, id: Family['id'], why: FamilyEnd): Promise<void> =>
    revoke(tx, op, { kind: 'family', id }, lives, why)

  /** What a token of ours says, and the same with the real ids. */
  const readAccessToken = async (op: Operation, token: string): Promise<{ readonly claims: Claims; readonly real: Claims } | undefined> => {
    const claims = isOpaque(token)
      ? await readOpaque(op, { store, keys }, token)
      : await keys.verifyJwt(op, 'access-token', 'at+jwt', token)
    const real = claims && (await fromPairwise(op, keys, 'access-token', claims))
    return claims && real && { claims, real }
  }

  const believe = async (op: Operation, token: string, audience: string): Promise<BelievedToken> => {
    const read = await readAccessToken(op, token)
    if (read === undefined) throw refuse('token.not_valid', 'not signed by us as an access token')
    const believed = judgeAccessClaims(read.real, { issuer, audience }, op.nowMs)
    if (await feed.isRevoked(op, marksOf(believed))) throw refuse('token.not_valid', 'revoked')
    return { ...believed, sub: textOf(read.claims, 'sub') }
  }

  return {
    longestAccessTokenSeconds: longestSeconds,
    revocations: {
      revoke: async (tx, op, target, why) => revoke(tx, op, target, lives, why),
      announce: async () => feed.announce(),
      isRevoked: async (op, marks) => feed.isRevoked(op, marks),
      generation: async (op) => feed.generation(op),
      isFresh: () => feed.isFresh(),
      ageMs: () => feed.ageMs(),
      snapshot: () => feed.snapshot(),
      subscribe: (listener) => feed.subscribe(listener),
      knownTo: () => feed.knownTo(),
      later: (after, most) => feed.later(after, most),
      catchUp: async () => feed.catchUp(),
      start: async () => feed.start(),
      close: async () => feed.close(),
    },
    issueAccessToken: async (op, grant) => {
      const claims = accessClaims(issuer, grant, op.nowMs)
      const said = await toPairwise(op, keys, 'access-token', claims, grant.sector)
      const token =
        grant.format === 'opaque'
          ? await issueOpaque(op, { store, keys }, said, claims.exp * 1000)
          : await keys.signJwt(op, 'access-token', 'at+jwt', said)
      return { jwt: token, expiresInSeconds: claims.exp - claims.iat }
    },
    issueIdToken: async (op, grant) => {
      const said = await toPairwise(op, keys, 'id-token', idTokenClaims(issuer, grant, op.nowMs), grant.sector)
      return keys.signJwt(op, idTokenPurposes[grant.algorithm], idTokenType, said)
    },
    subjectFor: async (op, user, sector) => subjectFor(op, keys, user, sector),
    verifyAccessToken: async (op, token, audience) => {
      const believed = await believe(op, token, audience)
      if (believed.confirmation !== undefined) throw refuse('token.not_valid', 'bound to a sender who proved nothing')
      return principalOf(believed)
    },
    believe,
    findForRevocation: async (op, token) => {
      const read = await readAccessToken(op, token)
      const believed = read && believeAnyAudience(read.real, issuer, op.nowMs)
      return believed === undefined || (await feed.isRevoked(op, marksOf(believed))) ? undefined : believed
    },
    introspect: async (op, token, asker) => {
      const read = await readAccessToken(op, token)
      const believed = read && believeForAsker(read.real, issuer, asker, op.nowMs)
      return believed === undefined || (await feed.isRevoked(op, marksOf(believed))) ? undefined : read?.claims
    },
    readIdTokenHint: async (op, token) => {
      const claims = await keys.verifyJwt(op, everyIdTokenPurpose, idTokenType, token)
      const real = claims && (await fromPairwise(op, keys, 'id-token', claims))
      return real && judgeIdTokenHint(real, issuer)
    },
    startFamily: async (tx, op, family) => startFamily(tx, op, family, lifetimes),
    useRefreshToken: async (tx, op, prepared, presenter) => useRefreshToken(tx, op, prepared, presenter, endFamily, lifetimes),
    findFamilyOf: async (op, db, text) => {
      const token = readRefreshToken(text)
      return token === undefined ? undefined : (await findToken(db, op.tenant, token.hash))?.family
    },
    endFamiliesOf: async (tx, op, filter, why) => {
      for (const id of await recordEnd(tx, op, filter, why)) await endFamily(tx, op, id, why)
    },
    countFamilies: async (db, op, filter, most) => countFamilies(db, op.tenant, filter, op.nowMs, most),
    listFamilies: async (op, request) => listFamilies(op, store, request),
    findFamily: async (op, id) => findFamily(op, store, id),
    endFamily: async (op, id) => {
      const ended = await endOneFamily(op, store, id, lives)
      await feed.announce()
      return ended
    },
    endEveryFamily: async (op, whose) => {
      const count = await endEveryFamily(op, store, whose, lives)
      await feed.announce()
      return count
    },
    wasRevoked: async (tx, op, marks) => (await findRevocation(tx, op.tenant, marks)) !== undefined,
    sweep: async (op) =>
      store.write(op, async (tx) => {
        const beforeMs = op.nowMs - keepDeadForMs
        const tokens = await sweepTokens(tx, op.tenant, beforeMs, sweepAtMost)
        const families = await sweepFamilies(tx, op.tenant, beforeMs, sweepAtMost)
        const opaque = await sweepOpaque(tx, op.tenant, op.nowMs, sweepAtMost)
        return tokens + families + opaque + (await sweepRevocations(tx, op.tenant, beforeMs, sweepAtMost))
      }),
  }
}
