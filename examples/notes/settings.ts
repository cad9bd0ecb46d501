/**
 * How both programs are told their settings: one line of JSON on standard input,
 * since arguments and the environment can be read by others. A program ends when
 * that input ends, so that it never outlives whoever started it.
 *
 * @module
 */

import { createInterface } from 'node:readline'

interface Listen {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** What both are told. */
interface Common {
  /** Countersign's identity server, as its metadata spells it. */
  readonly issuer: string
  /** How browsers reach Notes, through the gateway: scheme, host and port. */
  readonly publicOrigin: string
  readonly listen: Listen
  /** The `aud` of access tokens for the API of Notes. */
  readonly audience: string
}

export interface ApiSettings extends Common {
  /** Where the notes are kept. */
  readonly dataDir: string
}

export interface AppSettings extends Common {
  readonly apiUrl: string
  readonly client_id: string
  readonly client_secret: string
}

const common = ['issuer', 'publicOrigin', 'audience'] as const

export async function readApiSettings(): Promise<ApiSettings> {
  return (await readSettings([...common, 'dataDir'])) as ApiSettings
}

export async function readAppSettings(): Promise<AppSettings> {
  return (await readSettings([...common, 'apiUrl', 'client_id', 'client_secret'])) as AppSettings
}

/** Tells whoever started this program that it is ready, and where. */
export function sayReady(port: number): void {
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`)
}

async function readSettings(texts: readonly string[]): Promise<unknown> {
  const lines = createInterface({ input: process.stdin })
  lines.once('close', () => process.exit(0))
  const line = await new Promise<string>((resolve) => lines.once('line', resolve))
  const said: unknown = JSON.parse(line)
  if (typeof said !== 'object' || said === null) throw new Error('the settings are one JSON object')
  const settings = { listen: { host: '127.0.0.1', port: 0 }, ...said } as Readonly<Record<string, unknown>>
  for (const name of texts) if (typeof settings[name] !== 'string') throw new Error(`the setting ${name} is missing`)
  return settings
}
