/**
 * Sessions: begun at a sign-in, found by their cookie, ended once.
 *
 * INVARIANT (one write decides): a session begins in the write that ends the one
 * it replaces and that sees the user's generation, and it ends by a
 * compare-and-set together with its revocation and its event. Whoever asks after
 * that write was acknowledged finds it over.
 *
 * @module
 */

import {
  actingAs,
  newId,
  readCursor,
  refusals,
  writeCursor,
  type AuditEvent,
  type Operation,
  type Secret,
  type SessionId,
  type UserId,
} from '#kernel'
import type { PersonKeys } from '#keys'
import type { Reader, Store, Transaction } from '#store'
import { newCookie, readCookie } from './cookie.ts'
import { openDevice, readDevice, sealDevice } from './device.ts'
import { forgetUnused, isKnown, readBrowser, remember } from './known-browsers.ts'
import { judgeLifetime, prolong, usualSettings, type SessionSettings } from './lifetime.ts'
import type { Announce, GenerationOf, RevokeSession } from './ports.ts'
import { readRow, timesOf, type EndReason, type ListedSession, type Session } from './session.ts'
import {
  deleteEnded,
  endSession,
  findById,
  findBySecret,
  findOverdue,
  insertSession,
  listUnended,
  prolongSession,
  unendedOf,
} from './store.ts'
import type { SessionRow } from './table.ts'
import { Touches } from './touches.ts'

const says = {
  'session.account_changed': 'Something about this account has just changed. Sign in again.',
  'session.bad_cursor': 'That page of the list cannot be read. Begin again with the first one.',
} as const

export type SessionRefusalCode = keyof typeof says

/** Codes of this module with their public sentences. */
export const sessionRefusals: Readonly<Record<SessionRefusalCode, string>> = says

const refuse = refusals(says)

export interface SessionPorts {
  readonly store: Store
  readonly people: PersonKeys
  readonly generationOf: GenerationOf
  readonly revoke: RevokeSession
  readonly announce: Announce
  readonly settings?: Partial<SessionSettings> | undefined
}

/** A sign-in that has succeeded. */
export interface Beginning {
  readonly user: UserId
  /** The user's generation when they proved who they are: if it has risen since, there is no session. */
  readonly generation: number
  readonly acr: string
  readonly amr: readonly string[]
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  /** The session cookie that the browser presented: its session ends. */
  readonly previous?: string | undefined
  /** The browser's own cookie: it is known from now on. */
  readonly browser?: string | undefined
  /** Events of the caller about the same fact, committed with it. */
  readonly alsoRecord?: readonly AuditEvent[]
}

export interface Begun {
  readonly session: Session
  /** For the Set-Cookie header. It exists nowhere else. */
  readonly cookie: Secret<string>
}

export interface SessionPage {
  readonly items: readonly ListedSession[]
  readonly next?: string | undefined
}

