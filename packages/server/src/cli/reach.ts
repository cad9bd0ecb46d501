/**
 * Options by which a command finds the server. In this order: the socket of a
 * data directory that was named, an address that was named, the profile that was
 * named or is used, the socket in ./data.
 *
 * @module
 */

import { readFileSync, statSync } from 'node:fs'
import { environment, StartMistake } from '#kernel'
import { apiAt, apiOnSocket, readServer, type AdminApi, type TokenSource } from '#remote'
import type { Given, Option } from './command.ts'
import { UsageMistake } from './options.ts'
import { loadProfiles } from './profiles/file.ts'
import { profileTokens, requireProfile } from './profiles/token-source.ts'

export const reachOptions: readonly Option[] = [
  { name: 'data', kind: 'text', value: 'DIR', says: 'Use the socket in this data directory, as the owner of this machine.' },
  {
    name: 'server',
    kind: 'text',
    value: 'URL',
    says: 'Use this server, with a token from COUNTERSIGN_TOKEN or --token-file, or the profile of that server.',
  },
  { name: 'token-file', kind: 'text', value: 'FILE', says: 'Read the token from this file, which is for its owner alone.' },
  {
    name: 'profile',
    kind: 'text',
    value: 'NAME',
    says: 'Use this profile. When nothing is named: the current profile, else the socket in ./data.',
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
  }
}

function find(given: Given): AdminApi {
  const [data, server, tokenFile, profile] = ['data', 'server', 'token-file', 'profile'].map((name) => given.text(name))
  const named = [data, server ?? tokenFile, profile].filter((value) => value !== undefined)
  if (named.length > 1) throw new UsageMistake('Name one of --data, --server and --profile')
  if (data !== undefined) return apiOnSocket(data)
  if (server !== undefined) return atServer(server, tokenFile)
  if (tokenFile !== undefined) throw new UsageMistake('--token-file needs --server')
  const name = profile ?? loadProfiles().current
  if (name === undefined) return apiOnSocket('data')
  return apiAt(new URL(requireProfile(loadProfiles(), name).server), profileTokens(name))
}

function atServer(text: string, tokenFile: string | undefined): AdminApi {
  const server = readServer(text)
  const token = tokenFile === undefined ? environment()['COUNTERSIGN_TOKEN'] : readToken(tokenFile)
  if (token !== undefined && token !== '') return apiAt(server, fixed(token))
  const known = Object.entries(loadProfiles().profiles).find(([, profile]) => new URL(profile.server).href === server.href)
  if (known === undefined)
    throw new StartMistake(
      '--server needs an access token in COUNTERSIGN_TOKEN or --token-file, or a sign-in there: countersign login --server URL.',
    )
  return apiAt(server, profileTokens(known[0]))
}

/** There is no other. */
function fixed(token: string): TokenSource {
  return () => Promise.resolve(token)
}

function readToken(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw new UsageMistake(`${path} holds a token and is open to others: chmod 600 it`)
    const token = readFileSync(path, 'utf8').trim()
    if (token === '') throw new UsageMistake(`${path} is empty`)
    return token
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new UsageMistake(`${path} cannot be read (${String(error.code)})`)
    throw error
  }
}
