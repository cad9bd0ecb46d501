/** Signing in at a server, and the profiles that come of it. @module */

import { resolve } from 'node:path'
import { environment, Refusal, systemClock } from '#kernel'
import { listenForRedirect, readServer } from '#remote'
import { exitCodes, type Command, type Given } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { moment, table } from '../print.ts'
import { authorizationUrl, discover, grantService, newAttempt, redeem, revoke } from '../profiles/authorization-server.ts'
import { openBrowser } from '../profiles/browser.ts'
import { changeProfiles, loadProfiles } from '../profiles/file.ts'
import { isProfileName, type Profile, type Profiles } from '../profiles/profile.ts'
import { ServiceRefused, type Service } from '../profiles/client-proof.ts'
import { requireProfile } from '../profiles/token-source.ts'

const profileOption = { name: 'profile', kind: 'text', value: 'NAME', says: 'The profile; the one named default when absent.' } as const

/** Time to find a password manager and a second device. */
const patienceMs = 10 * 60_000

const login: Command = {
  name: 'login',
  says: 'Signs in with the browser, or as a client by its key, and keeps that as a profile, which every other command then uses.',
  options: [
    { name: 'server', kind: 'text', value: 'URL', says: 'The issuer of the server; the one of the profile when absent.' },
    profileOption,
    { name: 'stay', kind: 'flag', says: 'Stay signed in when the session of the browser has ended.' },
    { name: 'no-browser', kind: 'flag', says: 'Only print the address.' },
    { name: 'client-id', kind: 'text', value: 'ID', says: 'Without a browser: as this client, which acts for itself…' },
    { name: 'key', kind: 'text', value: 'FILE', says: '…by its private key, a JWK or PEM for its owner alone. The key stays where it is.' },
  ],
  examples: [
    'countersign login --server https://id.example.com',
    'countersign login --server https://id.example.com --profile production --no-browser',
    'countersign login --server https://id.example.com --profile nightly --client-id nightly --key /etc/countersign/nightly.jwk',
  ],
  run: async (given) => {
    const name = profileName(given)
    const service = serviceOf(given)
    const server = serverOf(given, name)
    const profile = service === undefined ? await signIn(given, server) : await signInAs({ ...service, server: server.href })
    await changeProfiles(async (profiles) => ({ profiles: withProfile(profiles, name, profile), result: undefined }))
    given.print.result({ profile: name, server: profile.server }, () => [`Signed in at ${profile.server} as profile "${name}".`])
    return exitCodes.done
  },
}

async function signIn(given: Given, server: URL): Promise<Profile> {
  const found = await discover(server.href)
  const attempt = newAttempt()
  const listener = await listenForRedirect(attempt.state, patienceMs)
  try {
    const url = authorizationUrl(found, attempt, listener.redirectUri, given.flag('stay'))
    given.print.note(`Sign in with a browser on this machine: ${url.href}`)
    if (!given.flag('no-browser')) openBrowser(url)
    const answer = await listener.answer
    // RFC 9207: an answer of another server is not one to our question.
    if (answer.get('iss') !== found.issuer) throw refused('the browser brought the answer of another server')
    const code = answer.get('code')
    if (code === null) throw refused(answer.get('error_description') ?? answer.get('error') ?? 'no code came')
    const granted = await redeem(found, attempt, listener.redirectUri, code, systemClock.wallMs())
    if (granted.is === 'refused') throw refused(granted.says)
    return granted.profile
  } finally {
    listener.close()
  }
}

/** The client that the options name. Its key is named by where it is, whatever folder a later command runs in. */
function serviceOf(given: Given): Omit<Service, 'server'> | undefined {
  const [clientId, key] = [given.text('client-id'), given.text('key')]
  if (clientId === undefined && key === undefined) return undefined
  if (clientId === undefined || key === undefined) throw new UsageMistake('--client-id and --key belong together: give both')
  if (given.flag('stay') || given.flag('no-browser')) throw new UsageMistake('--stay and --no-browser are for a sign-in with the browser')
  return { clientId, keyFile: resolve(key) }
}

