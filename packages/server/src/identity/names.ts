/**
 * What people are called. Names are kept as they were typed and compared in their
 * normal forms.
 *
 * @module
 */

import { readEmail, readUsername } from './normal-form.ts'
import type { Profile } from './profile.ts'
import { refuse } from './refusals.ts'

/** What somebody may be found and sign in by, in normal form. */
export interface Names {
  readonly username: string
  readonly email?: string
}

export interface AskedProfile {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  /** Whether somebody made sure that the address is the person's; false when absent. */
  readonly emailVerified?: boolean | undefined
  readonly picture?: string | undefined
}

/** What is to be different; `null` takes away. */
export interface ProfileChange {
  readonly username?: string | undefined
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
}

/** The members of a profile that a change may name. */
export type ProfileMember = keyof ProfileChange

const longestName = 128
const longestPicture = 2048

/** Refuses with `identity.bad_username`, `identity.bad_email` and `identity.bad_name`. */
export function readProfile(asked: AskedProfile): Profile {
  const { username, name, email, emailVerified, picture } = asked
  if (readUsername(username) === undefined) throw refuse('identity.bad_username')
  if (email !== undefined && readEmail(email) === undefined) throw refuse('identity.bad_email')
  if (name !== undefined && !isPlainText(name, longestName)) throw refuse('identity.bad_name', 'name')
  if (picture !== undefined && !isPlainText(picture, longestPicture)) throw refuse('identity.bad_name', 'picture')
  return {
    username: username.normalize('NFC'),
    ...(name === undefined ? {} : { name: name.normalize('NFC') }),
    ...(email === undefined ? {} : { email: email.normalize('NFC') }),
    emailVerified: email !== undefined && emailVerified === true,
    ...(picture === undefined ? {} : { picture }),
  }
}

/**
 * The profile after a change, and which members are different in it. An address
 * that is written differently is another one, which nobody has made sure of.
 */
export function changeProfile(
  before: Profile,
  change: ProfileChange,
): { readonly after: Profile; readonly changed: readonly ProfileMember[] } {
  const name = change.name === undefined ? before.name : (change.name ?? undefined)
  const email = change.email === undefined ? before.email : (change.email ?? undefined)
  const after = readProfile({
    ...before,
    username: change.username ?? before.username,
    name,
    email,
    emailVerified: before.emailVerified && email?.normalize('NFC') === before.email,
  })
  return { after, changed: (['username', 'name', 'email'] as const).filter((member) => before[member] !== after[member]) }
}

export function normalNames({ username, email }: Profile): Names {
  const normalEmail = email === undefined ? undefined : readEmail(email)
  return { username: readUsername(username) ?? '', ...(normalEmail === undefined ? {} : { email: normalEmail }) }
}

function isPlainText(text: string, mostUnits: number): boolean {
  return (
    text.length >= 1 &&
    text.length <= mostUnits &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Cn}\p{Co}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)
  )
}
