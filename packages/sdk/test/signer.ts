/** Makes keys and tokens, right and wrong, with WebCrypto alone. @module */

export type Json = Readonly<Record<string, unknown>>

interface RsaParameters {
  readonly name: string
  readonly modulusLength: number
  readonly publicExponent: Uint8Array<ArrayBuffer>
  readonly hash: string
}

interface Parameters {
  readonly key: RsaParameters | { readonly name: string; readonly namedCurve?: string }
  readonly sign: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'PS256'

const algorithms: Readonly<Record<Algorithm, Parameters>> = {
  ES256: { key: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' } },
  EdDSA: { key: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  RS256: { key: rsa('RSASSA-PKCS1-v1_5', 2048), sign: { name: 'RSASSA-PKCS1-v1_5' } },
  PS256: { key: rsa('RSA-PSS', 2048), sign: { name: 'RSA-PSS', saltLength: 32 } },
}

export interface Signer {
  readonly keyId: string
  /** As it is published. */
  readonly jwk: Json
  /** The private key, for what must never be published. */
  readonly secret: Json
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

function rsa(name: string, modulusLength: number): RsaParameters {
  return { name, modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
}

export async function makeSigner(keyId: string, algorithm: Algorithm, rsaBits?: number): Promise<Signer> {
  const { key, sign } = algorithms[algorithm]
  const wanted = rsaBits === undefined ? key : rsa(key.name, rsaBits)
  const pair = (await crypto.subtle.generateKey(wanted, true, ['sign', 'verify'])) as {
    readonly privateKey: CryptoKey
    readonly publicKey: CryptoKey
  }
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const secret = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as Json
  const jwk = JSON.parse(JSON.stringify({ kty, kid: keyId, use: 'sig', alg: algorithm, crv, x, y, n, e })) as Json
  return { keyId, jwk, secret, sign: async (bytes) => new Uint8Array(await crypto.subtle.sign(sign, pair.privateKey, bytes)) }
}

export function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
}

export function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
}

export function encodeJson(value: unknown): string {
  return encode(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))
}

/** A compact JWS; `header` and `claims` may also be the text that is to be signed. */
export async function signToken(signer: Signer, header: unknown, claims: unknown): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`
  return `${signed}.${encode(await signer.sign(new TextEncoder().encode(signed)))}`
}

/** The mistake of old libraries: an HMAC with the published key as its secret. */
export async function signWithPublicKey(secret: string, header: unknown, claims: unknown): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return `${signed}.${encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))))}`
}

export async function sha256(text: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
