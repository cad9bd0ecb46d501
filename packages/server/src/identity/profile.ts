/**
 * What we know about a person by name. It is one sealed value, so that a row
 * shows nothing, and a new member needs no migration.
 *
 * @module
 */

import type { PersonKey } from '#keys'
import type { Address } from './contact.ts'

/** Personal data of a user, in clear. Never put into an event's `about` or `facts`. */
export interface Profile {
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly emailVerified: boolean
  readonly picture?: string
  readonly phoneNumber?: string
  /** There where the number is. */
  readonly phoneNumberVerified?: boolean
  readonly address?: Address
}

const context = 'user.profile'

/** Seals a profile as version 1. */
export function sealProfile(key: PersonKey, profile: Profile): Uint8Array {
  return key.seal(JSON.stringify({ version: 1, ...profile }), context)
}

/**
 * Opens a sealed profile. Throws when the bytes are not what {@link sealProfile}
 * made for this person: that is a damaged or swapped row, not an absent user.
 */
export function openProfile(key: PersonKey, sealed: Uint8Array): Profile {
  const text = key.open(sealed, context)
  if (text === undefined) throw new Error(`the profile of ${key.person} cannot be opened`)
  const { version, ...profile } = JSON.parse(text) as Profile & { readonly version: number }
  if (version !== 1) throw new Error(`the profile of ${key.person} has version ${version}`)
  return profile
}
