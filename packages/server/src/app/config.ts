/**
 * Reads the whole configuration once, before anything starts.
 *
 * It reports every mistake at once with its path, refuses settings it does not
 * know, and returns a frozen value. The file comes first; a variable named
 * after the path (`COUNTERSIGN_LISTEN_PORT` for `listen.port`) overrides it.
 *
 * @module
 */

import { Ajv, type ErrorObject } from 'ajv'
import { readFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { isNetwork } from '#http'
import { isLoopback, type Environment } from '#kernel'
import { mappingMistakes, mistakesInDetailTypes } from '#oauth'
import { Value } from 'typebox/value'
import { parse, YAMLParseError } from 'yaml'
import { originMistakes } from './origin-mistakes.ts'
import { settingsSchema, type ListenerSettings, type MetricsSettings, type RedisSettings, type Settings } from './settings.ts'

/** Says everything that is wrong with the configuration, one mistake a line. */
export class ConfigMistakes extends Error {
  override readonly name = 'ConfigMistakes'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`,
    )
    this.mistakes = mistakes
  }
}

/** The configuration: settings whose paths are absolute and whose parts agree with each other. */
export interface Config extends Settings {
  readonly issuerUrl: URL
}

/** Reads a configuration file. Throws {@link ConfigMistakes}. */
export function readConfigFile(path: string, env: Environment): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigMistakes([`${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`])
  }
  return readConfig(text, dirname(resolve(path)), env)
}

/** What a configuration may be excused from. */
export interface Excuses {
  /** The demo keeps its root key beside its data, so that one folder is all there is. Its stamp keeps production away from it. */
  readonly unsafelyAllowKeyBesideData?: true
}

/** Reads a configuration from its text. `folder` is what relative paths start from. */
export function readConfig(text: string, folder: string, env: Environment, excuses: Excuses = {}): Config {
  const said = readYaml(text)
  const overrides = applyEnvironment(said, env)
  const settings = checkShape(said, overrides)
  const config = { ...withAbsolutePaths(settings, folder), issuerUrl: new URL(settings.issuer) }
  const mistakes = disagreements(config, excuses)
  if (mistakes.length > 0) throw new ConfigMistakes(mistakes)
  return deepFreeze(config)
}

/** Throws {@link ConfigMistakes}. */
export function readYaml(text: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text, { uniqueKeys: true, maxAliasCount: 0, version: '1.2' })
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    if (error instanceof ReferenceError)
      throw new ConfigMistakes(['anchors and aliases (&name, *name) are not read; write the value again'])
    if (error instanceof YAMLParseError) throw new ConfigMistakes([`the file is not YAML: ${error.message.split('\n')[0] ?? ''}`])
    throw error
  }
  throw new ConfigMistakes(['the file is not a list of settings'])
}

/** Every setting that is one value, by the name of the variable that overrides it. */
export const variables: ReadonlyMap<string, readonly string[]> = new Map(leaves(settingsSchema, []))

function leaves(schema: unknown, path: readonly string[]): [string, readonly string[]][] {
  const { type, properties } = schema as { type?: string; properties?: Record<string, unknown> }
  if (type === 'object' && properties !== undefined)
    return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, [...path, name]))
  if (type === 'object' || type === 'array') return []
  return [[`COUNTERSIGN_${path.map((word) => word.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`, path]]
}

/** Variables that are ours but no settings. */
const notSettings = new Set([
  'COUNTERSIGN_CONFIG',
  'COUNTERSIGN_SKIP_NOTHING',
  'COUNTERSIGN_SERVER',
  'COUNTERSIGN_TOKEN',
  'COUNTERSIGN_CLIENT_ID',
  'COUNTERSIGN_KEY_FILE',
])

function applyEnvironment(said: Record<string, unknown>, env: Environment): readonly string[] {
  const mistakes: string[] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('COUNTERSIGN_') || notSettings.has(name) || text === undefined) continue
    const path = variables.get(name)
    if (path === undefined) mistakes.push(`${name} is not a setting`)
    else setAt(said, path, /^(0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : text)
  }
  return mistakes
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) target[first] = value
  else {
    const inner = target[first]
    if (typeof inner !== 'object' || inner === null) target[first] = {}
    setAt(target[first] as Record<string, unknown>, rest, value)
  }
}

function checkShape(said: Record<string, unknown>, already: readonly string[]): Settings {
  const value: unknown = said
  const mistakes = [...already]
  if (typeof said['issuer'] === 'string' && !isIssuer(said['issuer'])) {
    mistakes.push('issuer must be an https URL without query, fragment or final slash, or http on loopback')
  }
  if (!Value.Check(settingsSchema, value)) mistakes.push(...shapeMistakes(value))
  if (mistakes.length > 0) throw new ConfigMistakes(mistakes)
  return value as Settings
}

/** What is wrong, in words. Compiling the schema for that takes longer than everything else that reads a configuration, so only a wrong one pays for it. */
function shapeMistakes(value: unknown): readonly string[] {
  const hasShape = new Ajv({ allErrors: true, strict: false, coerceTypes: false }).compile(settingsSchema)
  hasShape(value)
  const mistakes = new Set((hasShape.errors ?? []).map(inWords))
  return mistakes.size === 0 ? ['the settings do not have the shape of settings'] : [...mistakes]
}

function inWords(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.')
  const at = path === '' ? '' : `${path}: `
  const parameters = error.params as { additionalProperty?: string; missingProperty?: string }
  if (parameters.additionalProperty !== undefined)
    return `${path === '' ? '' : `${path}.`}${parameters.additionalProperty} is not a setting`
  if (parameters.missingProperty !== undefined) return `${path === '' ? '' : `${path}.`}${parameters.missingProperty} is missing`
  return `${at}${error.message ?? 'is wrong'}`
}

/** https, or http on a loopback name (OAUTH-6). No query and no fragment, RFC 8414 section 2. */
function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || text.endsWith('/')) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function withAbsolutePaths(settings: Settings, folder: string): Settings {
  const from = (path: string): string => resolve(folder, path)
  const listening = (listen: ListenerSettings): ListenerSettings =>
    listen.tls === undefined
      ? listen
      : { ...listen, tls: { certificateFile: from(listen.tls.certificateFile), keyFile: from(listen.tls.keyFile) } }
  const metricsFrom = ({ listen, gatewayListen, tokenFile }: MetricsSettings): MetricsSettings => ({
    listen: listening(listen),
    ...(gatewayListen === undefined ? {} : { gatewayListen: listening(gatewayListen) }),
    ...(tokenFile === undefined ? {} : { tokenFile: from(tokenFile) }),
  })
  return {
    ...settings,
    dataDirectory: from(settings.dataDirectory),
    rootKeyFile: from(settings.rootKeyFile),
    ...(settings.database === undefined ? {} : { database: withAbsoluteCa(settings.database, from) }),
    listen: listening(settings.listen),
    ...(settings.gateway === undefined ? {} : { gateway: { ...settings.gateway, listen: listening(settings.gateway.listen) } }),
    ...(settings.metrics === undefined ? {} : { metrics: metricsFrom(settings.metrics) }),
    ...(settings.limits?.redis === undefined ? {} : { limits: { ...settings.limits, redis: redisFiles(settings.limits.redis, from) } }),
    ...(settings.mtls === undefined
      ? {}
      : {
          mtls: {
            ...settings.mtls,
            listen: listening(settings.mtls.listen),
            ...(settings.mtls.authoritiesFile === undefined ? {} : { authoritiesFile: from(settings.mtls.authoritiesFile) }),
          },
        }),
    ...(settings.outbound?.caFile === undefined ? {} : { outbound: { ...settings.outbound, caFile: from(settings.outbound.caFile) } }),
    ...(settings.policies === undefined
      ? {}
      : { policies: Object.fromEntries(Object.entries(settings.policies).map(([name, path]) => [name, from(path)])) }),
    ...(settings.clients === undefined
      ? {}
      : {
          clients: settings.clients.map((client) =>
            client.secretFile === undefined ? client : { ...client, secretFile: from(client.secretFile) },
          ),
        }),
  }
}

function redisFiles(redis: RedisSettings, from: (path: string) => string): RedisSettings {
  const { passwordFile, caFile } = redis
  return {
    ...redis,
    ...(passwordFile === undefined ? {} : { passwordFile: from(passwordFile) }),
    ...(caFile === undefined ? {} : { caFile: from(caFile) }),
  }
}

/** What each setting allows alone and all of them together do not. */
function disagreements(config: Config, excuses: Excuses): readonly string[] {
  const mistakes: string[] = []
  if (excuses.unsafelyAllowKeyBesideData !== true && `${config.rootKeyFile}${sep}`.startsWith(`${config.dataDirectory}${sep}`)) {
    mistakes.push('rootKeyFile is inside dataDirectory: whoever copies the data would have its key')
  }
  mistakes.push(...listenerMistakes('listen', config.listen, config.issuerUrl.protocol))
  if (config.gateway !== undefined) {
    const schemes = new Set(config.gateway.hosts.map((host) => new URL(host.origin).protocol))
    if (schemes.size > 1) mistakes.push('gateway.hosts: all origins must have the same scheme')
    for (const scheme of schemes) mistakes.push(...listenerMistakes('gateway.listen', config.gateway.listen, scheme))
    for (const [index, host] of config.gateway.hosts.entries()) {
      for (const { says } of originMistakes(new URL(host.origin), config.issuerUrl)) mistakes.push(`gateway.hosts.${index}.origin: ${says}`)
      for (const [place, route] of host.routes.entries()) {
        if ((route.action === undefined) === (route.open === undefined)) {
          mistakes.push(`gateway.hosts.${index}.routes.${place}: say either \`action\` or \`open: anyone\``)
        }
      }
    }
  }
  mistakes.push(...mappingMistakes(config.claims ?? {}))
  mistakes.push(...metricsMistakes(config), ...tracingMistakes(config))
  mistakes.push(...redisMistakes(config.limits?.redis), ...outboundMistakes(config.outbound), ...mtlsMistakes(config))
  mistakes.push(...mistakesInDetailTypes(config.authorizationDetails ?? {}))
  const { idleSeconds = 1800, absoluteSeconds = 43_200 } = config.sessions ?? {}
  if (idleSeconds > absoluteSeconds) mistakes.push('sessions.idleSeconds is longer than sessions.absoluteSeconds')
  return mistakes
}

