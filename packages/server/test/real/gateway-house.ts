/**
 * A gateway with everything around it, for tests: an app on loopback, and a
 * server that is made of maps behind the real channel. The gateway runs in this
 * process; its channel and its proxying are the real ones.
 *
 * @module
 */

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as ask, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  serveChannel,
  startGateway,
  type ChannelServer,
  type Gateway,
  type GatewayConfig,
  type GatewayEvent,
  type GatewayHost,
  type RevocationNews,
  type ServerPorts,
  type SessionView,
  type UpstreamLimits,
} from '#gateway'
import { newId, refusals, Secret, systemClock, type Clock, type SessionId, type TenantId, type UserId } from '#kernel'
import { createAssertionSigner, createStateSealer, type PrivateJwk, type SealingKeyExport } from '#keys'
import { createCedarEngine, sendSet, type Confirm } from '#policy'
import type { Buckets, LimitSettings } from '#ratelimit'
import { labSet, shippedSet } from '../policies.ts'

export const issuer = 'http://localhost:9000'
export const origin = 'http://notes.localhost:9001'
export const authority = 'notes.localhost:9001'

/** What was issued for a code. */
interface IssuedCode {
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string
  readonly session: SessionId
  readonly user: UserId
}

type Listener = { deliver(news: RevocationNews): Promise<void> }

/** The server's side, as far as the gateway sees it. */
export class FakeServer {
  readonly tenant: TenantId = newId('ten')
  readonly sessions: Map<SessionId, SessionView> = new Map()
  readonly codes: Map<string, IssuedCode> = new Map()
  readonly events: GatewayEvent[] = []
  readonly strangers: Map<string, number> = new Map()
  readonly lookUps: string[] = []
  readonly assertionKey: PrivateJwk
  /** Hosts beside the configured ones. */
  hosts: readonly GatewayHost[] = []
  /** What the feed says of its own age. */
  ageMs: number | undefined = 0
  /** Held while set: answers to `record` wait for it. */
  recording: Promise<void> = Promise.resolve()
  readonly #listeners = new Set<Listener>()
  readonly #sessionKey: SealingKeyExport = { version: 1, key: randomBytes(32).toString('base64url') }
  readonly #policies: ReturnType<ServerPorts['policies']>

