/**
 * `countersign doctor`: hands the doctor what the configuration says, and the
 * socket of the server by which it asks for a mirror.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { examine, type Finding, type Patient } from '#doctor'
import { environment, Refusal, systemClock, Unavailable } from '#kernel'
import { apiOnSocket, socketPath } from '#remote'
import { ConfigMistakes, readConfigFile, type Config } from './config.ts'
import { migrations, placeOf } from './ground.ts'
import { redisAnswers } from './open-buckets.ts'
import { StartMistake } from './mistake.ts'

export interface DoctorAsked {
  readonly config: string | undefined
  /** Files with certificates of authorities of one's own. */
  readonly authorities: readonly string[]
}

/** Throws `StartMistake` when there is nothing to look at. */
export async function doctor(asked: DoctorAsked): Promise<readonly Finding[]> {
  const env = environment()
  const path = resolve(asked.config ?? env['COUNTERSIGN_CONFIG'] ?? 'countersign.yaml')
  if (!existsSync(path)) throw new StartMistake(`There is no configuration at ${path}. Name it with --config.`)
  const authorities = asked.authorities.map(readAuthority)
  let config: Config
  try {
    config = readConfigFile(path, env)
  } catch (error) {
    if (error instanceof ConfigMistakes) return examine({ mistakes: error.mistakes, nowMs: systemClock.wallMs() })
    throw error
  }
  return examine(patientOf(path, config, authorities, env['COUNTERSIGN_DATABASE_URL'] !== undefined))
}

function patientOf(configFile: string, config: Config, authorities: readonly string[], urlFromOutside: boolean): Patient {
  const { issuerUrl, dataDirectory, rootKeyFile, database, listen, gateway, clients = [], limits } = config
  return {
    issuer: issuerUrl,
    withoutPkce: clients.filter(({ unsafelyWithoutPkce }) => unsafelyWithoutPkce === true).map(({ clientId }) => clientId),
    configFile,
    holdsPassword: database !== undefined && !urlFromOutside && (URL.parse(database.url)?.password ?? '') !== '',
    dataDirectory,
    rootKeyFile,
    secretFiles: clients.flatMap(({ clientId, secretFile }) =>
      secretFile === undefined ? [] : [{ what: `The secret of ${clientId}`, path: secretFile }],
    ),
    database: placeOf(config),
    migrations,
    server: { hosts: [issuerUrl.hostname], tls: listen.tls, proxy: listen.tlsEndedBy },
    gateway: gateway && { hosts: gateway.hosts.map(({ origin }) => new URL(origin).hostname), tls: gateway.listen.tls },
    workers: config.workers ?? 1,
    buckets: limits?.redis === undefined ? 'memory' : 'redis',
    redisAnswers: async () => (limits?.redis === undefined ? false : redisAnswers(limits.redis)),
    socket: socketPath(dataDirectory),
    excused: (config.outbound?.unsafelyAllow ?? []).map(({ host, port, addresses }) => `${host}:${port} at ${addresses}`),
    authorities,
    clock: systemClock,
    makeMirror: async () => {
      try {
        const made = await apiOnSocket(dataDirectory).call('POST', '/mirrors')
        return (made as { readonly path: string }).path
      } catch (error) {
        // An older server that knows no mirrors is a server that runs, and its way cannot be looked at.
        if (error instanceof Unavailable || error instanceof Refusal) return undefined
        throw error
      }
    },
  }
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`${path} cannot be read (${String(error.code)}).`, { cause: error })
    throw error
  }
}
