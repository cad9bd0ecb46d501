/**
 * What a client may know of a person, by granted scope: OpenID Connect Core
 * section 5.4. Nothing that was not granted, and nothing that we do not know.
 *
 * @module
 */

/** What identity knows of a person, in clear. */
export interface Person {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly emailVerified?: boolean | undefined
  readonly picture?: string | undefined
}

/** Claims beside `sub`. */
export function personClaims(person: Person, scopes: readonly string[]): Readonly<Record<string, unknown>> {
  const { username, name, email, emailVerified, picture } = person
  return defined({
    ...(scopes.includes('profile') ? { name, preferred_username: username, picture } : undefined),
    ...(scopes.includes('email') && email !== undefined ? { email, email_verified: emailVerified === true } : undefined),
  })
}

function defined(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}
