/** Headers, payloads, parts and signatures, as they should be and as nobody should write them. @module */

import { base64url, utf8 } from '#kernel'
import type { Random } from './random.ts'
import { macUnderPublicKey, pretenderOf, signed, type Given, type Signer } from './signers.ts'
import type { Stricter } from './stricter.ts'

export type Form = 'own' | 'assertion' | 'proof'

/** Something on its way to a token: how it deviates, and which of our rules that concerns. */
export interface Draft {
  readonly form: Form
  readonly given: Given
  stricter: Set<Stricter>
  /** Whether anything at all is not as it should be. */
  plain: boolean
}

type Members = Record<string, unknown>

const typeOf = { own: 'JWT', assertion: 'JWT', proof: 'dpop+jwt' } as const

/** By what name the key is known, or would be had we taken it. */
const kidOf = ({ form, given }: Pick<Draft, 'form' | 'given'>): unknown =>
  form === 'own' ? given.signer.jwk.kid : (given.registered?.kid ?? given.jwk['kid'] ?? given.signer.jwk.kid)

export function usualHeader({ form, given }: Draft): Members {
  const { jwk, signer } = given
  const typ = typeOf[form]
  if (form === 'proof') return { typ, alg: signer.algorithm, jwk }
  return { alg: signer.algorithm, kid: kidOf({ form, given }), typ }
}

type Change = (header: Members, random: Random) => void

const wrongAlgorithms: readonly unknown[] = [
  'none',
  'None',
  'NONE',
  'nOnE',
  '',
  'HS256',
  'HS512',
  'es256',
  'ES256 ',
  'ES384',
  'RS512',
  'EdDsa',
  7,
  null,
  ['ES256'],
  {},
  true,
]
const wrongKids: readonly unknown[] = ['', '../../dev/null', "' or 1=1 --", 'k'.repeat(300), 7, null, ['k'], {}, '\u0000']
const wrongTypes: readonly unknown[] = ['jwt', 'application/JWT', 'at+jwt', 'dpop+jwt ', '', 7, null, ['JWT']]
const ignorable: readonly (readonly [string, unknown])[] = [
  ['jku', 'https://evil.example/jwks'],
  ['x5u', 'https://evil.example/cert'],
  ['x5c', ['MIIB']],
  ['x5t', 'AAAA'],
  ['cty', 'JWT'],
  ['zip', 'DEF'],
  ['b64', true],
  ['iat', 1],
  ['x', null],
  ['__proto__', { alg: 'none' }],
  ['constructor', 'x'],
  ['ALG', 'none'],
]
const critical: readonly unknown[] = [['exp'], [], 'exp', ['b64', 'exp'], ['alg'], [7], null, ['b64', 'b64']]

const headerChanges: readonly Change[] = [
  (header, random) => (header['alg'] = random.pick(wrongAlgorithms)),
  (header) => delete header['alg'],
  (header, random) => add(header, random.pick(ignorable)),
  (header) => add(header, ['crit', ['b64']], ['b64', true]),
  (header) => add(header, ['crit', ['b64']], ['b64', false]),
  (header, random) => add(header, ['crit', random.pick(critical)]),
  (header, random) => (header['typ'] = random.pick(wrongTypes)),
  (header) => (header['typ'] = 'client-authentication+jwt'),
  (header) => delete header['typ'],
  (header) => delete header['kid'],
  (header, random) => (header['kid'] = random.pick(wrongKids)),
  (header) => delete header['jwk'],
  (header, random) => (header['jwk'] = random.pick([null, 'x', [], 7, {}, { kty: 'EC' }])),
]

const members = { own: ['alg', 'kid', 'typ'], assertion: ['alg', 'kid', 'typ'], proof: ['alg', 'jwk', 'typ'] } as const
const types = { own: ['JWT'], assertion: [undefined, 'JWT', 'client-authentication+jwt'], proof: ['dpop+jwt'] } as const

