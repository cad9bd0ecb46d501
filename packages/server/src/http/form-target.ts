/**
 * Where a form of ours may end after redirects. Browsers hold `form-action`
 * against every redirect that follows a form post, so the page lists the client's
 * origin beside our own (CSP level 3 section 6.4.1).
 */
export function formTarget(redirectUri: string): string | undefined {
  const url = URL.parse(redirectUri)
  if (url === null) return undefined
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return url.protocol
  // CSP's grammar has no IPv6 literals and no underscores, and browsers skip what they cannot read: the scheme is the narrowest that works there.
  return /^[a-z0-9.-]+$/.test(url.hostname) ? url.origin : url.protocol
}
