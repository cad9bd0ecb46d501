/**
 * What the gateway's process knows, all of it from its channel, and what happens
 * when that changes.
 *
 * INVARIANT (acknowledged means in effect): a change is acknowledged when caches
 * have forgotten what it concerns and what was open under it has been cut.
 *
 * @module
 */

import { readId, Unavailable, type RequestId, type Secret, type SessionId, type TenantId } from '#kernel'
import { connectChannel, type Channel, type ChannelListener } from './channel/connect.ts'
import type { CodeExchange, GatewayEvent, SessionView, SignedIn, StrangerCount } from './channel/contract.ts'
import { readCodeExchange, readCount, readFields, readText, readTexts } from './channel/read.ts'
import { readHosts } from './channel/read-hosts.ts'
import type { GuardedHost, Hosts } from './hosts.ts'
import { LiveRequests, type CutReason } from './live.ts'
import type { GatewayPorts, Sealer, Signer } from './ports.ts'
import { refuse } from './refusals.ts'
import { Rules } from './rules.ts'
import { People } from './session/people.ts'
import { asking, type VisitWatch } from './watch.ts'

export interface ChannelPlace {
  readonly path: string
  readonly secret: Secret<Uint8Array>
}

/** Ends what is open on some hosts. */
export type CutHosts = (which: (guarded: GuardedHost) => boolean, why: CutReason) => void

/** What is needed before anything can be decided. */
export interface Furnished {
  readonly tenant: TenantId
  readonly signer: Signer
  readonly sealer: Sealer
}

/** How long a request waits for a channel that has just fallen silent before it is refused. */
const patienceMs = 1_000

/** How late a session that has run out is cut. */
const lookEveryMs = 1_000

/** How often it is asked whether what is open may go on: who idles out or may do something only by day tells nobody. As long as people are remembered. */
const recheckEveryMs = 60_000

/** Questions under way at once while everything open is looked at: requests ask too. */
const recheckedAtOnce = 64

/** More roles or groups than a person has; an assertion holds 64. */
const mostNames = 1_000

export class Knowledge implements ChannelListener {
  readonly rules: Rules = new Rules()
  readonly live: LiveRequests = new LiveRequests()
  readonly people: People
  readonly #ports: GatewayPorts
  readonly #hosts: Hosts
  readonly #cutHosts: CutHosts
  readonly #channel: Channel
  readonly #ready = Promise.withResolvers<void>()
  readonly #looks: NodeJS.Timeout
  #recheckedAtMs: number
  #isRechecking = false
  #tenant: TenantId | undefined
  #signer: Signer | undefined
  #sealer: Sealer | undefined

