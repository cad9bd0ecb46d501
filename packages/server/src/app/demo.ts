/**
 * The demo: one folder with a whole example in it. It binds loopback only, its
 * data is stamped so that production refuses it, and its passwords are printed.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Identity } from '#identity'
import { Refusal, Secret, type Operation } from '#kernel'
import type { Clients } from '#oauth'
import { readConfig, type Config } from './config.ts'
import type { DemoAccount, DemoFile, DemoPorts } from './demo-file.ts'
import { StartMistake } from './mistake.ts'

export interface DemoPlaces extends DemoPorts {
  readonly dataDirectory: string
}

/** Where the example app lives; it is in the repository and not in the published package. */
const notes = fileURLToPath(new URL('../../../../examples/notes/', import.meta.url))

/** The programs of the example. Throws a {@link StartMistake} where they are not. */
export function demoPrograms(): { readonly api: string; readonly app: string } {
  if (!existsSync(notes))
    throw new StartMistake('The demo needs the repository, because the Notes app is part of it. Use countersign init here.')
  return { api: join(notes, 'api.ts'), app: join(notes, 'app.ts') }
}

/** The configuration that a file would hold, without the app's address, which is known once the app runs. */
export function demoConfig({ port, gatewayPort, dataDirectory }: DemoPlaces, appPort: number): Config {
  const data = resolve(dataDirectory)
  const origin = `http://notes.localhost:${gatewayPort}`
  const settings = {
    version: 1,
    issuer: `http://localhost:${port}`,
    dataDirectory: data,
    rootKeyFile: join(data, 'root.key'),
    listen: { host: 'localhost', port },
    policies: { notes: join(notes, 'policies') },
    scopes: { 'notes:read': 'Read notes in your name', 'notes:write': 'Write and delete notes in your name' },
    gateway: {
      listen: { host: 'localhost', port: gatewayPort },
      hosts: [
        {
          origin,
          name: 'Notes',
          policyStore: 'notes',
          upstream: `http://127.0.0.1:${appPort}`,
          audience: origin,
          tellName: true,
          routes: demoRoutes,
        },
      ],
    },
  }
  return readConfig(JSON.stringify(settings), data, {}, { unsafelyAllowKeyBesideData: true })
}

const collection = { type: 'Collection', id: 'notes' }

/** What Notes lets whom do, by path. Everything else is refused. */
const demoRoutes = [
  { path: '/assets/*', methods: ['GET'], open: 'anyone' },
  { path: '/*', methods: ['GET'], action: 'read', resource: collection },
  { path: '/notes', methods: ['GET'], action: 'read', resource: collection },
  { path: '/notes', methods: ['POST'], action: 'write', resource: collection },
  { path: '/notes/*', methods: ['POST', 'DELETE'], action: 'delete', resource: collection },
]

/** Makes the accounts that are not there yet. */
export async function ensureAccounts(op: Operation, identity: Identity, accounts: readonly DemoAccount[]): Promise<void> {
  for (const { username, name, password, roles } of accounts) {
    try {
      await identity.createUser(op, { username, name, password, email: `${username}@example.com`, emailVerified: true, roles })
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'identity.username_taken') throw error
    }
  }
}

/** A client as `--json` shows it, in the words of RFC 7591. */
export interface ShownClient {
  readonly client_id: string
  readonly client_secret?: string
  readonly redirect_uris?: readonly string[]
}

/** RFC 8252 section 7.3: the port of a loopback address is the client's to choose. */
const loopbackRedirects = ['http://127.0.0.1/callback', 'http://[::1]/callback']

/** Registers the demo's clients and shows those that are for whoever tries things out. */
export async function ensureClients(op: Operation, clients: Clients, config: Config, secrets: DemoFile): Promise<readonly ShownClient[]> {
  const secret = (name: keyof DemoFile['clientSecrets']): { readonly secret: Secret<string> } => ({
    secret: new Secret(secrets.clientSecrets[name]),
  })
  const scopes = ['openid', 'profile', 'email', 'offline_access']
  const codes = ['authorization_code', 'refresh_token'] as const
  const api = notesApi(config)
  await clients.ensure(op, {
    clientId: 'demo-service',
    name: 'Demo service',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    scopes: ['notes:read'],
    audiences: [api],
    ...secret('demo-service'),
  })
  await clients.ensure(op, {
    clientId: 'demo-admin',
    name: 'Demo administration',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    audiences: [adminAudience(config)],
    accessTokenSeconds: 3600,
    ...secret('demo-admin'),
  })
  await clients.ensure(op, {
    clientId: 'demo-web',
    name: 'Demo web app',
    kind: 'confidential',
    grantTypes: codes,
    redirectUris: loopbackRedirects,
    scopes,
    audiences: [api],
    ...secret('demo-web'),
  })
  await clients.ensure(op, {
    clientId: 'notes',
    name: 'Notes',
    kind: 'confidential',
    grantTypes: codes,
    redirectUris: [`${notesOrigin(config)}/oidc/callback`],
    scopes: ['openid', 'profile', 'notes:read', 'notes:write'],
    audiences: [api],
    ...secret('notes'),
  })
  await clients.ensure(op, {
    clientId: 'demo-native',
    name: 'Demo native app',
    kind: 'public',
    grantTypes: codes,
    redirectUris: loopbackRedirects,
    scopes,
    audiences: [api],
  })
  return [
    { client_id: 'demo-service', client_secret: secrets.clientSecrets['demo-service'] },
    { client_id: 'demo-web', client_secret: secrets.clientSecrets['demo-web'], redirect_uris: loopbackRedirects },
    { client_id: 'demo-native', redirect_uris: loopbackRedirects },
  ]
}

/** The audience of tokens for the admin API. */
export function adminAudience(config: Pick<Config, 'issuer'>): string {
  return `${config.issuer}/admin`
}

/** The audience of tokens for the API of Notes. */
export function notesApi(config: Pick<Config, 'gateway'>): string {
  return `${notesOrigin(config)}/api`
}

function notesOrigin({ gateway }: Pick<Config, 'gateway'>): string {
  return gateway?.hosts[0]?.origin ?? ''
}
