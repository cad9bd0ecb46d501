/**
 * The product as the clients of others meet it: a server in its production shape,
 * one person, and whatever clients a test registers.
 *
 * @module
 */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tls from 'node:tls'
import { makeAuthority } from './http-certificates.ts'
import { temporaryFolder } from './product.ts'
import { startProduction, type Production, type ProductionWishes } from './production.ts'
import type { Person } from './visitor.ts'

/** A client that is registered, with the secret that it was given. */
export interface Registered {
  readonly client_id: string
  readonly client_secret?: string | undefined
}

export interface ClientHouse {
  readonly issuer: URL
  readonly person: Person
  /** Registers a client for codes and refresh, confidential where nothing else is said. */
  register(clientId: string, more: object): Promise<Registered>
  readonly stop: () => Promise<unknown>
}

export const clientScope = 'openid profile email offline_access'

/** Over plain http on `localhost` where nothing else is wished. */
export async function openClientHouse(wishes: Pick<ProductionWishes, 'tls'> = {}): Promise<ClientHouse> {
  const { product, admin } = await startProduction(wishes)
  const person = { username: 'alice', password: 'a long enough passphrase of the libraries' }
  await admin('POST', '/users', { ...person, name: 'Alice Moreau', email: 'alice@example.com' })
  const codes = { kind: 'confidential', grantTypes: ['authorization_code', 'refresh_token'], scopes: clientScope.split(' ') }
  return {
    issuer: new URL(product.issuer),
    person,
    register: async (clientId, more) => registerClient({ admin }, clientId, { ...codes, ...more }),
    stop: async () => product.stop(),
  }
}

/** Over https on `localhost`. This process trusts the authority; other programs read it from the file. */
export async function openSecureHouse(): Promise<ClientHouse & { readonly authorityFile: string }> {
  const authority = makeAuthority()
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), authority.certificate])
  const folder = temporaryFolder('authority')
  // Servers that root starts read it as somebody else.
  chmodSync(folder, 0o755)
  const authorityFile = join(folder, 'ca.pem')
  writeFileSync(authorityFile, authority.certificate)
  return { ...(await openClientHouse({ tls: { host: 'localhost', authority } })), authorityFile }
}

/** Over the admin API. */
export async function registerClient({ admin }: Pick<Production, 'admin'>, clientId: string, more: object): Promise<Registered> {
  const { secret } = (await admin('POST', '/clients', { clientId, name: clientId, ...more })) as { readonly secret?: string }
  return { client_id: clientId, client_secret: secret }
}