  constructor(place: ChannelPlace, hosts: Hosts, ports: GatewayPorts, cutHosts: CutHosts) {
    const { clock, log } = ports
    this.#ports = ports
    this.#hosts = hosts
    this.#cutHosts = cutHosts
    this.people = new People(async (id, purpose, watch) => this.#session(id, purpose, watch), clock)
    this.#channel = connectChannel({ ...place, clock, log, listener: this })
    this.#recheckedAtMs = clock.monotonicMs()
    this.#looks = setInterval(() => this.#look(), lookEveryMs)
  }

  /** Resolves when keys, policies and routes have arrived for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Throws `Unavailable` while the server has never been reached. */
  get tenant(): TenantId {
    if (this.#tenant === undefined) throw new Unavailable('channel')
    return this.#tenant
  }

  /** Everything that a decision rests on. Throws `Unavailable` when any of it is missing or too old. */
  async require(): Promise<Furnished> {
    const tenant = this.#tenant
    if (!this.#channel.isFresh() && !(await this.#channel.becomesFresh(patienceMs))) throw new Unavailable('channel')
    if (tenant === undefined || this.#signer === undefined || this.#sealer === undefined || !this.rules.isLoaded || !this.#hosts.isLoaded)
      throw new Unavailable('channel')
    return { tenant, signer: this.#signer, sealer: this.#sealer }
  }

  /** Whether anything can be decided right now. */
  get isFresh(): boolean {
    return this.#channel.isFresh()
  }

  connected(tenant: TenantId): void {
    this.#tenant = tenant
    this.people.forgetAll()
    void this.#recheck(this.live.sessionsOf())
  }

  async pushed(what: string, value: unknown): Promise<void> {
    switch (what) {
      case 'revoked':
        return this.#revoked(value)
      case 'policies':
        this.rules.load(value)
        this.#warn()
        this.#furnished()
        return this.#recheck(this.live.sessionsOf())
      case 'routes':
        this.#routes(value)
        return this.#furnished()
      case 'secrets':
        this.#secrets(value)
        return this.#furnished()
      default:
        throw new Error(`the server tells of ${what}, which this gateway does not know`)
    }
  }

  silent(): void {
    this.live.cutAll('silent')
    this.#cutHosts(({ from }) => from === 'server', 'silent')
  }

  close(): void {
    clearInterval(this.#looks)
    this.#channel.close()
  }

  async exchange(exchange: CodeExchange, watch?: VisitWatch): Promise<SignedIn> {
    // What the server does not read would cost every request its channel.
    if (readCodeExchange(exchange) === undefined) throw refuse('gateway.sign_in_failed', 'no code')
    const fields = readFields(await this.#ask('exchange', exchange, watch))
    const session = readId('ses', String(fields?.['session']))
    const user = readId('usr', String(fields?.['user']))
    const nonce = readText(fields?.['nonce'], 256)
    if (session === undefined || user === undefined || nonce === undefined) throw new Unavailable('server')
    return { session, user, nonce }
  }

  async endSession(requestId: RequestId, id: SessionId, watch?: VisitWatch): Promise<void> {
    await this.#ask('end-session', { requestId, id }, watch)
  }

  async record(batch: readonly GatewayEvent[]): Promise<void> {
    await this.#channel.ask('record', batch)
  }

  async countStrangers(counts: readonly StrangerCount[]): Promise<void> {
    await this.#channel.ask('strangers', counts)
  }

  async #ask(what: string, value: unknown, watch: VisitWatch | undefined): Promise<unknown> {
    return asking(watch, 'server', what, async (trace) => this.#channel.ask(what, value, trace))
  }

  async #session(id: SessionId, purpose: 'use' | 'look', watch?: VisitWatch): Promise<SessionView | undefined> {
    const value = await this.#ask('session', { id, purpose }, watch)
    if (value === undefined) return undefined
    const view = readView(value)
    if (view === undefined) throw new Unavailable('server')
    return view
  }

  async #revoked(value: unknown): Promise<void> {
    const fields = readFields(value)
    const entries = Array.isArray(fields?.['entries']) ? fields['entries'].map(readEntry) : [undefined]
    if (fields?.['reset'] === true || entries.includes(undefined)) {
      this.people.forgetAll()
      return this.#recheck(this.live.sessionsOf())
    }
    const changed = new Set<SessionId>()
    for (const { kind, id } of entries.filter((entry) => entry !== undefined)) {
      this.people.forget(id)
      if (kind === 'session') this.live.cutSession(id)
      else if (kind === 'user') this.live.cutUser(id)
      // A user, or something that users are in: which of them is asked of the server.
      else if (kind === 'entity') for (const session of this.live.sessionsOf(readId('usr', id))) changed.add(session)
    }
    return this.#recheck([...changed])
  }

  #look(): void {
    const { clock, log } = this.#ports
    this.live.cutOver(clock.wallMs())
    if (this.#isRechecking || clock.monotonicMs() - this.#recheckedAtMs < recheckEveryMs) return
    this.#isRechecking = true
    this.#recheckAll()
      .catch((error: unknown) => log.error('what is open could not be looked at', error))
      .finally(() => {
        this.#isRechecking = false
        this.#recheckedAtMs = clock.monotonicMs()
      })
  }

  /** While the channel is silent there is nothing to ask, and nothing that stays open. */
  async #recheckAll(): Promise<void> {
    const sessions = this.live.sessionsOf()
    for (let at = 0; at < sessions.length; at += recheckedAtOnce) {
      if (!this.#channel.isFresh() && !(await this.#channel.becomesFresh(patienceMs))) return
      await this.#recheck(sessions.slice(at, at + recheckedAtOnce))
    }
  }

  /** What is open for these sessions goes on only if it would be allowed now. */
  async #recheck(sessions: readonly SessionId[]): Promise<void> {
    await Promise.all(
      sessions.map(async (id) => {
        try {
          const view = await this.people.look(id)
          if (view === undefined) this.live.cutSession(id)
          else this.live.recheck(view)
        } catch (error) {
          // It cannot be known, so it does not go on.
          this.live.cutSession(id)
          if (!(error instanceof Unavailable)) throw error
        }
      }),
    )
  }

  #routes(value: unknown): void {
    const told = readHosts(value)
    if (told === undefined) throw new Error('the server sent something that are no routes')
    const gone = this.#hosts.replace(told, this.#ports.log)
    this.#cutHosts((guarded) => gone.has(guarded), 'unrouted')
    if (this.rules.isLoaded) this.#warn()
  }

  #warn(): void {
    for (const mistake of this.rules.mistakesIn(this.#hosts.all)) this.#ports.log.warn('a route can never be allowed', { mistake })
  }

  #secrets(value: unknown): void {
    const fields = readFields(value)
    const assertionKey = readFields(fields?.['assertionKey'])
    const sessionKeys = Array.isArray(fields?.['sessionKeys']) ? fields['sessionKeys'].map(readFields) : []
    const keys = sessionKeys.filter((key) => key !== undefined)
    if (assertionKey === undefined || keys.length === 0 || this.#tenant === undefined)
      throw new Error('the server sent something that are no keys')
    this.#signer = this.#ports.signer(assertionKey)
    this.#sealer = this.#ports.sealer(this.#tenant, keys)
  }

  #furnished(): void {
    if (this.#signer !== undefined && this.rules.isLoaded && this.#hosts.isLoaded) this.#ready.resolve()
  }
}

function readEntry(value: unknown): { readonly kind: string; readonly id: string } | undefined {
  const fields = readFields(value)
  const kind = readText(fields?.['kind'], 32)
  const id = readText(fields?.['id'], 256)
  return kind === undefined || id === undefined ? undefined : { kind, id }
}

function readView(value: unknown): SessionView | undefined {
  const fields = readFields(value)
  const id = readId('ses', String(fields?.['id']))
  const user = readId('usr', String(fields?.['user']))
  const acr = readText(fields?.['acr'], 64)
  const amr = readTexts(fields?.['amr'], 16, 64)
  const authTimeMs = readCount(fields?.['authTimeMs'])
  const endsAtMs = readCount(fields?.['endsAtMs'])
  const roles = readTexts(fields?.['roles'], mostNames, 256)
  const groups = readTexts(fields?.['groups'], mostNames, 256)
  const username = readText(fields?.['username'], 1024)
  const name = readText(fields?.['name'], 1024)
  if (id === undefined || user === undefined || acr === undefined || amr === undefined || roles === undefined || groups === undefined)
    return undefined
  if (authTimeMs === undefined || endsAtMs === undefined) return undefined
  return { id, user, acr, amr, authTimeMs, endsAtMs, roles, groups, username, name }
}
