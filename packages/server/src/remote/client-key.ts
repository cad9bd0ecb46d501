/**
 * The key of a client that acts for itself, and what it signs to prove who it is:
 * `private_key_jwt`, RFC 7523 with OpenID Connect Core section 9. The key is on this
 * side of the wire alone; what the server makes of an assertion is in `oauth/token`.
 *
 * @module
 */

import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { base64url, epochSeconds, randomBytes, sha256, utf8 } from '#kernel'

type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'PS256'

export interface ClientKey {
  readonly algorithm: Algorithm
  readonly keyId: string | undefined
  readonly key: KeyObject
}

/** Shorter is refused by the server as well, RFC 7518 section 3.3. */
const leastRsaBits = 2048

/** Long enough for a slow way to the server, short enough that a copy is worth little. */
const assertionSeconds = 60

/**
 * Reads a private key: a JWK, or PEM without a passphrase. An RSA key signs by
 * the `alg` of its JWK, RS256 when there is none. Undefined for everything else.
 */
export function readClientKey(text: string): ClientKey | undefined {
  const jwk = readObject(text)
  try {
    const key = createPrivateKey(jwk === undefined ? text : { key: jwk, format: 'jwk' })
    const algorithm = algorithmOf(key, jwk?.['alg'])
    const keyId = typeof jwk?.['kid'] === 'string' ? jwk['kid'] : undefined
    return algorithm && { algorithm, keyId, key }
  } catch {
    return undefined
  }
}

function algorithmOf(key: KeyObject, named: unknown): Algorithm | undefined {
  const fits = (algorithms: readonly Algorithm[]): Algorithm | undefined =>
    named === undefined ? algorithms[0] : algorithms.find((algorithm) => algorithm === named)
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ed25519') return fits(['EdDSA'])
  if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? fits(['ES256']) : undefined
  return key.asymmetricKeyType === 'rsa' && modulusLength >= leastRsaBits ? fits(['RS256', 'PS256']) : undefined
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Says once, to one server, for a minute, that whoever holds the key is this client. */
export function makeAssertion(
  { algorithm, keyId, key }: ClientKey,
  { clientId, issuer, nowMs }: { readonly clientId: string; readonly issuer: string; readonly nowMs: number },
): string {
  const nowSeconds = epochSeconds(nowMs)
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: issuer,
    iat: nowSeconds,
    exp: nowSeconds + assertionSeconds,
    jti: base64url(randomBytes(16)),
  }
  const part = (value: object): string => base64url(utf8(JSON.stringify(value)))
  const signed = `${part({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })}.${part(claims)}`
  return `${signed}.${base64url(signature(algorithm, key, utf8(signed)))}`
}

function signature(algorithm: Algorithm, key: KeyObject, bytes: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
    case 'EdDSA':
      return sign(null, bytes, key)
    case 'RS256':
      return sign('sha256', bytes, key)
    case 'PS256':
    default:
      return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
  }
}

/** A new pair for ES256, as JWKs. Both halves are named by the thumbprint, RFC 7638. */
export function makeClientKey(): { readonly privateJwk: Readonly<Record<string, unknown>>; readonly publicJwk: object } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  const named = { kid: base64url(sha256(JSON.stringify({ crv, kty, x, y }))), alg: 'ES256', use: 'sig' }
  return { privateJwk: { ...privateKey.export({ format: 'jwk' }), ...named }, publicJwk: { kty, crv, x, y, ...named } }
}
