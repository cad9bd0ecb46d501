/**
 * Tokens of a profile, renewed by themselves. Two commands that run at once must
 * not both spend the refresh token: a second use ends the sign-in. So it is
 * renewed under the lock, and whoever waited looks first what the other left.
 *
 * @module
 */

import { Refusal, systemClock } from '#kernel'
import type { TokenSource } from '#remote'
import { UsageMistake } from '../options.ts'
import { grantService, renew } from './authorization-server.ts'
import { changeProfiles, loadProfiles } from './file.ts'
import type { Profile, Profiles } from './profile.ts'
import { ServiceRefused, type Service } from './client-proof.ts'

/** A token that lasts less than this may be over before it arrives. */
const leastMs = 30_000

export function profileTokens(name: string): TokenSource {
  return async (refused) => {
    const profile = requireProfile(loadProfiles(), name)
    return isGood(profile, refused) ? profile.accessToken : renewed(name, refused)
  }
}

/** Tokens of a client that no profile was made for. They are kept in this process alone. */
export function serviceTokens(service: Service): TokenSource {
  let last: string | undefined
  return async (refused) => {
    if (last !== undefined && last !== refused) return last
    const granted = await grantService(service, systemClock.wallMs())
    if (granted.is === 'refused') throw new ServiceRefused(service, granted.says)
    last = granted.profile.accessToken
    return last
  }
}

export function requireProfile(profiles: Profiles, name: string): Profile {
  const profile = profiles.profiles[name]
  if (profile === undefined) throw new UsageMistake(`There is no profile "${name}". countersign profiles list shows them`)
  return profile
}

function isGood({ accessToken, expiresAtMs }: Profile, refused: string | undefined): boolean {
  return accessToken !== refused && expiresAtMs - systemClock.wallMs() > leastMs
}

async function renewed(name: string, refused: string | undefined): Promise<string> {
  return changeProfiles(async (profiles) => {
    const profile = requireProfile(profiles, name)
    if (isGood(profile, refused)) return { profiles, result: profile.accessToken }
    const granted = await renew(profile, systemClock.wallMs())
    if (granted.is === 'refused')
      throw profile.kind === 'service' ? new ServiceRefused(profile, granted.says) : new SignInOver(name, granted.says)
    const after = { ...profiles, profiles: { ...profiles.profiles, [name]: granted.profile } }
    return { profiles: after, result: granted.profile.accessToken }
  })
}

/** The server does not know the sign-in any more. The profile stays, so that signing in again finds its server. */
export class SignInOver extends Refusal {
  constructor(name: string, why: string) {
    super('login.over', `The sign-in of profile "${name}" is over: sign in again with countersign login --profile ${name}.`, why)
  }
}
