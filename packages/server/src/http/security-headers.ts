/**
 * The headers that every answer has (WEB-3), the 404s and the errors included.
 *
 * A handler cannot take them away or change them; it may only say how long its
 * answer may be kept, since most of ours may not be kept at all.
 *
 * @module
 */

/** Two years, as browsers' preload lists ask. */
const hstsSeconds = 63_072_000

/** Powers of the browser that our pages never use. Passkeys are used on our own pages only. */
const permissions =
  'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)'

/** Nothing may be loaded, framed or sent by an answer that is not a page. */
const noPagePolicy = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

/** Names that only this file sets. */
export const fixedHeaders: ReadonlySet<string> = new Set([
  'content-security-policy',
  'x-frame-options',
  'strict-transport-security',
  'x-content-type-options',
  'referrer-policy',
  'cross-origin-opener-policy',
  'permissions-policy',
  'x-request-id',
])

/** Alternating names and values, as `writeHead` takes them. */
export interface SecurityHeaders {
  readonly forData: readonly string[]
  forPage(nonce: string, formTargets: readonly string[]): readonly string[]
}

/**
 * The headers of a server. `secure` says that the world reaches it by https.
 *
 * Pages send `Referrer-Policy: same-origin` and not `no-referrer`: under the latter browsers write `Origin: null` on
 * our own form posts (Fetch section 3.2), and the check against forged ones would be blind.
 */
export function securityHeaders(secure: boolean): SecurityHeaders {
  const always = [
    'x-content-type-options',
    'nosniff',
    'x-frame-options',
    'DENY',
    'cross-origin-opener-policy',
    'same-origin',
    'permissions-policy',
    permissions,
    ...(secure ? ['strict-transport-security', `max-age=${hstsSeconds}; includeSubDomains`] : []),
  ]
  return {
    forData: [...always, 'referrer-policy', 'no-referrer', 'content-security-policy', noPagePolicy],
    forPage: (nonce, formTargets) => [
      ...always,
      'referrer-policy',
      'same-origin',
      'content-security-policy',
      pagePolicy(nonce, formTargets),
    ],
  }
}

/** An origin, or a scheme of an app on the device, as a CSP source. */
const formTarget = /^(https?:\/\/[a-z0-9.-]+(:[0-9]{1,5})?|https?:\/\/\[[0-9a-f:]+\](:[0-9]{1,5})?|[a-z][a-z0-9+.-]*:)$/

function pagePolicy(nonce: string, formTargets: readonly string[]): string {
  for (const target of formTargets) if (!formTarget.test(target)) throw new Error('A form target must be an origin')
  const own = `'self' 'nonce-${nonce}'`
  const forms = ["'self'", ...formTargets].join(' ')
  return `default-src 'none'; style-src ${own}; script-src 'nonce-${nonce}'; img-src 'self' data:; form-action ${forms}; frame-ancestors 'none'; base-uri 'none'`
}