async function signInAs(service: Service): Promise<Profile> {
  const granted = await grantService(service, systemClock.wallMs())
  if (granted.is === 'refused') throw new ServiceRefused(service, granted.says)
  return granted.profile
}

function refused(why: string): Refusal {
  return new Refusal('login.refused', `The sign-in was refused: ${why}`)
}

function profileName(given: Given): string {
  const name = given.text('profile') ?? 'default'
  if (!isProfileName(name)) throw new UsageMistake('A profile has a name of lower-case letters, digits, dots and dashes')
  return name
}

function serverOf(given: Given, name: string): URL {
  const server = given.text('server') ?? loadProfiles().profiles[name]?.server ?? environment()['COUNTERSIGN_SERVER']
  if (server === undefined) throw new UsageMistake('login needs --server, the issuer of the server')
  return readServer(server)
}

/** The first profile is the current one. */
function withProfile(profiles: Profiles, name: string, profile: Profile): Profiles {
  return { ...profiles, current: profiles.current ?? name, profiles: { ...profiles.profiles, [name]: profile } }
}

function withoutProfile({ current, profiles }: Profiles, name: string): Profiles {
  const { [name]: _gone, ...left } = profiles
  return { version: 1, current: current === name ? undefined : current, profiles: left }
}

const logout: Command = {
  name: 'logout',
  says: 'Takes back everything that came of a sign-in, at the server first, and forgets the profile.',
  options: [{ ...profileOption, says: 'The profile; the current one when absent.' }],
  examples: ['countersign logout', 'countersign logout --profile production'],
  run: async (given) => {
    const name = given.text('profile') ?? loadProfiles().current
    if (name === undefined) throw new UsageMistake('There is no profile that is used; name one with --profile')
    await changeProfiles(async (profiles) => {
      // Revoked first: a token that could not be revoked is not forgotten.
      await revoke(requireProfile(profiles, name), systemClock.wallMs())
      return { profiles: withoutProfile(profiles, name), result: undefined }
    })
    given.print.result({ profile: name }, () => [`Signed out: nothing accepts the tokens of "${name}" any more.`])
    return exitCodes.done
  },
}

const list: Command = {
  name: 'profiles list',
  says: 'Lists profiles. Tokens are not shown.',
  examples: ['countersign profiles list'],
  run: async (given) => {
    const { current, profiles } = loadProfiles()
    const items = Object.entries(profiles).map(([name, profile]) => ({
      name,
      kind: profile.kind,
      server: profile.server,
      ...(profile.kind === 'service' ? { clientId: profile.clientId, keyFile: profile.keyFile } : {}),
      expiresAtMs: profile.expiresAtMs,
      current: name === current,
    }))
    given.print.result({ items }, () =>
      table(
        ['', 'name', 'server', 'kind', 'client', 'token until'],
        items.map((item) => [item.current ? '*' : '', item.name, item.server, item.kind, item.clientId ?? '', moment(item.expiresAtMs)]),
      ),
    )
    return Promise.resolve(exitCodes.done)
  },
}

const use: Command = {
  name: 'profiles use',
  says: 'Makes a profile the one that is used when none is named.',
  words: 'NAME',
  leastWords: 1,
  examples: ['countersign profiles use production'],
  run: async (given) => {
    const name = given.words[0] ?? ''
    await changeProfiles(async (profiles) => {
      requireProfile(profiles, name)
      return { profiles: { ...profiles, current: name }, result: undefined }
    })
    given.print.result({ profile: name }, () => [`"${name}" is used from now on.`])
    return exitCodes.done
  },
}

const remove: Command = {
  name: 'profiles remove',
  says: 'Forgets a profile. What the server gave it stays good until it runs out: countersign logout takes it back.',
  words: 'NAME',
  leastWords: 1,
  examples: ['countersign profiles remove production'],
  run: async (given) => {
    const name = given.words[0] ?? ''
    await changeProfiles(async (profiles) => {
      requireProfile(profiles, name)
      return { profiles: withoutProfile(profiles, name), result: undefined }
    })
    given.print.result({ profile: name }, () => [`"${name}" is forgotten.`])
    return exitCodes.done
  },
}

export const profileCommands: readonly Command[] = [login, logout, list, use, remove]
