/**
 * A profile: a server, and by what we are known there.
 *
 * @module
 */

import { readJson } from '../read-json.ts'

/** A person who signed in with the browser. */
export interface PersonProfile {
  readonly kind: 'person'
  readonly server: string
  readonly accessToken: string
  readonly expiresAtMs: number
  readonly refreshToken: string
}

/** A client that proves itself by a key in a file. */
export interface ServiceProfile {
  readonly kind: 'service'
  readonly server: string
  readonly clientId: string
  /** An absolute path. The key itself is not kept here. */
  readonly keyFile: string
  readonly accessToken: string
  readonly expiresAtMs: number
}

export type Profile = PersonProfile | ServiceProfile

/** What every profile of a kind says in words. */
const texts: Readonly<Record<Profile['kind'], readonly string[]>> = {
  person: ['server', 'accessToken', 'refreshToken'],
  service: ['server', 'accessToken', 'clientId', 'keyFile'],
}

/** All of them, as the file holds them. */
export interface Profiles {
  readonly version: 1
  /** The one that is used when none is named. */
  readonly current: string | undefined
  readonly profiles: Readonly<Record<string, Profile>>
}

export const noProfiles: Profiles = { version: 1, current: undefined, profiles: {} }

/** Names are typed and shown. */
const nameShape = /^[a-z0-9][a-z0-9._-]{0,62}$/

export function isProfileName(text: string): boolean {
  return nameShape.test(text)
}

/** Reads what a file holds. Undefined when it is not what we write: nothing of it is believed then. */
export function readProfiles(text: string): Profiles | undefined {
  const value = readJson(text)
  if (!isRecord(value) || value['version'] !== 1 || !isRecord(value['profiles'])) return undefined
  const { current, profiles } = value
  const known = Object.entries(profiles)
  if (!known.every(([name, profile]) => isProfileName(name) && isProfile(profile))) return undefined
  if (current !== undefined && (typeof current !== 'string' || !Object.hasOwn(profiles, current))) return undefined
  return { version: 1, current, profiles: profiles as Readonly<Record<string, Profile>> }
}

function isProfile(value: unknown): value is Profile {
  if (!isRecord(value) || !Object.hasOwn(texts, String(value['kind']))) return false
  const isSaid = texts[value['kind'] as Profile['kind']].every((name) => typeof value[name] === 'string' && value[name] !== '')
  return isSaid && Number.isSafeInteger(value['expiresAtMs']) && URL.canParse(String(value['server']))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
