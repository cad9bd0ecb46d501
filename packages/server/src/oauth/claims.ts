/**
 * What a client may know of a person: by granted scope, OpenID Connect Core
 * section 5.4, or by single claim, section 5.5. Nothing that was not granted,
 * and nothing that we do not know.
 *
 * @module
 */

import type { Address } from '#identity'
import type { GrantedClaims } from '#tokens'

/** What identity knows of a person, in clear. */
export interface Person {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly emailVerified?: boolean | undefined
  readonly picture?: string | undefined
  readonly phoneNumber?: string | undefined
  readonly phoneNumberVerified?: boolean | undefined
  readonly address?: Address | undefined
  /** Names of the groups that they are in, and roles: for mapped claims. */
  readonly groups?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
}

/** Where claims are told. */
export type ClaimPlace = 'id_token' | 'userinfo' | 'access_token'

/** One claim of a person. */
export interface PersonClaim {
  /** What grants it with all that belongs to it. A client that is not registered for this never has the claim. */
  readonly scope: string
  /** Where it may be told. */
  readonly in: readonly ClaimPlace[]
  /** Undefined where it is not known. */
  readonly of: (person: Person) => unknown
}

/** Every claim that there is, by its name. */
export type ClaimTable = ReadonlyMap<string, PersonClaim>

const toClient: readonly ClaimPlace[] = ['id_token', 'userinfo']

const standard: Readonly<Record<string, Pick<PersonClaim, 'scope' | 'of'>>> = {
  name: { scope: 'profile', of: ({ name }) => name },
  preferred_username: { scope: 'profile', of: ({ username }) => username },
  picture: { scope: 'profile', of: ({ picture }) => picture },
  email: { scope: 'email', of: ({ email }) => email },
  email_verified: { scope: 'email', of: ({ email, emailVerified }) => (email === undefined ? undefined : emailVerified === true) },
  phone_number: { scope: 'phone', of: ({ phoneNumber }) => phoneNumber },
  phone_number_verified: {
    scope: 'phone',
    of: ({ phoneNumber, phoneNumberVerified }) => (phoneNumber === undefined ? undefined : phoneNumberVerified === true),
  },
  address: { scope: 'address', of: ({ address }) => address && addressClaim(address) },
}

/** Section 5.1. */
export const standardClaims: ClaimTable = new Map(Object.entries(standard).map(([name, claim]) => [name, { ...claim, in: toClient }]))

/** Section 5.1.1. */
function addressClaim({ formatted, streetAddress, locality, region, postalCode, country }: Address): Readonly<Record<string, unknown>> {
  return known({ formatted, street_address: streetAddress, locality, region, postal_code: postalCode, country })
}

function known(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** What of a person is told at one place. */
export interface Told {
  readonly at: ClaimPlace
  readonly scopes: readonly string[]
  /** By name, beside what the scopes tell. */
  readonly claims?: readonly string[] | undefined
}

/**
 * A token travels in headers. A list that is longer is left out of it whole, for
 * half of it would say that the rest is not so; UserInfo has it.
 */
const longestInToken = 2_048

/** Claims beside `sub`. */
export function personClaims(person: Person, { at, scopes, claims = [] }: Told, table: ClaimTable): Readonly<Record<string, unknown>> {
  const told = [...table].filter(([name, claim]) => claim.in.includes(at) && (scopes.includes(claim.scope) || claims.includes(name)))
  const said = told.map(([name, { of }]) => [name, of(person)] as const)
  return known(Object.fromEntries(said.filter(([, value]) => at === 'userinfo' || fitsToken(value))))
}

const fitsToken = (value: unknown): boolean => value === undefined || JSON.stringify(value).length <= longestInToken

/** Whether a scope that was granted tells something there. */
export function isTold(at: ClaimPlace, scopes: readonly string[], table: ClaimTable): boolean {
  return table.values().some((claim) => claim.in.includes(at) && scopes.includes(claim.scope))
}

/** What a request asks for singly. */
interface Asking {
  readonly scopes: readonly string[]
  readonly claims?: GrantedClaims | undefined
}

/**
 * The claims that were asked for singly and that the client may have: those of
 * the scopes that it is registered for. Everything else was not asked for.
 */
export function grantableClaims(
  { scopes, claims }: Asking,
  client: { readonly scopes: readonly string[] },
  table: ClaimTable,
): GrantedClaims | undefined {
  if (claims === undefined || !scopes.includes('openid')) return undefined
  const may = (names: readonly string[], at: ClaimPlace): readonly string[] =>
    names.filter((name) => client.scopes.includes(table.get(name)?.scope ?? '') && table.get(name)?.in.includes(at))
  const [idToken, userinfo] = [may(claims.idToken, 'id_token'), may(claims.userinfo, 'userinfo')]
  return idToken.length + userinfo.length === 0 ? undefined : { idToken, userinfo }
}

/** Which of them no granted scope tells already: what a person has to be asked for beside the scopes. */
export function beyondScopes(claims: GrantedClaims | undefined, scopes: readonly string[], table: ClaimTable): readonly string[] {
  const names = new Set([...(claims?.idToken ?? []), ...(claims?.userinfo ?? [])])
  return [...names].filter((name) => !scopes.includes(table.get(name)?.scope ?? ''))
}