function listenerMistakes(path: string, listen: ListenerSettings, scheme: string): readonly string[] {
  if (listen.tls !== undefined && listen.tlsEndedBy !== undefined) return [`${path}: say either \`tls\` or \`tlsEndedBy\`, not both`]
  const plain = listen.tls === undefined && listen.tlsEndedBy === undefined
  if (plain && scheme === 'https:')
    return [`${path}: the public address is https, so say who ends TLS: \`tls\` (we do) or \`tlsEndedBy\` (a named proxy)`]
  if (plain && !isLoopback(listen.host)) return [`${path}.host: plain http is for loopback addresses only`]
  if (listen.tls !== undefined && scheme === 'http:') return [`${path}: the public address is http, but \`tls\` is set`]
  return []
}

/** A certificate is asked for where nobody signs in with a browser, and is believed of our own TLS or of a named proxy. */
function mtlsMistakes({ mtls, issuerUrl }: Config): readonly string[] {
  if (mtls === undefined) return []
  const url = URL.parse(mtls.origin)
  if (url?.protocol !== 'https:' || url.origin !== mtls.origin)
    return ['mtls.origin is not an https origin, for instance https://mtls.id.example.com']
  const { tls, tlsEndedBy } = mtls.listen
  const isProxied = tls === undefined && tlsEndedBy !== undefined
  return [
    ...listenerMistakes('mtls.listen', mtls.listen, 'https:'),
    ...(url.origin === issuerUrl.origin ? ['mtls.origin is the issuer: every browser would be asked for a certificate'] : []),
    ...(isProxied && mtls.certificateField === undefined ? ['mtls.certificateField: say where the proxy hands on the certificate'] : []),
    ...(!isProxied && mtls.certificateField !== undefined ? ['mtls.certificateField is for a proxy (mtls.listen.tlsEndedBy)'] : []),
  ]
}

