/**
 * What people are called. Names are kept as they were typed and compared in their
 * normal forms.
 *
 * @module
 */

import { readAddress, readTelephone, type Address } from './contact.ts'
import { readEmail, readUsername } from './normal-form.ts'
import { isPlainText } from './plain-text.ts'
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
  readonly phoneNumber?: string | undefined
  /** Whether somebody made sure that the number is the person's; false when absent. */
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: Address | undefined
}

/** What is to be different; `null` takes away. */
export interface ProfileChange {
  readonly username?: string | undefined
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
  readonly phoneNumber?: string | null | undefined
  /** Of the number as it is after the change. */
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: Address | null | undefined
}

/** The members of a profile that a change may name. */
export type ProfileMember = keyof ProfileChange

const longestName = 128
const longestPicture = 2048

/** Refuses with `identity.bad_username`, `identity.bad_email`, `identity.bad_name`, `identity.bad_phone_number` and `identity.bad_address`. */
export function readProfile(asked: AskedProfile): Profile {
  const { username, name, email, emailVerified, picture } = asked
  if (readUsername(username) === undefined) throw refuse('identity.bad_username')
  if (email !== undefined && readEmail(email) === undefined) throw refuse('identity.bad_email')
  if (name !== undefined && !isPlainText(name, longestName)) throw refuse('identity.bad_name', 'name')
  if (picture !== undefined && !isPlainText(picture, longestPicture)) throw refuse('identity.bad_name', 'picture')
  return {
    ...readContact(asked),
    username: username.normalize('NFC'),
    ...(name === undefined ? {} : { name: name.normalize('NFC') }),
    ...(email === undefined ? {} : { email: email.normalize('NFC') }),
    emailVerified: email !== undefined && emailVerified === true,
    ...(picture === undefined ? {} : { picture }),
  }
}

function readContact({ phoneNumber, phoneNumberVerified, address }: AskedProfile): Partial<Profile> {
  if (phoneNumber !== undefined && readTelephone(phoneNumber) === undefined) throw refuse('identity.bad_phone_number')
  const read = address === undefined ? undefined : readAddress(address)
  if (address !== undefined && read === undefined) throw refuse('identity.bad_address')
  return {
    ...(phoneNumber === undefined ? {} : { phoneNumber, phoneNumberVerified: phoneNumberVerified === true }),
    ...(read === undefined ? {} : { address: read }),
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
  const phoneNumber = change.phoneNumber === undefined ? before.phoneNumber : (change.phoneNumber ?? undefined)
  const after = readProfile({
    ...before,
    username: change.username ?? before.username,
    name,
    email,
    emailVerified: before.emailVerified && email?.normalize('NFC') === before.email,
    phoneNumber,
    phoneNumberVerified: change.phoneNumberVerified ?? (before.phoneNumberVerified === true && phoneNumber === before.phoneNumber),
    address: change.address === undefined ? before.address : (change.address ?? undefined),
  })
  return { after, changed: changeable.filter((member) => !isSame(before[member], after[member])) }
}

const changeable: readonly ProfileMember[] = ['username', 'name', 'email', 'phoneNumber', 'phoneNumberVerified', 'address']

/** Members of an address always stand in one order. */
function isSame(left: Profile[ProfileMember], right: Profile[ProfileMember]): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right)
}

export function normalNames({ username, email }: Profile): Names {
  const normalEmail = email === undefined ? undefined : readEmail(email)
  return { username: readUsername(username) ?? '', ...(normalEmail === undefined ? {} : { email: normalEmail }) }
}