export interface Sessions {
  /** Begins a session under a new id and a new secret. Refuses with `session.account_changed`. */
  begin(op: Operation, beginning: Beginning): Promise<Begun>
  /** The live session of a cookie. */
  find(op: Operation, cookie: string): Promise<Session | undefined>
  /** The live session of an id, as activity of its person: what the gateway asks for them. */
  use(op: Operation, id: SessionId): Promise<Session | undefined>
  /** The live session of an id. */
  get(op: Operation, id: SessionId): Promise<Session | undefined>
  /** {@link Sessions.get} with the browser that it began in. */
  describe(op: Operation, id: SessionId): Promise<ListedSession | undefined>
  /** Live sessions, newest first. Refuses with `session.bad_cursor`. */
  list(
    op: Operation,
    request: { readonly user?: UserId | undefined; readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<SessionPage>
  /** Resolves when no verifier accepts the session any more, or the bound has passed. False if it had already ended. */
  end(op: Operation, id: SessionId, why: EndReason): Promise<boolean>
  /** Ends every session of a user. Returns how many. */
  endAll(op: Operation, user: UserId, why: EndReason): Promise<number>
  /** Whether this browser has signed this person in before. */
  knowsBrowser(op: Operation, user: UserId, browser: string): Promise<boolean>
  /** Writes down what was used since the last time. To be called every few seconds, and before the end. */
  flush(op: Operation): Promise<number>
  /** Ends what ran out, deletes what ended long ago, forgets unused browsers; at most 1,000 rows a call. Returns how many. */
  sweep(op: Operation): Promise<number>
}

/** Enough for every browser of a busy person; a script that signs in anew each time ends its own oldest. */
const mostPerUser = 100

const mostPerPage = 200

/** Rows of a write that nobody waits for. */
const batch = 300

/** An ended session answers "already ended" for a day; what happened to it is in the record for ever. */
const keptAfterEndMs = 24 * 3_600_000

const deviceContext = 'session.device'

export function createSessions({ store, people, generationOf, revoke, announce, settings }: SessionPorts): Sessions {
  const { idleSeconds, absoluteSeconds } = { ...usualSettings, ...settings }
  const idleMs = idleSeconds * 1_000
  const touches = new Touches()

  const endOne = async (tx: Transaction, op: Operation, id: SessionId, why: EndReason): Promise<boolean> => {
    const ended = await endSession(tx, op, id, why)
    if (ended === undefined) return false
    await revoke(tx, op, { kind: 'session', id })
    tx.record({ what: 'session.ended', about: id, outcome: 'done', facts: { user: ended.user, why } })
    return true
  }

  const judged = async (db: Reader, op: Operation, row: SessionRow | undefined): Promise<Session | undefined> => {
    if (row === undefined) return undefined
    const session = readRow(row)
    const generation = await generationOf(db, op, session.user)
    return judgeLifetime(timesOf(row), { nowMs: op.nowMs, generation }).is === 'live' ? session : undefined
  }

  const begin = async (op: Operation, asked: Beginning): Promise<Begun> => {
    const { user, acr, amr } = asked
    const key = await store.read(op, (db) => people.find(op, db, user))
    if (key === undefined) throw refuse('session.account_changed', 'deleted')
    const id = newId('ses')
    const { value: cookie, hash } = newCookie()
    const device = readDevice(asked.userAgent, asked.address)
    const row: SessionRow = {
      tenant: op.tenant,
      id,
      secret_hash: hash,
      user_id: user,
      user_generation: asked.generation,
      acr,
      amr: amr.join(' '),
      auth_time_ms: op.nowMs,
      started_at_ms: op.nowMs,
      idle_ms: idleMs,
      idle_until_ms: op.nowMs + idleMs,
      ends_at_ms: op.nowMs + absoluteSeconds * 1_000,
      ended_at_ms: null,
      end_reason: null,
      device: sealDevice(key, device, deviceContext),
      bound_key: null,
    }
    const personal = { person: user, sealed: sealDevice(key, device, 'event.session.started') }
    const previous = asked.previous === undefined ? undefined : readCookie(asked.previous)
    const browser = asked.browser === undefined ? undefined : readBrowser(asked.browser)
    const proof = { acr, amr, authTimeMs: op.nowMs }
    const signedIn = actingAs(op, { is: 'user', id: user, session: id, proof, credential: { kind: 'session' } })
    const ended = await store.write(signedIn, async (tx) => {
      if ((await generationOf(tx, signedIn, user)) !== asked.generation) throw refuse('session.account_changed', 'generation')
      await insertSession(tx, row)
      for (const event of asked.alsoRecord ?? []) tx.record(event)
      tx.record({ what: 'session.started', about: id, outcome: 'done', facts: { user, acr, methods: row.amr }, personal })
      if (browser !== undefined) await remember(tx, signedIn, user, browser)
      const replaced = previous && (await findBySecret(tx, signedIn, previous))
      let count = replaced !== undefined && (await endOne(tx, signedIn, replaced.id as SessionId, 'replaced')) ? 1 : 0
      for (const oldest of await unendedOf(tx, signedIn, user, mostPerUser, batch)) {
        if (await endOne(tx, signedIn, oldest, 'too_many')) count += 1
      }
      return count
    })
    if (ended > 0) await announce(op)
    return { session: readRow(row), cookie }
  }

  const described = async (db: Reader, op: Operation, row: SessionRow | undefined): Promise<ListedSession | undefined> => {
    const session = await judged(db, op, row)
    if (row === undefined || session === undefined) return undefined
    const device = openDevice(await people.find(op, db, session.user), row.device, deviceContext)
    return { ...session, device: device?.name, address: device?.address }
  }

  const list: Sessions['list'] = async (op, { user, cursor, limit: asked }) => {
    const before = cursor === undefined ? undefined : readCursor('ses', cursor)
    if (cursor !== undefined && before === undefined) throw refuse('session.bad_cursor')
    const limit = Math.min(Math.max(asked, 1), mostPerPage)
    return store.read(op, async (db) => {
      const rows = await listUnended(db, op, { user, before, limit: limit + 1 })
      const items: ListedSession[] = []
      for (const row of rows.slice(0, limit)) {
        const session = await described(db, op, row)
        if (session !== undefined) items.push(session)
      }
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return { items, next: last && writeCursor({ atMs: last.started_at_ms, id: last.id as SessionId }) }
    })
  }

  /** The live session of a row, prolonged because somebody is there. */
  const used = async (op: Operation, findRow: (db: Reader) => Promise<SessionRow | undefined>): Promise<Session | undefined> => {
    const { row, session } = await store.read(op, async (db) => {
      const row = await findRow(db)
      return { row, session: await judged(db, op, row) }
    })
    if (row === undefined || session === undefined) return undefined
    const noted = touches.until(op, session.id) ?? session.idleUntilMs
    const idleUntilMs = prolong({ idleUntilMs: noted }, row.idle_ms, op.nowMs)
    if (idleUntilMs !== undefined) touches.note(op, session.id, idleUntilMs)
    return { ...session, idleUntilMs: idleUntilMs ?? noted }
  }

  return {
    begin,
    list,
    find: async (op, cookie) => {
      const hash = readCookie(cookie)
      return hash === undefined ? undefined : used(op, (db) => findBySecret(db, op, hash))
    },
    use: async (op, id) => used(op, (db) => findById(db, op, id)),
    get: async (op, id) => store.read(op, async (db) => judged(db, op, await findById(db, op, id))),
    describe: async (op, id) => store.read(op, async (db) => described(db, op, await findById(db, op, id))),
    end: async (op, id, why) => {
      const ended = await store.write(op, (tx) => endOne(tx, op, id, why))
      await announce(op)
      return ended
    },
    endAll: async (op, user, why) => {
      const count = await store.write(op, async (tx) => {
        const ids = await unendedOf(tx, op, user, 0, mostPerUser + batch)
        for (const id of ids) await endOne(tx, op, id, why)
        return ids.length
      })
      await announce(op)
      return count
    },
    knowsBrowser: async (op, user, browser) => {
      const hash = readBrowser(browser)
      return hash !== undefined && (await store.read(op, (db) => isKnown(db, op, user, hash)))
    },
    flush: async (op) => {
      const some = touches.some(op, batch)
      if (some.length === 0) return 0
      await store.write(op, async (tx) => {
        for (const { id, idleUntilMs } of some) await prolongSession(tx, op, id, idleUntilMs)
      })
      touches.forget(some)
      return some.length
    },
    sweep: async (op) => {
      const swept = await store.write(op, async (tx) => {
        const overdue = await findOverdue(tx, op, batch)
        let ended = 0
        for (const { id, why } of overdue) if (await endOne(tx, op, id, why)) ended += 1
        const deleted = await deleteEnded(tx, op, op.nowMs - keptAfterEndMs, batch)
        return { ended, all: ended + deleted + (await forgetUnused(tx, op, batch)) }
      })
      if (swept.ended > 0) await announce(op)
      return swept.all
    },
  }
}
