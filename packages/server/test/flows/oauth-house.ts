/**
 * The authorization server on a real store with real keys, for tests. Only
 * people and their sessions are made up: a session is signed in by saying so.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { after } from 'node:test'
import type { InjectOptions, Response as InjectedResponse } from 'light-my-request'
import { migrations as keysMigrations, type Generate, type Keys, type KeyVault } from '#keys'
import { base64url, newId, randomBytes, systemOperation, type Clock, type Operation, type SessionId, type UserId } from '#kernel'
import {
  createClients,
  createConsents,
  createOAuth,
  migrations as oauthMigrations,
  type ClaimMappings,
  type Clients,
  type ClientsPorts,
  type Consents,
  type OAuth,
  type OAuthPorts,
  type Person,
  type SignedIn,
} from '#oauth'
import { createOutbound, type Outbound } from '#http'
import { createGuesses, createLimits, memoryBuckets, type LimitSettings } from '#ratelimit'
import type { ModuleMigrations, Store } from '#store'
import { createTokens, migrations as tokensMigrations, type Tokens } from '#tokens'
import { openTestKeys } from '../keys.ts'
import { recordingRecorder, type Recording } from '../record.ts'
import { serve, testTenant } from '../serve.ts'
import { openTestStore } from '../store.ts'

export const issuer = 'http://localhost:9000'
export const houseMigrations: readonly ModuleMigrations[] = [keysMigrations, tokensMigrations, oauthMigrations]

export interface House {
  readonly store: Store
  readonly keys: Keys
  readonly tokens: Tokens
  readonly clients: Clients
  readonly consents: Consents
  readonly oauth: OAuth
  readonly recording: Recording
  readonly clock: TestClock
  readonly people: Map<UserId, Person>
  /** Who is signed in, by the cookie. */
  readonly sessions: Map<string, SignedIn>
  readonly op: () => Operation
  readonly inject: (options: InjectOptions) => Promise<InjectedResponse>
  /** For a listener of Node's own. */
  readonly handle: RequestListener
  /** What the spine recorded and counted. */
  readonly recorded: readonly { readonly event: { readonly what: string; readonly facts?: object } }[]
  readonly counted: readonly string[]
  /** Signs a person in and returns the cookie of the session. */
  readonly signIn: (user: UserId, at?: Partial<SignedIn>) => { readonly session: SignedIn; readonly cookie: string }
  readonly endSession: (id: SessionId) => Promise<void>
  /** Ends a session by time: nothing is written. */
  readonly forgetSession: (id: SessionId) => void
}

/** Time that tests move. */
export interface TestClock extends Clock {
  forwardMs(ms: number): void
}

export function testClock(startMs: number = 1_800_000_000_000): TestClock {
  let nowMs = startMs
  let movedMs = 0
  return {
    wallMs: () => nowMs,
    // What is awaited in tests takes real time; what tests pass is added.
    monotonicMs: () => performance.now() + movedMs,
    forwardMs: (ms) => {
      nowMs += ms
      movedMs += ms
    },
  }
}

export interface HouseWishes {
  readonly issuer?: string
  readonly origins?: readonly string[]
  readonly clock?: Clock
  /** Share it between two houses on one store: they are two servers then. */
  readonly vault?: KeyVault
  readonly outbound?: Outbound
  readonly mtls?: OAuthPorts['mtls']
  readonly withdrawRoles?: ClientsPorts['withdrawRoles']
  /** Another server on the same database: the same people are signed in here. */
  readonly beside?: Pick<House, 'people' | 'sessions'>
  readonly claimMappings?: ClaimMappings
  readonly generate?: Generate
  readonly detailTypes?: OAuthPorts['detailTypes']
  readonly requirePushedRequests?: OAuthPorts['requirePushedRequests']
  /** As usual, or tighter, where the test is about limits; none otherwise. */
  readonly limits?: LimitSettings
}

export async function openHouse(more: HouseWishes & { readonly clock?: TestClock } = {}): Promise<House> {
  const recording = recordingRecorder()
  const store = await openTestStore(houseMigrations, recording.recorder)
  return buildHouse(store, recording, more)
}

