/**
 * What both programs are told, and what they refuse to be told.
 *
 * INVARIANT (only through the gateway): they listen on loopback and nowhere else.
 * Whoever could reach them past the gateway would meet checks of their own, but
 * no rate limits, no TLS and no record.
 *
 * @module
 */

interface Listen {
  /** An address of this machine's loopback. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** What both are told. */
export interface Settings {
  /** Countersign's identity server, as its metadata spells it. */
  readonly issuer: string
  /** How browsers reach Notes, through the gateway: scheme, host and port. */
  readonly publicOrigin: string
  readonly listen: Listen
  /** The `aud` of access tokens for the API of Notes. */
  readonly audience: string
}

export interface ApiSettings extends Settings {
  /** Where the notes are kept. */
  readonly dataDir: string
}

export interface AppSettings extends Settings {
  readonly apiUrl: string
  readonly client_id: string
  readonly client_secret: string
}

/** Settings with which a program cannot start. The message is one sentence, and holds no value: one of them is a secret. */
export class SettingsMistake extends Error {
  override readonly name = 'SettingsMistake'
}

const common = ['issuer', 'publicOrigin', 'audience'] as const

/** Throws SettingsMistake. */
export function readApiSettings(line: string): ApiSettings {
  return read(line, [...common, 'dataDir']) as unknown as ApiSettings
}

/** Throws SettingsMistake. */
export function readAppSettings(line: string): AppSettings {
  const settings = read(line, [...common, 'apiUrl', 'client_id', 'client_secret']) as unknown as AppSettings
  // The app sends people's tokens there.
  if (!isLoopbackHttp(settings.apiUrl)) throw new SettingsMistake('The setting apiUrl is an http address of this machine.')
  return settings
}

/** Whether an address is plain http that does not leave this machine (RFC 8252 section 8.3, RFC 6761 section 6.3). */
export function isLoopbackHttp(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'http:' && /^(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost)$/.test(url.hostname)
}

function read(line: string, texts: readonly string[]): Readonly<Record<string, unknown>> {
  const said = readObject(line)
  if (said === undefined) throw new SettingsMistake('The settings are one line that holds a JSON object.')
  const settings = { ...said, listen: readListen(said['listen']) } as Readonly<Record<string, unknown>>
  for (const name of texts) {
    if (typeof settings[name] !== 'string' || settings[name] === '') throw new SettingsMistake(`The setting ${name} is missing.`)
  }
  const { issuer, publicOrigin } = settings as unknown as Settings
  if (!isLoopbackHttp(issuer) && URL.parse(issuer)?.protocol !== 'https:') {
    throw new SettingsMistake('The setting issuer is an https address, or an http address of this machine.')
  }
  if (URL.parse(publicOrigin)?.origin !== publicOrigin) {
    throw new SettingsMistake('The setting publicOrigin is a scheme, a host and a port, and nothing else.')
  }
  return settings
}

function readListen(value: unknown): Listen {
  const { host, port } = { host: '127.0.0.1', port: 0, ...(typeof value === 'object' ? value : {}) } as Readonly<Record<string, unknown>>
  if (host !== '127.0.0.1' && host !== '::1') {
    throw new SettingsMistake('Notes listens on 127.0.0.1 or ::1 only, because people reach it through the gateway.')
  }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SettingsMistake('The setting listen.port is a number from 0 to 65535.')
  }
  return { host, port }
}

function readObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
