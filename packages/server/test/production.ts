/**
 * The product in the shape that `countersign init` gives it, on loopback: a
 * configuration, a root key outside the data, a first administrator by the link.
 * No account is known beforehand and no file tells of one.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { call } from '#remote'
import type { Authority } from './http-certificates.ts'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from './product.ts'
import { Visitor, type Person } from './visitor.ts'

export interface Production {
  readonly product: Product
  readonly folder: string
  readonly port: number
  /** Where the gateway listens; nobody does without an app. */
  readonly gatewayPort: number
  /** The token of the link that makes the first administrator. */
  readonly setupToken: string
  /** Over the socket in the data directory, as the machine's owner. Throws when it is refused. */
  readonly admin: (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, json?: unknown) => Promise<unknown>
}

export interface ProductionWishes {
  /** Answers behind the gateway, at `http://notes.localhost`. Without it there is no gateway. */
  readonly app?: RequestListener
  /** Written over what init wrote. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** The address of a proxy in front, which is believed. */
  readonly proxy?: string
  /** The name under which the server is reached by https, and its authority. Plain http on `localhost` when absent. */
  readonly tls?: { readonly host: string; readonly authority: Authority }
}

/** Runs init and start. Passwords cost the least that is allowed, and the log says everything. */
export async function startProduction({ app, settings, proxy, tls }: ProductionWishes = {}): Promise<Production> {
  const folder = temporaryFolder('production')
  const port = await freePort()
  const gatewayPort = await freePort()
  const upstream = app === undefined ? undefined : await listenAt(app)
  const guarded =
    upstream === undefined
      ? []
      : ['--app', `http://notes.localhost:${gatewayPort}=http://127.0.0.1:${upstream}`, '--gateway-listen', `127.0.0.1:${gatewayPort}`]
  const where = tls === undefined ? ['--issuer', `http://localhost:${port}`] : secured(tls, folder, port)
  const before = proxy === undefined ? [] : ['--tls-ended-by', 'a proxy', '--proxy-address', proxy]
  const made = await countersign(['init', ...where, ...guarded, ...before, '--folder', folder, '--json'])
  if (made.code !== 0) throw new Error(made.err)
  const { link } = JSON.parse(made.out) as { readonly link: string }
  const config = join(folder, 'countersign.yaml')
  const written = parse(readFileSync(config, 'utf8')) as object
  const cheap = { passwords: { memoryKibibytes: 19_456, passes: 1 }, log: { level: 'info' } }
  writeFileSync(config, stringify({ ...written, ...cheap, ...settings }))
  const product = await startProduct(['--config', config])
  return {
    product,
    folder,
    port,
    gatewayPort,
    setupToken: link.slice(link.indexOf('#') + 1),
    admin: async (method, path, json) => {
      const answer = await call(
        { socket: join(product.dataDir, 'admin.sock') },
        { method, path: `/admin/v1${path}`, ...(json === undefined ? {} : { json }) },
      )
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`)
      return answer.json
    },
  }
}

/** The options of init for a server that ends TLS itself, with a certificate that is made here. */
function secured({ host, authority }: NonNullable<ProductionWishes['tls']>, folder: string, port: number): readonly string[] {
  const { certificate, key } = authority.issue({ hosts: [host] })
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const listen = ['--listen', `127.0.0.1:${port}`]
  return ['--issuer', `https://${host}:${port}`, ...listen, '--tls-certificate', certificateFile, '--tls-key', keyFile]
}

/** Spends the link. */
export async function makeAdministrator(
  { product, setupToken }: Pick<Production, 'product' | 'setupToken'>,
  person: Person,
): Promise<void> {
  const answer = await new Visitor(product.issuer).post('/setup', { token: setupToken, ...person })
  if (answer.status !== 200) throw new Error(`the link was refused: ${answer.status}`)
}

/** Gives the role that the starter policies let into the app. */
export async function makeMember({ admin }: Pick<Production, 'admin'>, username: string): Promise<void> {
  const { items } = (await admin('GET', `/users?prefix=${encodeURIComponent(username)}`)) as {
    readonly items: readonly { readonly id: string; readonly username: string }[]
  }
  const person = items.find((one) => one.username === username)
  await admin('PUT', `/users/${person?.id ?? ''}/roles/member`)
}

/** An app on loopback that does not keep the process alive. */
async function listenAt(app: RequestListener): Promise<number> {
  const server = createServer(app)
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
