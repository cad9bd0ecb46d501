/** Scopes, RFC 6749 section 3.3. @module */

/** scope-token: printable ASCII without quote and backslash. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/** What OpenID Connect Core section 5.4 and 11 define: about the person who signs in, so a client alone cannot have them. */
export const personScopes: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

export function isScope(text: string): boolean {
  return scopeToken.test(text)
}

/** Reads a list separated by single spaces, each scope once. Undefined when it is not well formed. */
export function readScopes(text: string): readonly string[] | undefined {
  const scopes = text.split(' ')
  return scopes.every(isScope) ? [...new Set(scopes)] : undefined
}
