/**
 * Starting the demo: where it is, who is in it, and what it says.
 *
 * @module
 */

import { join, resolve } from 'node:path'
import { findFreePort, listen, rawRefusals, securityHeaders } from '#http'
import { readClientIdentifier } from '#kernel'
import { startChild, type Child } from './children.ts'
import type { House } from './compose.ts'
import type { Config } from './config.ts'
import { demoConfig, demoPrograms, ensureAccounts, ensureClients, notesApi, type ShownClient } from './demo.ts'
import { findDemo, makeDemo, type DemoFile, type DemoPorts } from './demo-file.ts'
import { ownerRole } from './house-setup.ts'
import { createLog } from './log.ts'
import { StartMistake } from './mistake.ts'
import type { Words } from './words.ts'

export interface DemoAsked {
  readonly config: string | undefined
  readonly port: number | undefined
  readonly gatewayPort: number | undefined
  readonly dataDirectory: string | undefined
  readonly serverOnly: boolean
  readonly newInstance: boolean
}

export interface DemoParts {
  readonly config: Config
  /** Makes accounts and clients. */
  furnish(house: House): Promise<void>
  say(print: Words, house: House, serverOnly: boolean): Promise<void>
  stop(): Promise<void>
}

/** Chooses ports, makes the folder, starts the Notes app and its API. The server starts between {@link DemoParts}' calls. */
export async function startDemoParts(asked: DemoAsked): Promise<DemoParts> {
  if (asked.config !== undefined) throw new StartMistake('--demo brings its own configuration; leave --config out.')
  if (asked.newInstance) throw new StartMistake('--new-instance is for production; a demo without data is a new one.')
  const programs = demoPrograms()
  const data = resolve(asked.dataDirectory ?? 'data')
  const known = findDemo(data)
  const ports = await choosePorts(asked, known?.ports)
  if (known === undefined) await checkFree(asked.serverOnly ? [ports.port] : [ports.port, ports.gatewayPort])
  const secrets = known ?? makeDemo(data, ports)
  const places = { ...ports, dataDirectory: data }
  const children: Child[] = []
  const stop = async (): Promise<void> => void (await Promise.all(children.map(async (child) => child.stop(graceMs))))
  try {
    const appPort = asked.serverOnly ? nobodyListens : await startNotes(demoConfig(places, nobodyListens), programs, secrets, children)
    const config = demoConfig(places, appPort)
    let shown: readonly ShownClient[] = []
    return {
      config,
      stop,
      furnish: async (house) => {
        const op = house.operation('demo')
        await ensureAccounts(op, house.identity, secrets.accounts)
        shown = await ensureClients(op, house.clients, config, secrets)
        await giveOwnersRole(house)
      },
      say: async (print, house, serverOnly) => {
        const admin = { apiUrl: `${config.issuer}/admin/v1`, token: await adminToken(house, secrets) }
        const app = config.gateway?.hosts[0]?.origin ?? ''
        const accounts = secrets.accounts.map(({ username, password, roles }) => ({ username, password, roles }))
        const facts = { issuer: config.issuer, app, admin, accounts, clients: shown, pid: process.pid, dataDir: data }
        print.result(facts, () => words(config, app, secrets, serverOnly))
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const demoAdmin = 'demo-admin'
const usualPort = 9000
/** The address that is guarded while no app runs: the discard port, where nobody answers. */
const nobodyListens = 9
const graceMs = 3_000

/** A port that was not named, or that may be any, is the one that this data was made with. */
async function choosePorts(asked: Pick<DemoAsked, 'port' | 'gatewayPort'>, kept: DemoPorts | undefined): Promise<DemoPorts> {
  const choose = async (named: number | undefined, known: number | undefined, usual: number): Promise<number> => {
    if (named !== undefined && named !== 0) return named
    return known ?? (named === 0 ? findFreePort() : usual)
  }
  const port = await choose(asked.port, kept?.port, usualPort)
  if (kept !== undefined && port !== kept.port) {
    throw new StartMistake(
      `This demo was made at port ${kept.port}, which its tokens and links name. Start it with --port ${kept.port}, or give another folder with --data.`,
    )
  }
  const gatewayPort = await choose(asked.gatewayPort, kept?.gatewayPort, usualPort + 1)
  if (gatewayPort === port) throw new StartMistake(`The identity server and the gateway cannot both have port ${port}.`)
  return { port, gatewayPort }
}

/** Before anything is made for them: data is tied to its port, and one that is taken would stay so. */
async function checkFree(ports: readonly number[]): Promise<void> {
  const nobody = { handle: () => {}, rawRefusal: rawRefusals(securityHeaders(false), () => '') }
  for (const port of ports) {
    try {
      const listener = await listen(nobody, { host: 'localhost', port })
      await listener.drain(0)
    } catch (error) {
      if (error instanceof Error)
        throw new StartMistake(`${error.message}. Choose others with --port and --gateway-port.`, { cause: error })
      throw error
    }
  }
}

/** Starts the API, then the app that calls it. Returns the app's port. */
async function startNotes(
  config: Config,
  programs: ReturnType<typeof demoPrograms>,
  secrets: DemoFile,
  children: Child[],
): Promise<number> {
  const log = createLog('warn', 'demo')
  const publicOrigin = config.gateway?.hosts[0]?.origin ?? ''
  const listen = { host: '127.0.0.1', port: 0 }
  const shared = { issuer: config.issuer, publicOrigin, listen, audience: notesApi(config) }
  const api = await startChild('Notes API', [programs.api], { ...shared, dataDir: join(config.dataDirectory, 'notes') }, log)
  children.push(api)
  const apiUrl = `http://127.0.0.1:${portOf(api)}`
  const app = await startChild(
    'Notes app',
    [programs.app],
    { ...shared, apiUrl, client_id: 'notes', client_secret: secrets.clientSecrets.notes },
    log,
  )
  children.push(app)
  return portOf(app)
}

function portOf({ name, ready }: Child): number {
  const { port } = ready
  if (typeof port !== 'number') throw new StartMistake(`The ${name} did not say where it listens.`)
  return port
}

/** The client whose token scripts administer with. */
async function giveOwnersRole({ identity, clients, operation }: House): Promise<void> {
  const op = operation('demo')
  const name = readClientIdentifier(demoAdmin)
  const known = name && (await clients.find(op, name))
  if (known !== undefined) await identity.assignRole(op, { to: known.client.id, role: ownerRole })
}

/** Asks our own token endpoint, as a script would. */
async function adminToken({ server }: House, secrets: DemoFile): Promise<string> {
  const basic = Buffer.from(`${demoAdmin}:${secrets.clientSecrets['demo-admin']}`).toString('base64')
  const answer = await server.inject({
    method: 'POST',
    url: '/token',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=client_credentials',
  })
  const { access_token: token } = JSON.parse(answer.payload) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`the demo was refused a token (${answer.statusCode})`)
  return token
}

function words(config: Config, app: string, { accounts }: DemoFile, serverOnly: boolean): readonly string[] {
  const width = Math.max(...accounts.map(({ username }) => username.length))
  return [
    'Countersign is ready. This is the demo: everything in it is for trying out, on this machine alone.',
    '',
    ...(serverOnly ? [] : [`  Notes, guarded by the gateway   ${app}`]),
    `  Identity server                 ${config.issuer}`,
    '',
    ...accounts.map(({ username, password, roles }) => `  ${username.padEnd(width)}   ${password}   ${roles.join(', ')}`),
    '',
    `The accounts are kept in ${join(config.dataDirectory, 'demo.json')}. End with Ctrl-C.`,
  ]
}
