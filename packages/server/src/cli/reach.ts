/**
 * Options by which a command finds the server. In this order: the socket of a
 * data directory that was named, an address that was named, the profile that was
 * named, the address in the environment, the profile that is used, the socket in ./data.
 *
 * @module
 */

import { environment, StartMistake, type Environment } from '#kernel'
import { apiAt, apiOnSocket, readServer, type AdminApi, type TokenSource } from '#remote'
import type { Given, Option } from './command.ts'
import { UsageMistake } from './options.ts'
import { requirePrivateFile } from './private-file.ts'
import { loadProfiles } from './profiles/file.ts'
import type { Service } from './profiles/client-proof.ts'
import { profileTokens, requireProfile, serviceTokens } from './profiles/token-source.ts'

/** Who asks, for those who read how to reach a server. */
export const reachWords =
  'When none of them is given: COUNTERSIGN_SERVER, the current profile, the socket in ./data. A server that is named is asked with the token of --token-file or COUNTERSIGN_TOKEN, as the client of COUNTERSIGN_CLIENT_ID by the key in COUNTERSIGN_KEY_FILE, or by the profile of that server.'

export const reachOptions: readonly Option[] = [
  { name: 'data', kind: 'text', value: 'DIR', says: 'Use the socket in this data directory, as the owner of this machine.' },
  {
    name: 'server',
    kind: 'text',
    value: 'URL',
    says: 'Use this server, an https address.',
  },
  { name: 'token-file', kind: 'text', value: 'FILE', says: 'Read the token from this file, which is for its owner alone.' },
  {
    name: 'profile',
    kind: 'text',
    value: 'NAME',
    says: 'Use this profile; countersign login makes one.',
  },
]

/** The admin API that the options name. Waiting for it shows on a terminal. */
export function reach(given: Given): AdminApi {
  const api = find(given)
  const working = async <Result>(work: () => Promise<Result>): Promise<Result> => given.print.working(`Waiting for ${api.at}`, work)
  return {
    at: api.at,
    call: async (method, path, json, ifMatch) => working(async () => api.call(method, path, json, ifMatch)),
    read: async (path) => working(async () => api.read(path)),
    stream: async (path) => working(async () => api.stream(path)),
  }
}

function find(given: Given): AdminApi {
  const [data, server, tokenFile, profile] = ['data', 'server', 'token-file', 'profile'].map((name) => given.text(name))
  const named = [data, server ?? tokenFile, profile].filter((value) => value !== undefined)
  if (named.length > 1) throw new UsageMistake('Name one of --data, --server and --profile')
  if (data !== undefined) return apiOnSocket(data)
  if (server !== undefined) return atServer(server, tokenFile)
  if (tokenFile !== undefined) throw new UsageMistake('--token-file needs --server')
  const usual = environment()['COUNTERSIGN_SERVER'] ?? ''
  if (profile === undefined && usual !== '') return atServer(usual, undefined)
  const name = profile ?? loadProfiles().current
  if (name === undefined) return apiOnSocket('data')
  return apiAt(new URL(requireProfile(loadProfiles(), name).server), profileTokens(name))
}

function atServer(text: string, tokenFile: string | undefined): AdminApi {
  const server = readServer(text)
  const token = tokenFile === undefined ? environment()['COUNTERSIGN_TOKEN'] : readToken(tokenFile)
  if (token !== undefined && token !== '') return apiAt(server, fixed(token))
  const service = serviceIn(environment())
  if (service !== undefined) return apiAt(server, serviceTokens({ ...service, server: server.href }))
  const known = Object.entries(loadProfiles().profiles).find(([, profile]) => new URL(profile.server).href === server.href)
  if (known === undefined)
    throw new StartMistake(
      `${server.href} asks who you are: sign in with countersign login --server URL, or give an access token in COUNTERSIGN_TOKEN or --token-file, or a client with its key in COUNTERSIGN_CLIENT_ID and COUNTERSIGN_KEY_FILE.`,
    )
  return apiAt(server, profileTokens(known[0]))
}

/** There is no other. */
function fixed(token: string): TokenSource {
  return () => Promise.resolve(token)
}

function readToken(path: string): string {
  const token = requirePrivateFile(path, 'a token').trim()
  if (token === '') throw new UsageMistake(`${path} is empty`)
  return token
}

/** The client that the environment names, for a machine on which nobody signs in. */
function serviceIn(env: Environment): Omit<Service, 'server'> | undefined {
  const { COUNTERSIGN_CLIENT_ID: clientId = '', COUNTERSIGN_KEY_FILE: keyFile = '' } = env
  if (clientId === '' && keyFile === '') return undefined
  if (clientId === '' || keyFile === '') throw new StartMistake('COUNTERSIGN_CLIENT_ID and COUNTERSIGN_KEY_FILE belong together: set both.')
  return { clientId, keyFile }
}