  /** `lab` are policies of the store of that name, beside the one of Notes. */
  constructor(lab?: string) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.assertionKey = { ...privateKey.export({ format: 'jwk' }), kid: newId('key'), alg: 'ES256' } as unknown as PrivateJwk
    const engine = createCedarEngine()
    const sets = [shippedSet(engine, 'notes'), ...(lab === undefined ? [] : [labSet(engine, lab)])]
    this.#policies = sets.map(sendSet)
  }

  get ports(): ServerPorts {
    return {
      tenant: this.tenant,
      exchange: async ({ clientId, code, verifier, redirectUri }) => {
        const issued = this.codes.get(code)
        this.codes.delete(code)
        const challenge = createHash('sha256').update(verifier).digest('base64url')
        const fits = issued?.clientId === clientId && issued.redirectUri === redirectUri && issued.challenge === challenge
        if (!fits) throw refusals({ 'grant.unknown_code': 'The authorization code is not valid.' })('grant.unknown_code')
        return { session: issued.session, user: issued.user, nonce: issued.nonce }
      },
      session: async (id, purpose) => {
        this.lookUps.push(`${purpose} ${id}`)
        return this.sessions.get(id)
      },
      endSession: async (_requestId, id) => this.end(id),
      record: async (batch) => {
        await this.recording
        this.events.push(...batch)
      },
      countStrangers: (counts) => {
        for (const { code, count } of counts) this.strangers.set(code, (this.strangers.get(code) ?? 0) + count)
      },
      policies: () => this.#policies,
      hosts: () => this.hosts,
      secrets: async () => new Secret({ assertionKey: this.assertionKey, sessionKeys: [this.#sessionKey] }),
      revocations: {
        subscribe: (listener) => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
        ageMs: () => this.ageMs,
      },
    }
  }

  begin(role: 'editor' | 'viewer', username: string): SessionView {
    const view: SessionView = {
      id: newId('ses'),
      user: newId('usr'),
      acr: '1fa',
      amr: ['pwd'],
      authTimeMs: Date.now(),
      endsAtMs: Date.now() + 3_600_000,
      roles: [role],
      groups: [],
      username,
      name: username,
    }
    this.sessions.set(view.id, view)
    return view
  }

  /** Ends a session. Resolves when every gateway has acknowledged. */
  async end(id: SessionId): Promise<void> {
    this.sessions.delete(id)
    await this.announce([{ kind: 'session', id }])
  }

  /** Resolves when every listener has acknowledged or is gone. */
  async announce(entries: RevocationNews['entries'], reset = false): Promise<void> {
    await Promise.allSettled([...this.#listeners].map(async (listener) => listener.deliver({ entries, reset })))
  }

  /** What the authorization endpoint would do for somebody who is signed in: a code for the request in this URL. */
  authorize(location: string, { id: session, user }: SessionView): URL {
    const { searchParams } = new URL(location)
    const said = (name: string): string => searchParams.get(name) ?? ''
    const code = randomBytes(16).toString('base64url')
    const redirectUri = said('redirect_uri')
    this.codes.set(code, {
      clientId: said('client_id'),
      redirectUri,
      challenge: said('code_challenge'),
      nonce: said('nonce'),
      session,
      user,
    })
    const back = new URL(redirectUri)
    back.search = new URLSearchParams({ code, state: said('state'), iss: issuer }).toString()
    return back
  }
}

export interface House {
  readonly server: FakeServer
  readonly gateway: Gateway
  readonly channel: ChannelServer
  readonly port: number
  /** Takes the server away, as if its process had died. */
  stopServer(): Promise<void>
  /** Brings it back. */
  startServer(): Promise<void>
  close(): Promise<void>
}

export interface HouseWishes {
  readonly app: RequestListener | Server
  readonly routes?: GatewayHost['routes']
  readonly host?: Partial<GatewayHost>
  readonly moreHosts?: (appUrl: string) => readonly GatewayHost[]
  readonly upstreams?: UpstreamLimits
  readonly requests?: LimitSettings
  readonly buckets?: Buckets
  readonly clock?: Clock
  /** Asks another engine. */
  readonly confirm?: Confirm
  readonly listen?: Partial<GatewayConfig['listen']>
  readonly ownListeners?: GatewayConfig['ownListeners']
  /** Policies of a store `lab`. */
  readonly lab?: string
}

export const notesRoutes: GatewayHost['routes'] = [
  { path: '/', methods: ['GET'], action: 'read', resource: { type: 'Collection', id: 'notes' } },
  { path: '/notes', methods: ['GET'], action: 'read', resource: { type: 'Collection', id: 'notes' } },
  { path: '/notes', methods: ['POST', 'PUT'], action: 'write', resource: { type: 'Collection', id: 'notes' } },
  { path: '/notes/*', methods: ['DELETE'], action: 'delete', resource: { type: 'Collection', id: 'notes' } },
  { path: '/archive', action: 'write', resource: { type: 'Collection', id: 'archive' } },
  { path: '/live', methods: ['GET'], action: 'read', resource: { type: 'Collection', id: 'notes' } },
  { path: '/stream/*', methods: ['GET', 'POST'], action: 'read', resource: { type: 'Collection', id: 'notes' } },
  { path: '/assets/*', open: 'anyone' },
]

export async function openHouse({
  app,
  routes = notesRoutes,
  host,
  moreHosts,
  upstreams,
  requests,
  buckets,
  clock,
  confirm,
  listen,
  ownListeners = [],
  lab,
}: HouseWishes): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-gateway-'))
  const path = join(folder, 'channel.sock')
  const secret = new Secret<Uint8Array>(randomBytes(32))
  const server = new FakeServer(lab)
  const upstream = typeof app === 'function' ? createServer(app) : app
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const appUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const serve = async (): Promise<ChannelServer> => serveChannel(path, { secret, ports: server.ports, clock: systemClock, log: quiet })
  let channel = await serve()
  const notes: GatewayHost = { origin, name: 'Notes', policyStore: 'notes', upstream: appUrl, clientId: 'notes-gateway', routes, ...host }
  const starting = startGateway({
    config: { issuer, listen: { host: '127.0.0.1', port: 0, ...listen }, hosts: [notes, ...(moreHosts?.(appUrl) ?? [])], ownListeners },
    channel: { path, secret },
    ports: {
      clock: clock ?? systemClock,
      log: quiet,
      buckets,
      confirm,
      signer: (key) => createAssertionSigner(key as PrivateJwk),
      sealer: (tenant, keys) => createStateSealer(tenant, keys as readonly SealingKeyExport[]),
      renderPage: (page) => `<!doctype html><title>${page.heading}</title>${JSON.stringify(page)}`,
      stylesheet: 'main {}',
    },
    limits: {
      connections: { headersMs: 2_000 },
      ...(upstreams === undefined ? {} : { upstreams }),
      ...(requests === undefined ? {} : { requests }),
    },
  })
  const closeRest = async (): Promise<void> => {
    await channel.close()
    upstream.closeAllConnections()
    await new Promise((resolve) => upstream.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  }
  starting.catch(() => void closeRest())
  const gateway = await starting
  return {
    server,
    gateway,
    get channel() {
      return channel
    },
    port: gateway.port,
    stopServer: async () => channel.close(),
    startServer: async () => {
      channel = await serve()
    },
    close: async () => {
      await gateway.close(100)
      await closeRest()
    },
  }
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** One request to the gateway, on a connection of its own. */
export async function get(port: number, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  const answer = await open(port, path, { method, headers, ...(body === undefined ? {} : { body }) })
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode = 0, rawHeaders } = answer
  return { status: statusCode, headers: answer.headers, rawHeaders, body: Buffer.concat(chunks).toString('utf8') }
}

/** The answer as soon as its head is there. */
export async function open(port: number, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port, path, method, agent: false, headers: { host: authority, ...headers } as never })
    out.on('response', resolve)
    out.on('error', reject)
    out.end(body)
  })
}

