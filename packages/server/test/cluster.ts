/**
 * Several servers of the product on one real PostgreSQL, joined by nothing but
 * their configuration, each with its gateway; and browsers that may be sent to
 * any of them, as by a balancer.
 *
 * @module
 */

import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { call } from '#remote'
import { createDatabase, type TestDatabase } from './postgres.ts'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from './product.ts'
import { field, type Person } from './visitor.ts'

/** One of the servers. */
export interface Member {
  readonly name: string
  readonly config: string
  readonly dataDir: string
  readonly policies: string
  readonly port: number
  readonly gatewayPort: number
  /** Undefined before it was started. */
  product: Product | undefined
  start(...words: readonly string[]): Promise<Product>
  /** Over its socket, as the machine's owner. Throws when it is refused. */
  admin<Answer>(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, json?: unknown): Promise<Answer>
}

export interface Cluster {
  readonly database: TestDatabase
  readonly env: Readonly<Record<string, string>>
  /** Where browsers think that they are. */
  readonly issuer: string
  readonly app: string
  readonly setupToken: string
  readonly members: readonly [Member, Member, ...Member[]]
  /** Ends all that were started. */
  stop(): Promise<void>
}

export interface ClusterWishes {
  readonly database?: TestDatabase
  /** Written over what init wrote, for each of them. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly app?: RequestListener
  /** The ports that browsers know are a balancer's, and none of the servers'. */
  readonly balanced?: true
}

/** Makes the database and the configurations of two servers; starts none. */
export async function makeCluster(wishes: ClusterWishes = {}): Promise<Cluster> {
  const database = wishes.database ?? (await createDatabase())
  const env = { COUNTERSIGN_DATABASE_URL: database.url }
  const folder = temporaryFolder('cluster')
  const upstream = await listenAt(wishes.app ?? ((_request, response) => response.end('the app')))
  const [port, gatewayPort] = [await freePort(), await freePort()]
  const [issuer, app] = [`http://localhost:${port}`, `http://app.localhost:${gatewayPort}`]
  const guarded = ['--app', `${app}=http://127.0.0.1:${upstream}`, '--gateway-listen', `127.0.0.1:${gatewayPort}`]
  const made = await countersign(['init', '--issuer', issuer, ...guarded, '--folder', folder, '--json'], '', env)
  if (made.code !== 0) throw new Error(made.err)
  const { link } = JSON.parse(made.out) as { readonly link: string }
  const written = parse(readFileSync(join(folder, 'countersign.yaml'), 'utf8')) as { gateway: object }
  const member = async (name: string, ports: { port: number; gatewayPort: number }): Promise<Member> => {
    const own = join(folder, name)
    mkdirSync(own)
    cpSync(join(folder, 'policies'), join(own, 'policies'), { recursive: true })
    const config = join(own, 'countersign.yaml')
    const settings = {
      ...written,
      dataDirectory: join(own, 'data'),
      rootKeyFile: join(folder, 'root.key'),
      listen: { host: '127.0.0.1', port: ports.port },
      gateway: { ...written.gateway, listen: { host: '127.0.0.1', port: ports.gatewayPort } },
      passwords: { memoryKibibytes: 19_456, passes: 1 },
      limits: generous,
      // What the referee says is not asked here.
      referee: { questions: 50 },
      log: { level: 'info' },
      ...wishes.settings,
    }
    writeFileSync(config, stringify(settings, { aliasDuplicateObjects: false }))
    const made: Member = {
      name,
      config,
      dataDir: join(own, 'data'),
      policies: join(own, 'policies', 'app'),
      ...ports,
      product: undefined,
      start: async (...words) => {
        made.product = await startProduct(['--config', config, ...words], env)
        return made.product
      },
      admin: async (method, path, json) => adminCall(join(own, 'data', 'admin.sock'), method, path, json),
    }
    return made
  }
  const members = [
    await member('one', wishes.balanced === true ? { port: await freePort(), gatewayPort: await freePort() } : { port, gatewayPort }),
    await member('other', { port: await freePort(), gatewayPort: await freePort() }),
  ] as const
  return {
    database,
    env,
    issuer,
    app,
    setupToken: link.slice(link.indexOf('#') + 1),
    members: [...members],
    stop: async () => void (await Promise.all(members.map(async ({ product }) => product?.stop()))),
  }
}

/** Makes and starts two servers, both at once. */
export async function startCluster(wishes: ClusterWishes = {}): Promise<Cluster> {
  const cluster = await makeCluster(wishes)
  await Promise.all(cluster.members.map(async (member) => member.start()))
  return cluster
}