/** Which of our rules a header breaks that is JSON as it should be. */
function brokenRules(header: Members, { form, given }: Draft): readonly Stricter[] {
  const allowed: readonly string[] = members[form]
  const { kid } = header
  const wanted = kidOf({ form, given })
  const named = form === 'own' || (form === 'assertion' && kid !== undefined)
  return [
    ...(Object.keys(header).some((name) => !allowed.includes(name)) ? (['other header members'] as const) : []),
    ...((types[form] as readonly unknown[]).includes(header['typ']) ? [] : (['another typ'] as const)),
    ...(named && kid !== wanted ? (['another kid'] as const) : []),
  ]
}

const add = (header: Members, ...members: readonly (readonly [string, unknown])[]): void => {
  for (const [name, value] of members) Object.defineProperty(header, name, { value, enumerable: true, configurable: true, writable: true })
}

/** The text of a header, changed in none, one or two ways, and spelled in one of many. */
export function headerText(draft: Draft, random: Random): Buffer {
  const header = usualHeader(draft)
  for (let changes = random.pick([0, 0, 0, 1, 1, 2]); changes > 0; changes -= 1) {
    random.pick(headerChanges)(header, random)
    draft.plain = false
  }
  if (draft.given.signer.algorithm === 'EdDSA' && header['alg'] === 'EdDSA' && random.once(12)) {
    header['alg'] = 'Ed25519'
    draft.plain = false
    // RFC 9864: a proof may say either, its key the same.
    if (draft.form !== 'proof' || draft.given.jwk['alg'] !== undefined) draft.stricter.add('another alg')
  }
  for (const rule of brokenRules(header, draft)) draft.stricter.add(rule)
  return spelled(JSON.stringify(header), draft, random, draft.form === 'proof' ? 1_024 : 512)
}

export const payloads: readonly string[] = [
  '{"iss":"a","sub":"a","aud":"https://id.example","exp":1800000060,"jti":"j"}',
  '{"htm":"POST","htu":"https://id.example/token","iat":1800000000,"jti":"j"}',
  '{}',
  '{"a":1e400,"b":-0,"c":0.1e-7,"d":12345678901234567890}',
  '{"a":"\\ud800","b":"é😀","":"","\\u0000":null}',
  '{"a":[[[[{"b":[true,false,null]}]]]],"exp":"soon"}',
  '{"__proto__":{"admin":true},"constructor":1,"toString":"x"}',
]
const noClaims: readonly string[] = ['[]', 'null', '"x"', '7', '', ' ', '{', '{"a":1}x', "{'a':1}", '{"a":1,}', 'not json']

export function payloadText(draft: Draft, random: Random): Buffer {
  if (random.once(10)) {
    draft.plain = false
    draft.stricter.add('no claims')
    return Buffer.from(random.pick(noClaims))
  }
  return spelled(random.pick(payloads), draft, random)
}

/** A JSON object as somebody else would write it: still the same, or with something that we take for none. */
function spelled(json: string, draft: Draft, random: Random, mostBytes = Infinity): Buffer {
  const deviates = (rule: Stricter, text: string | Buffer): Buffer => {
    draft.plain = false
    draft.stricter.add(rule)
    return Buffer.from(text as string)
  }
  switch (random.below(30)) {
    case 0:
      return fits(Buffer.from(json.replaceAll('":', '" : ').replace('{', '{\n\t')), draft, mostBytes)
    case 1:
      // The same name, written with an escape.
      return fits(
        Buffer.from(json.replace(/"([a-z])/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`)),
        draft,
        mostBytes,
      )
    case 2:
      return json === '{}'
        ? Buffer.from(json)
        : deviates('names twice', json.replace('{', `{${/"(?:[^"\\]|\\.)*":/.exec(json)?.[0] ?? ''}"x",`))
    case 3:
      return deviates('names twice', json.replace(/\}$/, `${json === '{}' ? '' : ','}"q":{"w":1,"\\u0077":2}}`))
    case 4:
      return deviates('a byte order mark', `\ufeff${json}`)
    case 5:
      return deviates('too deep', json.replace(/\}$/, `${json === '{}' ? '' : ','}"deep":${'['.repeat(16)}${']'.repeat(16)}}`))
    case 6:
      return deviates('no claims', Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xff, 0x7d])]))
    case 7:
      return mostBytes === Infinity ? Buffer.from(json) : deviates('too long', json + ' '.repeat(mostBytes))
    default:
      return fits(Buffer.from(json), draft, mostBytes)
  }
}

