/** Keys that sign the cases, and every way in which somebody could register or send them. @module */

import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readClientKey, type PublicJwk } from '#keys'
import { publicJwk } from '../../src/keys/algorithms.ts'
import type { SigningAlgorithm } from '#keys'
import type { Stricter } from './stricter.ts'

export type Members = Readonly<Record<string, unknown>>

export interface Signer {
  readonly algorithm: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly jwk: PublicJwk
}

/** A key as somebody hands it over. */
export interface Given {
  readonly signer: Signer
  readonly jwk: Members
  /** What we made of it at registration; undefined when we refused it. */
  readonly registered: PublicJwk | undefined
  readonly stricter: readonly Stricter[]
  /** Whether it is a key as it should be. */
  readonly plain: boolean
}

const pairs: readonly (readonly [SigningAlgorithm, () => KeyObject])[] = [
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['EdDSA', () => generateKeyPairSync('ed25519').privateKey],
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
]

/** Two of each algorithm: one that is asked about and one that only pretends to be it. */
export const signers: readonly Signer[] = [...pairs, ...pairs].map(([algorithm, make]) => {
  const privateKey = make()
  return { algorithm, privateKey, jwk: publicJwk(algorithm, privateKey) }
})

const weakRsa = (bits: number, publicExponent: number): Members => ({
  ...generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }).publicKey.export({ format: 'jwk' }),
})

/** Never the key that signs: refused as keys, so no signature is looked at. */
const otherKeys: readonly (readonly [string, Members])[] = [
  ['rsa 1024', weakRsa(1024, 65_537)],
  ['rsa 2040', weakRsa(2040, 65_537)],
  ['p-384', { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) }],
  ['secp256k1', { ...generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }) }],
  ['ed448', { ...generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }) }],
  ['x25519', { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) }],
  ['oct', { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }],
]

/** RSA with an exponent of 3, which signs as it should. */
const smallExponent: readonly Signer[] = (['RS256', 'PS256'] as const).map((algorithm) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  return { algorithm, privateKey, jwk: publicJwk(algorithm, privateKey) }
})

const mostMembers = { RSA: 'n', EC: 'x', OKP: 'x' } as const

/** Every way to write a key down, the right one first. */
const writings: readonly { readonly change: (jwk: PublicJwk) => Members; readonly stricter?: Stricter; readonly plain?: true }[] = [
  { change: (jwk) => jwk, plain: true },
  { change: ({ kid: _kid, ...jwk }) => jwk, plain: true },
  { change: ({ use: _use, ...jwk }) => jwk, plain: true },
  { change: (jwk) => ({ ...jwk, key_ops: ['verify'] }), plain: true },
  { change: (jwk) => ({ ...jwk, x5t: 'AAAA', x5u: 'https://evil.example', x5c: ['AAAA'] }), plain: true },
  { change: (jwk) => ({ ...jwk, kid: 'a key of ours'.replaceAll(' ', '-') }), plain: true },
  { change: ({ alg: _alg, ...jwk }) => jwk, stricter: 'another alg' },
  { change: (jwk) => ({ ...jwk, alg: 'HS256' }) },
  { change: (jwk) => ({ ...jwk, alg: 'none' }) },
  { change: (jwk) => ({ ...jwk, alg: jwk.alg === 'ES256' ? 'RS256' : 'ES256' }) },
  { change: (jwk) => ({ ...jwk, kty: 'oct', k: 'AAAA' }) },
  { change: (jwk) => ({ ...jwk, kty: jwk.kty === 'EC' ? 'OKP' : 'EC' }) },
  { change: (jwk) => ({ ...jwk, kty: 7 }) },
  { change: (jwk) => ({ ...jwk, use: 'enc' }) },
  { change: (jwk) => ({ ...jwk, key_ops: ['sign'] }) },
  { change: (jwk) => ({ ...jwk, key_ops: [] }) },
  { change: (jwk) => ({ ...jwk, key_ops: ['verify', 'verify'] }) },
  { change: (jwk) => ({ ...jwk, key_ops: 'verify' }) },
  { change: (jwk) => ({ ...jwk, key_ops: ['verify', 'sign'] }) },
  { change: (jwk) => ({ ...jwk, d: 'AAAA' }), stricter: 'private members' },
  { change: (jwk) => ({ ...jwk, dp: 'AAAA' }), stricter: 'private members' },
  { change: (jwk) => ({ ...jwk, kid: 'k'.repeat(129) }), stricter: 'a kid that is none' },
  { change: (jwk) => ({ ...jwk, kid: 'two words' }), stricter: 'a kid that is none' },
  { change: (jwk) => ({ ...jwk, kid: 7 }), stricter: 'a kid that is none' },
  { change: (jwk) => respelled(jwk, (text) => `${text}=`), stricter: 'another spelling of a key' },
  { change: (jwk) => respelled(jwk, (text) => text.replaceAll('-', '+').replaceAll('_', '/')), stricter: 'another spelling of a key' },
  { change: (jwk) => respelled(jwk, (text) => ` ${text}`), stricter: 'another spelling of a key' },
  { change: (jwk) => respelled(jwk, (text) => text.slice(0, -1)), stricter: 'another spelling of a key' },
  {
    change: (jwk) => respelled(jwk, (text) => Buffer.concat([Buffer.alloc(1), bytesOf(text)]).toString('base64url')),
    stricter: 'another spelling of a key',
  },
  { change: (jwk) => (jwk.kty === 'RSA' ? { ...jwk, e: 'AAEAAQ' } : { ...jwk, crv: 'P-521' }), stricter: 'another spelling of a key' },
]

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')