/** What a browser says when somebody opens an address. */
export const navigating = { accept: 'text/html,application/xhtml+xml', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' } as const

/** Cookies of an answer as the next request sends them. */
export function cookiesOf(answer: Answered, before = ''): string {
  const jar = new Map(
    before
      .split('; ')
      .filter(Boolean)
      .map((pair) => [pair.split('=')[0] ?? '', pair]),
  )
  for (const line of answer.headers['set-cookie'] ?? []) {
    const pair = line.split(';')[0] ?? ''
    const name = pair.split('=')[0] ?? ''
    if (/max-age=0/i.test(line)) jar.delete(name)
    else jar.set(name, pair)
  }
  return [...jar.values()].join('; ')
}

/** Walks somebody through the sign-in. The result is their cookie for the app. */
export async function signIn({ port, server }: House, view: SessionView): Promise<string> {
  const begun = await get(port, '/', { headers: navigating })
  const back = server.authorize(begun.headers.location ?? '', view)
  const done = await get(port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
  if (done.status !== 303) throw new Error(`the sign-in ended with ${done.status}: ${done.body}`)
  return cookiesOf(done, cookiesOf(begun))
}

/** Waits for something that is about to be so. */
export async function until(holds: () => boolean, withinMs = 5_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('it did not become so')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The code of a problem. */
export function problemOf({ body }: Answered): string {
  return (JSON.parse(body) as { code: string }).code
}

/** The page of a refusal: {@link openHouse} renders its parts as JSON. */
export function pageOf({ body }: Answered): Readonly<Record<string, string>> {
  return JSON.parse(body.slice(body.indexOf('{'))) as Readonly<Record<string, string>>
}