/** These tests ask about servers and not about limits. */
const rate = { burst: 1_000_000, perSecond: 1_000_000 }
const both = { address: rate, principal: rate }
const generous = {
  classes: { page: both, 'sign-in': both, token: both, api: both, admin: both, metadata: both },
  guesses: { accountFromNetwork: rate, accountFromKnownBrowser: rate, account: rate, network: rate },
}

async function adminCall<Answer>(
  socket: string,
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  json?: unknown,
): Promise<Answer> {
  const asked = { method, path: `/admin/v1${path}`, ...(json === undefined ? {} : { json }) }
  const ifMatch = method === 'PATCH' ? (await call({ socket }, { ...asked, method: 'GET', json: undefined })).etag : undefined
  const answer = await call({ socket }, { ...asked, ifMatch })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`)
  return answer.json as Answer
}

export interface Reached {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Asks a port on loopback for a URL, whatever host and port that names: what a balancer does. */
export async function reach(
  port: number,
  url: URL,
  asked: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<Reached> {
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers, host: url.host, connection: 'close' }
    const sent = request({ host: '127.0.0.1', port, path: url.pathname + url.search, method: asked.method ?? 'GET', headers }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (body += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(asked.body)
  })
}

/** A browser with one jar of cookies, which may be sent to any of the servers. */
export class Roamer {
  readonly #cluster: Cluster
  readonly #jars = new Map<string, Map<string, string>>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** One request, at one server. */
  async send(
    at: Member,
    to: string | URL,
    form?: Readonly<Record<string, string>>,
  ): Promise<Reached & { readonly location: URL | undefined }> {
    const url = new URL(to, this.#cluster.issuer)
    const jar = this.#jars.get(url.hostname) ?? new Map<string, string>()
    this.#jars.set(url.hostname, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await reach(url.origin === this.#cluster.app ? at.gatewayPort : at.port, url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': form === undefined ? 'none' : 'same-origin',
        ...(cookie === '' ? {} : { cookie }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (/max-age=0(;|$)/i.test(line)) jar.delete(name)
      else jar.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    const { location } = answer.headers
    return { ...answer, location: location === undefined ? undefined : new URL(location, url) }
  }

  /** Opens an address, signs in where that is asked for, and is where it wanted to go. Each step may be sent elsewhere. */
  async open(next: () => Member, url: string, person?: Person): Promise<Reached> {
    let step = await this.send(next(), url)
    for (let turn = 0; turn < 12; turn += 1) {
      if (step.location !== undefined && ![this.#cluster.app, this.#cluster.issuer].includes(step.location.origin)) return step
      if (step.location !== undefined) step = await this.send(next(), step.location)
      else if (person !== undefined && step.body.includes('name="password"'))
        step = await this.send(next(), '/sign-in', {
          state: field(step.body, 'state'),
          username: person.username,
          password: person.password,
        })
      else if (step.body.includes('value="allow"'))
        step = await this.send(next(), '/consent', { state: field(step.body, 'state'), decision: 'allow' })
      else return step
    }
    throw new Error(`the walk did not end: ${step.status}`)
  }
}

/** The token endpoint of one server. */
export async function tokenAt(
  { issuer }: Cluster,
  { port }: Member,
  form: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly [name: string]: unknown }> {
  const answer = await reach(port, new URL('/token', issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  return { ...(JSON.parse(answer.body) as object), status: answer.status }
}

/** The refresh token of somebody who signs in at one server, for the client of {@link webClient}. */
export async function refreshTokenAt(cluster: Cluster, at: Member, person: Person, redirectUri: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const client = { client_id: 'web', redirect_uri: redirectUri }
  const asked = new URLSearchParams({
    ...client,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { headers } = await new Roamer(cluster).open(() => at, `${cluster.issuer}/authorize?${asked}`, person)
  const code = new URL(headers.location ?? '').searchParams.get('code') ?? ''
  const tokens = await tokenAt(cluster, at, { ...client, grant_type: 'authorization_code', code, code_verifier: verifier })
  return String(tokens['refresh_token'])
}

async function listenAt(app: RequestListener): Promise<number> {
  const server = createServer(app)
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A public client for code and refresh, as settings have it. */
export function webClient(redirectUri: string): object {
  return {
    clientId: 'web',
    name: 'Web',
    kind: 'public',
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access'],
  }
}
