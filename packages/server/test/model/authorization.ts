/**
 * What codes, refresh families, sessions and revocations are, said once more and
 * without a database: a few facts and what follows of them. Random traces drive
 * this and the server side by side, and the two must agree after every step.
 *
 * It is written from the specifications and from what design and documents
 * promise (RFC 6749 section 4.1.2, RFC 7009 section 2.1, RFC 9700 section 4.14.2)
 * and shares nothing with the server.
 *
 * @module
 */

const codeLivesMs = 60_000
const repeatWithinMs = 10_000
const accessLivesMs = 900_000
const idleMs = 14 * 86_400_000
const absoluteMs = 30 * 86_400_000

export interface ModelSession {
  readonly person: number
  readonly endsAtMs: number
  ended: boolean
}

export interface ModelCode {
  readonly client: number
  readonly session: ModelSession
  readonly isOffline: boolean
  readonly expiresAtMs: number
  /** Something ended what it was given for. */
  withdrawn: boolean
  /** It is not known any more. */
  forgotten: boolean
  /** What it was exchanged for. */
  family: ModelFamily | undefined
}

export interface ModelToken {
  readonly expiresAtMs: number
  spent: { readonly atMs: number; readonly proof: number; readonly successor: number } | undefined
}

export interface ModelFamily {
  readonly client: number
  readonly session: ModelSession
  readonly isOffline: boolean
  readonly endsAtMs: number
  ended: boolean
  /** Refresh tokens in the order of their making. */
  readonly tokens: ModelToken[]
}

export interface ModelAccess {
  readonly family: ModelFamily
  readonly expiresAtMs: number
  revoked: boolean
}

export type Refreshing =
  { readonly is: 'refused' } | { readonly is: 'given'; readonly token: number; readonly isNew: boolean; readonly access: ModelAccess }

export class AuthorizationModel {
  nowMs: number
  readonly sessions: ModelSession[] = []
  readonly codes: ModelCode[] = []
  readonly access: ModelAccess[] = []
  readonly #families: ModelFamily[] = []

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  signIn(person: number, endsAtMs: number): ModelSession {
    const session = { person, endsAtMs, ended: false }
    this.sessions.push(session)
    return session
  }

  isLive(session: ModelSession): boolean {
    return !session.ended && session.endsAtMs > this.nowMs
  }

  /** A code, when the person is signed in. */
  authorize(session: ModelSession, client: number, isOffline: boolean): ModelCode | undefined {
    if (!this.isLive(session)) return undefined
    const code = {
      client,
      session,
      isOffline,
      expiresAtMs: this.nowMs + codeLivesMs,
      withdrawn: false,
      forgotten: false,
      family: undefined,
    }
    this.codes.push(code)
    return code
  }

  /** The access token and the family of a code, or nothing. Who presents a spent code in its owner's name ends what it gave. */
  exchange(code: ModelCode, client: number, knowsVerifier: boolean): ModelAccess | undefined {
    const mayTry = code.expiresAtMs > this.nowMs && code.client === client && knowsVerifier
    if (!mayTry || code.forgotten) return undefined
    if (code.family !== undefined) {
      code.family.ended = true
      return undefined
    }
    if (code.withdrawn) return undefined
    const { session, isOffline } = code
    const endsAtMs = Math.min(this.nowMs + absoluteMs, isOffline ? Infinity : session.endsAtMs)
    code.family = { client, session, isOffline, endsAtMs, ended: false, tokens: [] }
    this.#families.push(code.family)
    code.family.tokens.push(this.#token(code.family))
    return this.#give(code.family)
  }

  refresh(family: ModelFamily, number: number, client: number, proof: number): Refreshing {
    const token = family.tokens[number]
    if (token === undefined || family.ended || family.endsAtMs <= this.nowMs) return { is: 'refused' }
    if (!family.isOffline && !this.isLive(family.session)) return { is: 'refused' }
    if (family.client !== client) return this.#theft(family)
    if (token.spent !== undefined) {
      const { atMs, proof: first, successor } = token.spent
      const isRepeat = family.tokens[successor]?.spent === undefined && this.nowMs - atMs <= repeatWithinMs && first === proof
      return isRepeat ? { is: 'given', token: successor, isNew: false, access: this.#give(family) } : this.#theft(family)
    }
    if (token.expiresAtMs <= this.nowMs) return { is: 'refused' }
    const successor = family.tokens.push(this.#token(family)) - 1
    token.spent = { atMs: this.nowMs, proof, successor }
    return { is: 'given', token: successor, isNew: true, access: this.#give(family) }
  }

  revokeAccess(access: ModelAccess, client: number): void {
    if (access.family.client === client && this.isActive(access)) access.revoked = true
  }

  revokeFamily(family: ModelFamily, client: number): void {
    if (family.client === client) family.ended = true
  }

  endSession(session: ModelSession): void {
    session.ended = true
    for (const family of this.#families) if (family.session === session && !family.isOffline) family.ended = true
    for (const code of this.codes) if (code.session === session) code.withdrawn = true
  }

  withdrawConsent(person: number, client: number): void {
    const isTheirs = (of: { readonly client: number; readonly session: ModelSession }): boolean =>
      of.client === client && of.session.person === person
    for (const family of this.#families) if (isTheirs(family)) family.ended = true
    for (const code of this.codes) if (isTheirs(code)) code.forgotten = true
  }

  isActive({ family, expiresAtMs, revoked }: ModelAccess): boolean {
    return !revoked && !family.ended && expiresAtMs > this.nowMs
  }

  #theft(family: ModelFamily): Refreshing {
    family.ended = true
    return { is: 'refused' }
  }

  #token({ endsAtMs }: ModelFamily): ModelToken {
    return { expiresAtMs: Math.min(this.nowMs + idleMs, endsAtMs), spent: undefined }
  }

  #give(family: ModelFamily): ModelAccess {
    const access = { family, expiresAtMs: Math.min(this.nowMs + accessLivesMs, family.endsAtMs), revoked: false }
    this.access.push(access)
    return access
  }
}
