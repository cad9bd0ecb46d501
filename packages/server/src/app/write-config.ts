/**
 * The configuration that `countersign init` writes, from what was asked for.
 *
 * @module
 */

import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { StartMistake } from './mistake.ts'
import type { ListenerSettings, Settings } from './settings.ts'

/** What `init` was asked for, as typed. */
export interface Asked {
  readonly issuer: string
  readonly dataDirectory: string
  readonly rootKeyFile: string
  readonly listen: string | undefined
  readonly tlsCertificate: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsEndedBy: string | undefined
  readonly proxyAddresses: readonly string[]
  readonly app: string | undefined
  readonly gatewayListen: string | undefined
  readonly policies: string | undefined
}

/** The settings that the words mean. The shape and the sense are checked by reading the file back. */
export function settingsFor(asked: Asked): Settings {
  const tls = tlsFor(asked)
  const listen = { ...readListen(asked.listen ?? defaultListen(asked), 'listen'), ...tls }
  const app = asked.app === undefined ? undefined : readApp(asked.app)
  if (app === undefined && asked.gatewayListen !== undefined)
    throw new StartMistake('--gateway-listen is for a gateway: say which --app it guards.')
  if (app === undefined && asked.policies !== undefined) throw new StartMistake('--policies are those of an app: say which --app.')
  return {
    version: 1,
    issuer: asked.issuer,
    dataDirectory: asked.dataDirectory,
    rootKeyFile: asked.rootKeyFile,
    listen,
    ...(app === undefined
      ? {}
      : {
          gateway: {
            listen: { ...readListen(asked.gatewayListen ?? '127.0.0.1:9001', 'gateway-listen'), ...tls },
            hosts: [
              {
                ...app,
                policyStore: 'app',
                routes: [{ path: '/*', action: 'use', resource: { type: 'App', id: 'app' } }],
              },
            ],
          },
        }),
    ...(asked.policies === undefined ? {} : { policies: { app: asked.policies } }),
  }
}

/** `https://notes.example.com=http://127.0.0.1:3000`, named by the first label of its host. */
function readApp(text: string): { origin: string; name: string; upstream: string } {
  const [origin = '', upstream = '', ...rest] = text.split('=')
  const url = URL.parse(origin)
  if (url === null || URL.parse(upstream) === null || rest.length > 0)
    throw new StartMistake('--app must be ORIGIN=UPSTREAM, two addresses.')
  return { origin, name: url.hostname.split('.')[0] ?? 'app', upstream }
}

function tlsFor(asked: Asked): Pick<ListenerSettings, 'tls' | 'tlsEndedBy'> {
  const { tlsCertificate, tlsKey, tlsEndedBy, proxyAddresses } = asked
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) throw new StartMistake('--tls-certificate and --tls-key go together.')
  if (tlsEndedBy === undefined && proxyAddresses.length > 0)
    throw new StartMistake('--proxy-address is for a proxy that ends TLS: name it with --tls-ended-by.')
  if (tlsEndedBy !== undefined && tlsKey !== undefined)
    throw new StartMistake('TLS is ended here (--tls-key) or by a proxy (--tls-ended-by), not by both.')
  if (tlsCertificate !== undefined && tlsKey !== undefined) return { tls: { certificateFile: tlsCertificate, keyFile: tlsKey } }
  if (tlsEndedBy !== undefined)
    return { tlsEndedBy: { name: tlsEndedBy, addresses: proxyAddresses.length === 0 ? ['127.0.0.1'] : proxyAddresses } }
  return {}
}

function defaultListen({ issuer }: Asked): string {
  const url = URL.parse(issuer)
  return url === null || url.port === '' ? '127.0.0.1:9000' : `127.0.0.1:${url.port}`
}

function readListen(text: string, option: string): { host: string; port: number } {
  const match = /^(\[[0-9a-f:]+\]|[^:]+):(\d{1,5})$/i.exec(text)
  if (match === null) throw new StartMistake(`--${option} must be HOST:PORT.`)
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) }
}

/** Writes a file that must not exist yet, durably. */
export function writeNew(path: string, text: string, mode: number): void {
  const handle = openNew(path, mode)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function openNew(path: string, mode: number): number {
  const folder = dirname(path)
  let made = false
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    made = true
    return openSync(path, 'wx', mode)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    // A file where the folder should be answers with the same word.
    if (made && error.code === 'EEXIST') throw new StartMistake(`${path} exists already, and init never overwrites.`, { cause: error })
    throw new StartMistake(`${path} cannot be written (${String(error.code)}).`, { cause: error })
  }
}

/** The file's text, with a word about what it is. */
export function configText(settings: Settings): string {
  return `# Countersign. Every setting: docs/reference/settings.md. A variable such as COUNTERSIGN_LISTEN_PORT overrides one.\n${stringify(settings, { aliasDuplicateObjects: false })}`
}