function fits(text: Buffer, draft: Draft, mostBytes: number): Buffer {
  if (text.byteLength > mostBytes) draft.stricter.add('too long')
  return text
}

/** A part in its one spelling, or in another that some reader takes for the same. */
export function part(bytes: Uint8Array, draft: Draft, random: Random): string {
  const text = base64url(bytes)
  const other = random.once(25) ? respelled(text, random) : text
  if (other !== text) {
    draft.plain = false
    draft.stricter.add('another spelling of bytes')
  }
  return other
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Padding, white space, the other alphabet, or bits behind the last byte. */
export function respelled(text: string, random: Random): string {
  switch (random.below(6)) {
    case 0:
      return `${text}${'='.repeat((4 - (text.length % 4)) % 4)}`
    case 1:
      return `${text.slice(0, 5)}${random.pick([' ', '\n', '\t', '\r', '\f'])}${text.slice(5)}`
    case 2:
      return text.replaceAll('-', '+').replaceAll('_', '/')
    case 3:
      return text.length % 4 < 2 ? text : text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) ?? 'A') + 1] ?? text.at(-1))
    case 4:
      return `${text}A`
    default:
      return `${text}=`
  }
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

/** The signature over a text: right three times of four, then made in every way in which it could be wrong. */
export function signature(text: string, draft: Draft, random: Random): Buffer {
  const { signer } = draft.given
  const right = signed(signer, text)
  if (!random.once(4)) return right
  const wrong = wrongSignature(right, text, signer, random)
  if (!wrong.equals(right)) draft.plain = false
  return wrong
}

function wrongSignature(right: Buffer, text: string, signer: Signer, random: Random): Buffer {
  switch (random.below(12)) {
    case 0:
      return Buffer.alloc(0)
    case 1:
      return Buffer.alloc(right.byteLength, random.pick([0, 0xff]))
    case 2:
      return right.subarray(0, -1)
    case 3:
      return Buffer.concat([right, Buffer.alloc(1)])
    case 4:
      return Buffer.concat([Buffer.alloc(1), right])
    case 5:
      return signed(pretenderOf(signer), text)
    case 6:
      return macUnderPublicKey(signer, text, random.below(3))
    case 7:
      return signed(signer, `${text} `)
    case 8:
      return sideSignature(right, text, signer, random)
    case 9:
      return Buffer.from(text.slice(0, 64))
    case 10:
      return Buffer.from(utf8('none'))
    default: {
      const flipped = Buffer.from(right)
      const at = random.below(flipped.byteLength)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
      return flipped
    }
  }
}

/** What is particular to an algorithm: DER, the other s, another salt, another order. */
function sideSignature(right: Buffer, text: string, signer: Signer, random: Random): Buffer {
  const [r, s] = [right.subarray(0, 32), right.subarray(32)]
  switch (signer.algorithm) {
    case 'ES256':
      return random.pick([
        // Also a signature of the same text: whoever verifies by the book takes it, and so do both.
        Buffer.concat([r, bytesOf(order - number(s))]),
        Buffer.concat([Buffer.alloc(32), s]),
        Buffer.concat([r, Buffer.alloc(32)]),
        Buffer.concat([bytesOf(order), s]),
        Buffer.concat([r, bytesOf((number(s) + order) % (1n << 256n))]),
        signed(signer, text, { dsaEncoding: 'der' }),
      ])
    case 'EdDSA':
      return Buffer.concat([r, Buffer.from(s.map((byte, at) => (at === 31 ? byte | random.pick([0x10, 0x20, 0x40, 0x80]) : byte)))])
    case 'PS256':
      return signed(signer, text, { saltLength: random.pick([0, 20, 31, 33, 64]) })
    case 'RS256':
    default:
      return signed(signer, text, { padding: 6, saltLength: 32 })
  }
}
