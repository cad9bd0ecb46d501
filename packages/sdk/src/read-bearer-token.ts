/** Reads an `Authorization` header. @module */

/** RFC 6750 section 2.1. The scheme's letters may be of either case, RFC 9110 section 11.1. */
const bearer = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * The token in a header `Authorization: Bearer …`. Undefined when there is no
 * header or it is of another scheme, so that the result goes straight into
 * {@link verifyAccessToken}, which refuses it then with `token.missing`.
 */
export function readBearerToken(authorization: string | null | undefined): string | undefined {
  return bearer.exec(authorization ?? '')?.[1]
}
