/**
 * To whom a token is bound, RFC 7800: by a key that its sender proves (RFC 9449
 * section 6.1), or by the certificate of its connection (RFC 8705 section 3.1).
 *
 * @module
 */

export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string }

/** A SHA-256 in base64url. */
const thumbprint = /^[A-Za-z0-9_-]{43}$/

/** Reads a `cnf` claim. Undefined for one that we cannot check: then nobody may use the token. */
export function readConfirmation(cnf: unknown): Confirmation | undefined {
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).length !== 1) return undefined
  const { jkt, 'x5t#S256': x5t } = cnf as Readonly<Record<string, unknown>>
  if (typeof jkt === 'string' && thumbprint.test(jkt)) return { jkt }
  return typeof x5t === 'string' && thumbprint.test(x5t) ? { 'x5t#S256': x5t } : undefined
}

/** One word for a binding, as a refresh token stores it. */
export function nameOf(confirmation: Confirmation): string {
  return 'jkt' in confirmation ? `jkt ${confirmation.jkt}` : `x5t#S256 ${confirmation['x5t#S256']}`
}
