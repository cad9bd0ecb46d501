/**
 * Whether a redirect URI is one that the client registered: the same text,
 * RFC 9700 section 2.1. No patterns, no prefixes, no normal forms: whoever can
 * choose where the code goes has the code.
 *
 * @module
 */

/**
 * RFC 8252 section 7.3: a native app listens on a port that the system chose,
 * so on loopback addresses the port is left out of the comparison. By the
 * section's own words for addresses only: what `localhost` means is up to a
 * resolver.
 */
const loopbackAddress = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(?=[/?]|$)/

export function isRegisteredRedirectUri(registered: readonly string[], asked: string): boolean {
  if (registered.includes(asked)) return true
  const portless = withoutPort(asked)
  return portless !== undefined && registered.some((uri) => withoutPort(uri) === portless)
}

/** The URI without its port if it is on a loopback address; undefined for all others. */
function withoutPort(uri: string): string | undefined {
  const [whole, address, port] = loopbackAddress.exec(uri) ?? []
  if (whole === undefined || (port !== undefined && Number(port) > 65_535)) return undefined
  return `http://${address}${uri.slice(whole.length)}`
}
