/**
 * Where this server is, as the outside sees it. The issuer comes from the
 * configuration and never from a request.
 *
 * @module
 */

/** The paths of one issuer. With a path of its own (`https://example.com/id`), everything but RFC 8414's document is below it. */
export interface Places {
  readonly issuer: string
  /** The issuer's path without a slash at its end; empty for most. */
  readonly base: '' | `/${string}`
  /** An absolute URL of ours. */
  readonly url: (path: `/${string}`) => string
  /** A path of ours as a router sees it. */
  readonly path: (path: `/${string}`) => `/${string}`
}

/** The audience of access tokens that may be used at UserInfo, so that a token for an API does not open our own APIs. */
export function userinfoAudience(issuer: string): string {
  return `${withoutSlash(issuer)}/userinfo`
}

export function placesOf(issuer: string): Places {
  const base = withoutSlash(new URL(issuer).pathname) as '' | `/${string}`
  return {
    issuer,
    base,
    url: (path) => `${withoutSlash(issuer)}${path}`,
    path: (path) => `${base}${path}`,
  }
}

const withoutSlash = (text: string): string => (text.endsWith('/') ? text.slice(0, -1) : text)
