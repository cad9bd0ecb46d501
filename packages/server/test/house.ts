/**
 * The whole house in memory, as `countersign start` puts it together: a real
 * database and real keys in a folder of its own, asked through `inject`, with a
 * clock that the test moves. People sign in through the real forms.
 *
 *     const house = await openTestHouse()
 *     const ada = await house.user('ada', 'owner')
 *     const answer = await house.get('/admin/v1/users', await house.tokenOf(ada))
 *
 * It is closed and removed when the test, suite or file around the call has ended.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { InjectOptions, Response as InjectedResponse } from 'light-my-request'
import type { ClientId, UserId } from '#kernel'
import type { NewClient } from '#oauth'
import { composeHouse, type House } from '../src/app/compose.ts'
import { readConfig, type Config } from '../src/app/config.ts'
import { adminAudience } from '../src/app/demo.ts'
import { openGround } from '../src/app/ground.ts'
import { createLog } from '../src/app/log.ts'
import { answered, basic, form, pkce, testClock, type TestClock } from './flows/oauth-house.ts'
import { goodPassword } from './people.ts'

/** Somebody who can sign in. */
export interface TestPerson {
  readonly id: UserId
  readonly username: string
  readonly password: string
}

/** A client that acts for itself. */
export interface TestService {
  readonly id: ClientId
  readonly clientId: string
  readonly secret: string
}

/** An event as the admin API shows it. */
export interface ShownEvent {
  readonly what: string
  readonly about: string
  readonly outcome: string
  readonly actor: string
  readonly request: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly decision?: { readonly effect: string; readonly action: string; readonly policies: readonly string[]; readonly resource?: string }
}

export interface TestHouse {
  readonly house: House
  readonly config: Config
  readonly clock: TestClock
  readonly issuer: string
  /** Where the configuration's relative paths start; the data is in `data` below it. */
  readonly folder: string
  readonly inject: (options: InjectOptions) => Promise<InjectedResponse>
  readonly get: (path: string, token?: string) => Promise<InjectedResponse>
  /** With a body as JSON, where there is one. */
  readonly send: (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, token?: string, body?: unknown) => Promise<InjectedResponse>
  /** Makes a person with these roles. */
  readonly user: (username: string, ...roles: readonly string[]) => Promise<TestPerson>
  /** Makes a confidential client for client credentials whose tokens are for the admin API, with these roles. */
  readonly service: (name: string, ...roles: readonly string[]) => Promise<TestService>
  readonly client: (client: NewClient) => Promise<{ readonly id: ClientId; readonly clientId: string; readonly secret: string | undefined }>
  /** Signs a person in through the form, from a browser without a past. */
  readonly signIn: (person: Pick<TestPerson, 'username' | 'password'>) => Promise<TestBrowser>
  /** An access token for the admin API: of a person by sign-in and code, of a service by client credentials. */
  readonly tokenOf: (who: TestPerson | TestService) => Promise<string>
  /** Everything in the record, or the latest so many, oldest first. */
  readonly events: (most?: number) => Promise<readonly ShownEvent[]>
}

/** A visitor that keeps cookies. */
export interface TestBrowser {
  readonly cookies: ReadonlyMap<string, string>
  readonly open: (path: string) => Promise<InjectedResponse>
  readonly post: (path: string, fields: Readonly<Record<string, string>>) => Promise<InjectedResponse>
}

