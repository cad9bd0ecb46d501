/** What an app asks for, in the words of the person who is asked. @module */

import type { Address } from '#identity'
import { isLoopback } from '#kernel'
import { fill, messages } from './messages.en.ts'

/** Custom scopes and what they mean, for instance `notes.write`: `Write notes in your name`. */
export type ScopeWords = Readonly<Record<string, string>>

export interface Ask {
  readonly says: string
  /** What exactly would be seen. */
  readonly shows?: string
}

interface Shown {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly phoneNumber?: string | undefined
  readonly address?: Address | undefined
}

/** What an app asks for: scopes, and claims that none of them tells. */
export interface Asked {
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
}

/** A mapped claim: what of a person it says, and what the operator calls that. */
export interface MappedClaim {
  readonly from: 'username' | 'name' | 'email' | 'picture' | 'phoneNumber' | 'groups' | 'roles'
  readonly says?: string | undefined
}

/** By scope and by the name of the claim. */
export type MappedClaims = Readonly<Record<string, Readonly<Record<string, MappedClaim>>>>

/** What an operator has said about scopes. */
export interface OperatorWords {
  readonly scopes: ScopeWords
  readonly claims: MappedClaims
}

/** One line for each thing that is asked for: what two of them say is said once. */
export function asksFor({ scopes, claims }: Asked, person: Shown, words: OperatorWords): readonly Ask[] {
  const asks = [
    ...scopes.flatMap((scope) => [...askFor(scope, scopes, person, words.scopes), ...mappedAsks(ownOf(words.claims, scope), person)]),
    ...claims.map((claim) => askForClaim(claim, person, words.claims)),
  ]
  return asks.filter(({ says }, at) => asks.findIndex((ask) => ask.says === says) === at)
}

function mappedAsks(claims: Readonly<Record<string, MappedClaim>> | undefined, person: Shown): readonly Ask[] {
  return Object.values(claims ?? {}).map((claim) => askForMapped(claim, person))
}

/** What is told is shown even where the operator calls it something else. */
function askForMapped({ from, says }: MappedClaim, person: Shown): Ask {
  const ask = from === 'groups' || from === 'roles' ? { says: messages[`consent.${from}`] } : askForClaim(standardNames[from], person, {})
  return { ...ask, ...(says === undefined ? {} : { says }) }
}

const standardNames = {
  username: 'preferred_username',
  name: 'name',
  email: 'email',
  picture: 'picture',
  phoneNumber: 'phone_number',
} as const

const ownOf = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** An address and whether it was verified are one thing to whoever is asked. */
function askForClaim(claim: string, person: Shown, mapped: MappedClaims): Ask {
  const { username, name, email } = person
  switch (claim) {
    case 'name':
      return { says: messages['consent.name'], ...(name === undefined ? {} : { shows: name }) }
    case 'preferred_username':
      return { says: messages['consent.username'], shows: username }
    case 'picture':
      return { says: messages['consent.picture'] }
    case 'email':
    case 'email_verified':
      return { says: messages['consent.email'], ...(email === undefined ? {} : { shows: email }) }
    case 'address':
      return { says: messages['consent.address'], ...shownAddress(person) }
    case 'phone_number':
    case 'phone_number_verified':
      return { says: messages['consent.phone'], ...shownPhone(person) }
    default: {
      const own = Object.values(mapped)
        .map((claims) => ownOf(claims, claim))
        .find((one) => one !== undefined)
      return own === undefined ? { says: fill('consent.claim', { claim }) } : askForMapped(own, person)
    }
  }
}

function askFor(scope: string, all: readonly string[], person: Shown, words: ScopeWords): readonly Ask[] {
  switch (scope) {
    case 'openid':
      return all.includes('profile') ? [] : [{ says: messages['consent.openid'], shows: person.username }]
    case 'profile':
      return [{ says: messages['consent.profile'], shows: person.name ?? person.username }]
    case 'email':
      return [{ says: messages['consent.email'], ...(person.email === undefined ? {} : { shows: person.email }) }]
    case 'address':
      return [{ says: messages['consent.address'], ...shownAddress(person) }]
    case 'phone':
      return [{ says: messages['consent.phone'], ...shownPhone(person) }]
    case 'offline_access':
      return [{ says: messages['consent.offline'], shows: messages['consent.offline_shows'] }]
    default:
      return [{ says: Object.hasOwn(words, scope) ? (words[scope] ?? scope) : fill('consent.other', { scope }) }]
  }
}

function shownPhone({ phoneNumber }: Shown): Pick<Ask, 'shows'> {
  return phoneNumber === undefined ? {} : { shows: phoneNumber }
}

/** On one line: the whole as it was written, or else its parts. */
function shownAddress({ address }: Shown): Pick<Ask, 'shows'> {
  if (address === undefined) return {}
  const { formatted, ...parts } = address
  const { streetAddress, postalCode, locality, region, country } = parts
  const said = formatted ?? [streetAddress, postalCode, locality, region, country].filter((part) => part !== undefined).join('\n')
  return { shows: said.replaceAll('\n', ', ') }
}

/** Where the answer goes, as a person may recognise it: the host, or undefined for a program on this device. */
export function placeOf(redirectUri: string): string | undefined {
  const url = URL.parse(redirectUri)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return isLoopback(url.hostname) && !url.hostname.endsWith('.localhost') ? undefined : url.host
}
