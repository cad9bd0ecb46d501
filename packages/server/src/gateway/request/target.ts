/**
 * Reads the request target (RFC 9112 section 3.2.1) so that everybody behind us
 * can only read it in one way.
 *
 * A decision about `/notes` is worth nothing if the app behind opens `/admin`.
 * Paths that servers are known to read differently (dot segments, encoded
 * slashes, path parameters, doubled slashes, twice-encoded bytes) are therefore
 * no targets at all, and what was read is forwarded byte for byte.
 *
 * @module
 */

/** A request target that has one reading. */
export interface Target {
  /** As it came: what is forwarded. */
  readonly raw: string
  /** The path as it came, without the query. */
  readonly path: string
  /** What stands after the first `?`; undefined when there is none. */
  readonly query: string | undefined
  /** The path with its percent-escapes read and without a final slash (`/` itself is empty): what routes are matched with. */
  readonly routed: string
}

/** Longer than any address that browsers and common servers agree on; the head as a whole is limited to twice as much. */
const longest = 8_000

/** The path and the origin together stand in the assertion, which allows 4,096 characters. */
const longestPath = 3_500

/** Visible ASCII without `#`, which is never sent, and `\`, which some read as `/`. */
const visible = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/

/**
 * In the path: a doubled slash, a path parameter (`;`), an escape that is none,
 * and the escapes of controls, `%2f`, `%5c`, `%2e`, `%3b`, `%23`, `%3f`, `%7f`,
 * each also when its percent sign is itself escaped.
 */
const ambiguous = /\/\/|;|%(?![0-9a-f]{2})|%(?:25)*(?:[01][0-9a-f]|2[ef3]|3[bf]|5c|7f)/i

/** Undefined for a target that is too long, not in origin form, or open to a second reading. */
export function readTarget(raw: string): Target | undefined {
  if (raw.length > longest || !visible.test(raw)) return undefined
  const mark = raw.indexOf('?')
  const path = mark === -1 ? raw : raw.slice(0, mark)
  if (path.length > longestPath || ambiguous.test(path)) return undefined
  const read = unescaped(path)
  if (read === undefined || read.split('/').some((segment) => segment === '.' || segment === '..')) return undefined
  return { raw, path, query: mark === -1 ? undefined : raw.slice(mark + 1), routed: read.endsWith('/') ? read.slice(0, -1) : read }
}

/** Undefined when the escapes are not UTF-8: overlong spellings of a slash are among those. */
function unescaped(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