function outboundMistakes({ unsafelyAllow = [] }: NonNullable<Settings['outbound']> = {}): readonly string[] {
  return unsafelyAllow.flatMap(({ addresses }, at) =>
    isNetwork(addresses) ? [] : [`outbound.unsafelyAllow.${at}.addresses is neither an address nor a network`],
  )
}

function withAbsoluteCa(database: NonNullable<Settings['database']>, from: (path: string) => string): NonNullable<Settings['database']> {
  return database.caFile === undefined ? database : { ...database, caFile: from(database.caFile) }
}

/** Spans name routes, apps and statuses. */
function tracingMistakes({ tracing }: Config): readonly string[] {
  if (tracing === undefined) return []
  const url = URL.parse(tracing.collector)
  if (url === null || url.username !== '' || url.password !== '')
    return ['tracing.collector is no address without a name and a password in it']
  return url.protocol === 'https:' || isLoopback(url.hostname) ? [] : ['tracing.collector: plain http is for loopback addresses only']
}

/** Metrics say how busy a house is and which apps it guards: off this machine they take TLS and a token. */
function metricsMistakes({ metrics, gateway }: Config): readonly string[] {
  if (metrics === undefined) return []
  const mistakes: string[] = []
  if (metrics.gatewayListen !== undefined && gateway === undefined)
    mistakes.push('metrics.gatewayListen is for a gateway, and there is none')
  for (const [name, listen] of Object.entries({ listen: metrics.listen, gatewayListen: metrics.gatewayListen })) {
    if (listen === undefined) continue
    if (listen.tlsEndedBy !== undefined) mistakes.push(`metrics.${name}.tlsEndedBy: metrics are not read through a proxy`)
    mistakes.push(...listenerMistakes(`metrics.${name}`, listen, listen.tls === undefined ? 'http:' : 'https:'))
    if (!isLoopback(listen.host) && metrics.tokenFile === undefined)
      mistakes.push(`metrics.${name}.host is not on loopback, so scrapers need a token: say metrics.tokenFile`)
  }
  return mistakes
}

/** What is counted there decides how often a password may be guessed: nobody on the way may answer instead. */
function redisMistakes(redis: RedisSettings | undefined): readonly string[] {
  if (redis === undefined) return []
  const url = URL.parse(redis.url)
  if (url === null) return ['limits.redis.url is not a URL']
  if (url.protocol === 'redis:' && !isLoopback(url.hostname))
    return ['limits.redis.url: redis:// is for loopback only; use rediss://, which is TLS']
  if (url.protocol === 'redis:' && redis.caFile !== undefined) return ['limits.redis.caFile: there is no TLS with redis://']
  return []
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !(value instanceof URL) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
