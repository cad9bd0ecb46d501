import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { base64url } from '#kernel'
import { readClientKey } from './client-keys.ts'

type Members = Readonly<Record<string, unknown>>

const exported = (key: KeyObject): Members => ({ ...key.export({ format: 'jwk' }) })

const ec = exported(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
const ed = exported(generateKeyPairSync('ed25519').publicKey)
const rsa = exported(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)

/** Of so many bits, and odd: enough for a reader, which does not look for its factors. */
function modulus(bits: number): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xa5)
  bytes[0] = 1 << ((bits - 1) % 8)
  return base64url(bytes)
}

const padded = (text: unknown): string => base64url(Buffer.concat([Buffer.alloc(1), Buffer.from(String(text), 'base64url')]))

const taken: readonly (readonly [string, Members])[] = [
  ['P-256 for ES256', { ...ec, alg: 'ES256' }],
  ['Ed25519 for EdDSA', { ...ed, alg: 'EdDSA' }],
  ['RSA of 2048 bits for RS256', { ...rsa, alg: 'RS256' }],
  ['RSA for PS256', { ...rsa, alg: 'PS256' }],
  ['RSA of 3072 bits', { ...rsa, n: modulus(3072), alg: 'RS256' }],
  ['RSA of 4096 bits', { ...rsa, n: modulus(4096), alg: 'RS256' }],
  ['RSA with the exponent 17', { ...rsa, e: 'EQ', alg: 'RS256' }],
  ['RSA with the exponent 2^32 - 1', { ...rsa, e: '_____w', alg: 'RS256' }],
  ['use sig', { ...ec, alg: 'ES256', use: 'sig' }],
  ['key_ops verify', { ...ec, alg: 'ES256', key_ops: ['verify'] }],
  ['certificates that nobody looks at', { ...ec, alg: 'ES256', x5c: ['AAAA'], x5u: 'https://evil.example' }],
  ['a kid of 128 characters', { ...ec, alg: 'ES256', kid: 'k'.repeat(128) }],
]

for (const [says, jwk] of taken) {
  test(`a client key with ${says} is taken, and nothing but the key is kept`, () => {
    const read = readClientKey(jwk)
    assert.ok(read)
    const { alg, kid = read.kid } = jwk
    const { use: _use, key_ops: _ops, x5c: _x5c, x5u: _x5u, ...members } = jwk
    assert.deepEqual(read, { ...members, alg, kid, use: 'sig' })
  })
}

const refused: readonly (readonly [string, Members])[] = [
  ['no alg', ec],
  ['alg none', { ...ec, alg: 'none' }],
  ['a shared secret', { kty: 'oct', k: 'AAAA', alg: 'HS256' }],
  ['HS256 for a public key', { ...rsa, alg: 'HS256' }],
  ['a shared secret beside a public key', { ...ec, alg: 'ES256', k: 'AAAA' }],
  ['an alg of another curve', { ...ec, alg: 'ES384' }],
  ['an alg of another kind of key', { ...ec, alg: 'RS256' }],
  ['an alg that is a list', { ...ec, alg: ['ES256'] }],
  ['an alg that every object has', { ...ec, alg: 'constructor' }],
  ['no kty', { ...ec, kty: undefined, alg: 'ES256' }],
  ['the kty of another key', { ...ec, kty: 'RSA', alg: 'ES256' }],
  ['the kty of another algorithm', { ...rsa, kty: 'EC', alg: 'RS256' }],
  ['the crv of another key', { ...ec, crv: 'P-384', alg: 'ES256' }],
  ['a crv on RSA', { ...rsa, crv: 'P-256', alg: 'RS256' }],
  ['P-384 for ES256', { ...exported(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), alg: 'ES256' }],
  ['secp256k1 for ES256', { ...exported(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), alg: 'ES256' }],
  ['Ed448 for EdDSA', { ...exported(generateKeyPairSync('ed448').publicKey), alg: 'EdDSA' }],
  ['X25519 for EdDSA', { ...exported(generateKeyPairSync('x25519').publicKey), alg: 'EdDSA' }],
  ['a point that is not on the curve', { ...ec, x: ec['y'], y: ec['x'], alg: 'ES256' }],
  ['the point 0, 0', { ...ec, x: base64url(Buffer.alloc(32)), y: base64url(Buffer.alloc(32)), alg: 'ES256' }],
  ['RSA of 2047 bits', { ...rsa, n: modulus(2047), alg: 'RS256' }],
  ['RSA of 2041 bits', { ...rsa, n: modulus(2041), alg: 'RS256' }],
  ['RSA of 1024 bits', { ...rsa, n: modulus(1024), alg: 'RS256' }],
  ['RSA of 4097 bits', { ...rsa, n: modulus(4097), alg: 'RS256' }],
  ['RSA of 16384 bits', { ...rsa, n: modulus(16_384), alg: 'PS256' }],
  ['RSA without a modulus', { ...rsa, n: '', alg: 'RS256' }],
  ['RSA with the exponent 0', { ...rsa, e: 'AA', alg: 'RS256' }],
  ['RSA with the exponent 1', { ...rsa, e: 'AQ', alg: 'RS256' }],
  ['RSA with the exponent 3', { ...rsa, e: 'Aw', alg: 'RS256' }],
  ['RSA with the exponent 2^32 + 1', { ...rsa, e: 'AQAAAAE', alg: 'RS256' }],
  ['RSA with an exponent as long as its modulus', { ...rsa, e: modulus(2040), alg: 'RS256' }],
  ['use enc', { ...ec, alg: 'ES256', use: 'enc' }],
  ['use that is null', { ...ec, alg: 'ES256', use: null }],
  ['key_ops sign', { ...ec, alg: 'ES256', key_ops: ['sign'] }],
  ['key_ops for more than verifying', { ...ec, alg: 'ES256', key_ops: ['verify', 'encrypt'] }],
  ['key_ops twice', { ...ec, alg: 'ES256', key_ops: ['verify', 'verify'] }],
  ['no key_ops at all', { ...ec, alg: 'ES256', key_ops: [] }],
  ['key_ops that are a text', { ...ec, alg: 'ES256', key_ops: 'verify' }],
  ['a private number', { ...ec, alg: 'ES256', d: 'AAAA' }],
  ['the factors of RSA', { ...rsa, alg: 'RS256', p: 'AAAA', q: 'AAAA' }],
  ['an empty kid', { ...ec, alg: 'ES256', kid: '' }],
  ['a kid with a line feed', { ...ec, alg: 'ES256', kid: 'a\nb' }],
  ['a kid of 129 characters', { ...ec, alg: 'ES256', kid: 'k'.repeat(129) }],
  ['a kid that is a number', { ...ec, alg: 'ES256', kid: 7 }],
  ['padding in a member', { ...ec, x: `${String(ec['x'])}=`, alg: 'ES256' }],
  ['white space in a member', { ...ed, x: ` ${String(ed['x'])}`, alg: 'EdDSA' }],
  ['a zero before the modulus', { ...rsa, n: padded(rsa['n']), alg: 'RS256' }],
  ['a zero before the exponent', { ...rsa, e: padded(rsa['e']), alg: 'RS256' }],
  ['a zero before a coordinate', { ...ec, y: padded(ec['y']), alg: 'ES256' }],
]

for (const [says, jwk] of refused) {
  test(`a client key with ${says} is refused`, () => assert.equal(readClientKey(jwk), undefined))
}

test('what is refused for its spelling is a key all the same', () => {
  assert.ok(createPublicKey({ key: { ...rsa, n: padded(rsa['n']) }, format: 'jwk' }))
})