export interface TestHouseWishes {
  /** Settings beside the usual ones. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly clock?: TestClock
}

/** Where the console of these tests is sent codes. */
const consoleRedirect = 'http://127.0.0.1:4000/callback'
const consoleId = 'test-console'

export async function openTestHouse(wishes: TestHouseWishes = {}): Promise<TestHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-house-'))
  const settings = {
    version: 1,
    issuer: 'http://localhost:9000',
    dataDirectory: 'data',
    rootKeyFile: 'root.key',
    listen: { host: '127.0.0.1', port: 0 },
    passwords: { memoryKibibytes: 19_456, passes: 1 },
    ...wishes.settings,
  }
  const config = readConfig(JSON.stringify(settings), folder, {})
  const clock = wishes.clock ?? testClock()
  const ground = await openGround(config, { stamp: 'production', rootKey: 'make' }, clock)
  const house = await composeHouse({ config, ground, log: createLog('error', 'test'), version: '0.0.0' })
  after(async () => {
    await house.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return new Handles(house, config, clock, folder).all()
}

class Handles {
  readonly #house: House
  readonly #config: Config
  readonly #clock: TestClock
  readonly #folder: string

  constructor(house: House, config: Config, clock: TestClock, folder: string) {
    this.#house = house
    this.#config = config
    this.#clock = clock
    this.#folder = folder
  }

  all(): TestHouse {
    const { inject } = this.#house.server
    return {
      house: this.#house,
      config: this.#config,
      clock: this.#clock,
      issuer: this.#config.issuer,
      folder: this.#folder,
      inject,
      get: async (url, token) => inject({ method: 'GET', url, headers: bearer(token) }),
      send: async (method, url, token, body) =>
        inject({
          method,
          url,
          headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        }),
      user: async (username, ...roles) => this.#user(username, roles),
      service: async (name, ...roles) => this.#service(name, roles),
      client: async (client) => this.#client(client),
      signIn: async (person) => this.#signIn(person),
      tokenOf: async (who) => ('secret' in who ? this.#serviceToken(who) : this.#personToken(who)),
      events: async (most) => this.#events(most ?? Number.POSITIVE_INFINITY),
    }
  }

  async #user(username: string, roles: readonly string[]): Promise<TestPerson> {
    const op = this.#house.operation('test')
    const id = await this.#house.identity.createUser(op, { username, password: goodPassword, roles })
    return { id, username, password: goodPassword }
  }

  async #client(client: NewClient): Promise<{ id: ClientId; clientId: string; secret: string | undefined }> {
    const made = await this.#house.clients.create(this.#house.operation('test'), client)
    return { id: made.client.id, clientId: made.client.clientId, secret: made.secret?.reveal() }
  }

  async #service(name: string, roles: readonly string[]): Promise<TestService> {
    const audiences = [adminAudience(this.#config)]
    const made = await this.#client({ name, kind: 'confidential', grantTypes: ['client_credentials'], audiences })
    const op = this.#house.operation('test')
    for (const role of roles) await this.#house.identity.assignRole(op, { to: made.id, role })
    return { ...made, secret: made.secret ?? '' }
  }

  async #signIn({ username, password }: Pick<TestPerson, 'username' | 'password'>): Promise<TestBrowser> {
    const browser = openVisitor(this.#house.server.inject)
    const answer = await browser.post('/sign-in', { username, password })
    if (answer.statusCode !== 303) throw new Error(`${username} could not sign in: ${answer.statusCode} ${answer.body}`)
    return browser
  }

  /** The walk of a browser: to the authorization endpoint, to the form, back with a code. */
  async #personToken(person: TestPerson): Promise<string> {
    const { inject } = this.#house.server
    await this.#ensureConsole()
    const { verifier, challenge } = pkce()
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: consoleId,
      redirect_uri: consoleRedirect,
      scope: 'openid',
      resource: adminAudience(this.#config),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    const browser = openVisitor(inject)
    const toForm = answered(await browser.open(`/authorize?${asked.toString()}`))
    const state = toForm.searchParams.get('state') ?? ''
    const toResume = answered(await browser.post('/sign-in', { username: person.username, password: person.password, state }))
    const back = answered(await browser.open(toResume.pathname + toResume.search))
    const code = back.searchParams.get('code')
    if (code === null) throw new Error(`no code in ${back.href}`)
    return tokenIn(
      await inject(
        form('/token', {
          grant_type: 'authorization_code',
          client_id: consoleId,
          code,
          redirect_uri: consoleRedirect,
          code_verifier: verifier,
        }),
      ),
    )
  }

  async #serviceToken({ clientId, secret }: TestService): Promise<string> {
    const asked = form('/token', { grant_type: 'client_credentials' }, { authorization: basic(clientId, secret) })
    return tokenIn(await this.#house.server.inject(asked))
  }

  async #ensureConsole(): Promise<void> {
    await this.#house.clients.ensure(this.#house.operation('test'), {
      clientId: consoleId,
      name: 'Test console',
      kind: 'public',
      firstParty: true,
      grantTypes: ['authorization_code'],
      redirectUris: [consoleRedirect],
      scopes: ['openid'],
      audiences: [adminAudience(this.#config)],
    })
  }

  async #events(most: number): Promise<readonly ShownEvent[]> {
    const op = this.#house.operation('test')
    const all: ShownEvent[] = []
    let cursor: string | undefined
    do {
      const page = await this.#house.audit.list(op, { limit: 200, cursor })
      all.push(...page.items.map((event) => ({ ...event, actor: event.actor.id ?? event.actor.is })))
      cursor = page.next
    } while (cursor !== undefined && all.length < most)
    return all.toReversed()
  }
}

/** A browser without a past. */
export function openVisitor(inject: TestHouse['inject']): TestBrowser {
  const cookies = new Map<string, string>()
  const ask = async (options: InjectOptions): Promise<InjectedResponse> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await inject({ ...options, headers: { ...options.headers, ...(cookie === '' ? {} : { cookie }) } })
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookies,
    open: async (url) => ask({ method: 'GET', url }),
    post: async (url, fields) => ask(form(url, fields, { 'sec-fetch-site': 'same-origin' })),
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function tokenIn(answer: InjectedResponse): string {
  const { access_token: token } = JSON.parse(answer.body) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`no token: ${answer.statusCode} ${answer.body}`)
  return token
}