function respelled(jwk: PublicJwk, spell: (text: string) => string): Members {
  const name = mostMembers[jwk.kty as keyof typeof mostMembers]
  const text = spell(String(jwk[name]))
  return { ...jwk, [name]: text === jwk[name] ? `${text}\n` : text }
}

const given = (signer: Signer, jwk: Members, rules: readonly Stricter[], plain: boolean): Given => ({
  signer,
  jwk: Object.freeze(jwk),
  registered: readClientKey(jwk),
  stricter: rules,
  plain,
})

export const givenKeys: readonly Given[] = [
  ...signers
    .slice(0, pairs.length)
    .flatMap((signer) =>
      writings.map(({ change, stricter, plain = false }) =>
        given(signer, { ...change(signer.jwk) }, stricter === undefined ? [] : [stricter], plain),
      ),
    ),
  ...smallExponent.map((signer) => given(signer, { ...signer.jwk }, ['an exponent that is small or long'], false)),
  ...signers
    .slice(0, pairs.length)
    .flatMap((signer) => otherKeys.map(([, jwk]) => given(signer, { ...jwk, alg: signer.algorithm, kid: signer.jwk.kid }, [], false))),
]

export const plainKeys: readonly Given[] = givenKeys.filter(({ plain }) => plain)

export const isPretender = (signer: Signer): boolean => signers.indexOf(signer) >= pairs.length

export const pretenderOf = ({ algorithm }: Signer): Signer =>
  signers.find((one) => one.algorithm === algorithm && isPretender(one)) as Signer

/** A signature as the algorithm makes it. */
export function signed({ algorithm, privateKey }: Signer, text: string, more: object = {}): Buffer {
  const options = {
    ES256: { dsaEncoding: 'ieee-p1363' },
    EdDSA: {},
    RS256: { padding: constants.RSA_PKCS1_PADDING },
    PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  }[algorithm]
  return sign(algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(text, 'latin1'), { key: privateKey, ...options, ...more } as never)
}

/** What a verifier would accept that took a public key for a shared secret. */
export function macUnderPublicKey({ jwk }: Signer, text: string, which: number): Buffer {
  const secrets = [JSON.stringify(jwk), Buffer.from(String(jwk['n'] ?? jwk['x']), 'base64url'), '']
  return createHmac('sha256', secrets[which % secrets.length] ?? '')
    .update(text)
    .digest()
}
