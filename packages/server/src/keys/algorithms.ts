/**
 * The signature algorithms of RFC 7518 and RFC 8037 on the synchronous
 * primitives of OpenSSL, with the lengths checked that OpenSSL leaves open.
 *
 * @module
 */

import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  sign as signOnce,
  verify as verifyOnce,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto'
import { promisify } from 'node:util'
import { base64url, sha256 } from '#kernel'
import type { PrivateJwk, PublicJwk, SigningAlgorithm } from './contract.ts'

const generateLater = promisify(generateKeyPair)

/**
 * 3072 bits are worth 128 (NIST SP 800-57 part 1, table 2), like P-256 beside it. 2048 bits are worth 112, which NIST means
 * to end in 2030 and the BSI ended in 2023. The difference is 0.6 ms a signature (0.96 against 0.36), paid after a
 * password hash of 50 ms or more, and 128 bytes a token.
 */
const rsaBits = 3072

/** A verifier need not take the key of a stranger's choice: less is weak, more is slow on purpose. */
const rsaModulusBits = { least: 2048, most: 4096 } as const

/**
 * An exponent of 1 signs nothing and one of 3 is broken by careless padding; a long one makes a verification forty times
 * slower. Every generator in use makes 65,537.
 */
const rsaExponent = { above: 3n, below: 2n ** 32n } as const

interface Primitive {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv: string | undefined
  readonly digest: 'sha256' | null
  readonly options: Omit<SignKeyObjectInput, 'key'>
  readonly generate: () => Promise<KeyObject>
  /** Whether a key is one for this algorithm; a JWK can say anything. */
  readonly fits: (key: KeyObject) => boolean
}

const rsa = {
  kty: 'RSA',
  crv: undefined,
  digest: 'sha256',
  generate: async () => (await generateLater('rsa', { modulusLength: rsaBits, publicExponent: 65_537 })).privateKey,
  fits: (key: KeyObject) => key.asymmetricKeyType === 'rsa' && isRsaFit(key),
} as const

/** How each algorithm is called, and what kind of key it takes. */
const primitives: Readonly<Record<SigningAlgorithm, Primitive>> = {
  RS256: { ...rsa, options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { ...rsa, options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } },
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    digest: 'sha256',
    options: { dsaEncoding: 'ieee-p1363' },
    generate: async () => (await generateLater('ec', { namedCurve: 'P-256' })).privateKey,
    fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
  },
  EdDSA: {
    kty: 'OKP',
    crv: 'Ed25519',
    digest: null,
    options: {},
    generate: async () => (await generateLater('ed25519', {})).privateKey,
    fits: (key) => key.asymmetricKeyType === 'ed25519',
  },
}

/** A fresh private key, made off the main thread. */
export function generateSigningKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  return primitives[algorithm].generate()
}

/** A signature over `bytes`; ES256 as the two numbers of RFC 7518 section 3.4, not DER. */
export function signBytes(algorithm: SigningAlgorithm, key: KeyObject, bytes: Uint8Array): Uint8Array {
  const { digest, options } = primitives[algorithm]
  return signOnce(digest, bytes, { key, ...options })
}

/** Whether `signature` is the key's over `bytes`. Anything malformed is simply not. */
export function verifyBytes(algorithm: SigningAlgorithm, key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (!primitives[algorithm].fits(key) || signature.byteLength !== signatureBytes(algorithm, key)) return false
  const { digest, options } = primitives[algorithm]
  return verifyOnce(digest, bytes, { key, ...options }, signature)
}

/** Reads a public JWK for its own `alg`. Undefined when it is of another kind, of another curve, too small, or not a key at all. */
export function readPublicKey(jwk: PublicJwk): { readonly algorithm: SigningAlgorithm; readonly key: KeyObject } | undefined {
  const algorithm = readAlgorithm(jwk.alg)
  if (algorithm === undefined || jwk.kty !== primitives[algorithm].kty || jwk['crv'] !== primitives[algorithm].crv) return undefined
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return primitives[algorithm].fits(key) ? { algorithm, key } : undefined
  } catch {
    // OpenSSL says in many ways that a point is not on the curve or a member is missing; all mean "not a key".
    return undefined
  }
}

/** Reads a private JWK for its own `alg`; undefined as for {@link readPublicKey}. */
export function readPrivateKey(jwk: PrivateJwk): KeyObject | undefined {
  const algorithm = readAlgorithm(jwk.alg)
  if (algorithm === undefined || jwk.kty !== primitives[algorithm].kty || jwk['crv'] !== primitives[algorithm].crv) return undefined
  try {
    const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    return primitives[algorithm].fits(key) ? key : undefined
  } catch {
    return undefined
  }
}

/** The public JWK of a key; its `kid` is the SHA-256 thumbprint of RFC 7638, so that the same key never has two names. */
export function publicJwk(algorithm: SigningAlgorithm, key: KeyObject): PublicJwk {
  const members = publicHalf(key).export({ format: 'jwk' })
  return Object.freeze({ ...members, kty: primitives[algorithm].kty, kid: thumbprint(members), alg: algorithm, use: 'sig' as const })
}

/** The public half of a key; a public key is its own. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

/** The private JWK of a key, with the names that {@link publicJwk} gives it. */
export function privateJwk(algorithm: SigningAlgorithm, key: KeyObject): PrivateJwk {
  const { kty, kid } = publicJwk(algorithm, key)
  const members = key.export({ format: 'jwk' })
  return Object.freeze({ ...members, kty, kid, alg: algorithm, d: members.d ?? '' })
}

export function readAlgorithm(text: string): SigningAlgorithm | undefined {
  return Object.hasOwn(primitives, text) ? (text as SigningAlgorithm) : undefined
}

/** RFC 7638 section 3.2 and RFC 8037 section 2: the required members, in the order of their names, without white space. */
function thumbprint(members: JsonWebKeyMembers): string {
  const { crv, e, kty, n, x, y } = members
  const required = { RSA: { e, kty, n }, EC: { crv, kty, x, y }, OKP: { crv, kty, x } }[kty ?? '']
  return base64url(sha256(JSON.stringify(required)))
}

type JsonWebKeyMembers = ReturnType<KeyObject['export']> extends infer Exported ? Extract<Exported, { kty?: string }> : never

/** The one length that a signature may have, RFC 8017 section 8, RFC 7518 section 3.4, RFC 8032 section 5.1.6. */
function signatureBytes(algorithm: SigningAlgorithm, key: KeyObject): number {
  return algorithm === 'RS256' || algorithm === 'PS256' ? modulusBytes(key) : 64
}

function isRsaFit({ asymmetricKeyDetails: { modulusLength = 0, publicExponent = 0n } = {} }: KeyObject): boolean {
  if (modulusLength < rsaModulusBits.least || modulusLength > rsaModulusBits.most) return false
  return publicExponent > rsaExponent.above && publicExponent < rsaExponent.below
}

function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}