export async function buildHouse(store: Store, recording: Recording, more: HouseWishes = {}): Promise<House> {
  const clock = more.clock ?? testClock()
  const { vault, generate } = more
  const shared = { ...(vault === undefined ? {} : { vault }), ...(generate === undefined ? {} : { generate }) }
  const { keys } = await openTestKeys(store, { tenant: testTenant, clock, ...shared })
  const tokens = createTokens({ store, keys, clock, tenant: testTenant, issuer: more.issuer ?? issuer })
  const clients = createClients({ store, keys, tokens, withdrawRoles: more.withdrawRoles ?? (async () => {}) })
  const consents = createConsents({ store, tokens })
  const { sessions, people } = more.beside ?? { sessions: new Map<string, SignedIn>(), people: new Map<UserId, Person>() }
  const live = (cookie: string): SignedIn | undefined => sessions.get(cookie)
  const remove = (id: SessionId): void => {
    for (const [cookie, session] of sessions) if (session.id === id) sessions.delete(cookie)
  }
  const endSession = async (op: Operation, id: SessionId): Promise<void> => {
    remove(id)
    await store.write(op, async (tx) => {
      tx.record({ what: 'session.ended', about: id, outcome: 'done' })
      await tokens.revocations.revoke(tx, op, { kind: 'session', id })
    })
    await tokens.revocations.announce(op)
  }
  const oauth = createOAuth({
    store,
    keys,
    tokens,
    clients,
    guesses: createGuesses(memoryBuckets(clock)),
    limits: createLimits(memoryBuckets(clock), more.limits),
    issuer: more.issuer ?? issuer,
    claimMappings: more.claimMappings,
    outbound: more.outbound ?? createOutbound(),
    detailTypes: more.detailTypes,
    requirePushedRequests: more.requirePushedRequests,
    mtls: more.mtls,
    findSession: async (_op, cookie) => live(cookie),
    isSessionLive: async (_op, id) => sessions.values().some((session) => session.id === id),
    endSession,
    findPerson: async (_op, user) => people.get(user),
    confirmSignOut: (_op, _input, page) => ({
      status: 200,
      body: {
        html: `<form method="post" action="${page.action}"><input name="state" value="${page.state}"></form>${page.redirectUri ?? 'nowhere'}`,
      },
    }),
  })
  await tokens.revocations.start()
  after(async () => tokens.revocations.close())
  const served = await serve(
    oauth.edges,
    {},
    { tenant: testTenant, clock, ...(more.origins === undefined ? {} : { origins: more.origins }) },
  )
  const op = (): Operation => systemOperation('test', testTenant, () => {}, clock)
  return {
    store,
    keys,
    tokens,
    clients,
    consents,
    oauth,
    recording,
    clock: clock as TestClock,
    people,
    sessions,
    op,
    inject: served.inject,
    handle: served.server.handle,
    recorded: served.recorded,
    counted: served.counted,
    signIn: (user, at = {}) => {
      const nowMs = clock.wallMs()
      const session: SignedIn = { id: newId('ses'), user, acr: '1fa', amr: ['pwd'], authTimeMs: nowMs, endsAtMs: nowMs + 43_200_000, ...at }
      const cookie = base64url(randomBytes(16))
      sessions.set(cookie, session)
      return { session, cookie }
    },
    endSession: async (id) => endSession(op(), id),
    forgetSession: remove,
  }
}

/** A PKCE pair, RFC 7636 section 4. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = base64url(randomBytes(32))
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The parameters of a redirect. */
export function answered(response: InjectedResponse): URL {
  const location = response.headers.location
  if (typeof location !== 'string') throw new Error(`no redirect but ${response.statusCode} ${response.body}`)
  return new URL(location, issuer)
}

/** A form as browsers and clients send it. */
export function form(url: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): InjectOptions {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  }
}

export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`
}

/** The claims of a token, unverified: for tests that look at what was issued. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}
