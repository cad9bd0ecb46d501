/**
 * What attackers do to a JWT, by name. Each row makes a token from a right one of
 * any kind; where nothing else is said, it is refused as that kind refuses.
 *
 * @module
 */

import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { base64url, utf8 } from '#kernel'
import { clientJwk, compact, part, signText, type Header, type Made } from './jwt-kinds.ts'

export interface Attack {
  readonly name: string
  readonly forge: (made: Made, place: string) => string
  /** Where it is refused with another code than the usual one, or rightly taken, by the beginning of the kind's name. */
  readonly but?: Readonly<Record<string, string>> | undefined
}

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strangerJwk = stranger.publicKey.export({ format: 'jwk' })

const withHeader = (made: Made, more: Header): string => compact({ ...made, header: { ...made.header, ...more } })
const without = (made: Made, name: string): string => {
  const { [name]: _, ...header } = made.header
  return signText(`${part(header)}.${part(made.claims)}`, made.privateKey, made.header['alg'])
}
const withHeaderText = (made: Made, text: string): string =>
  signText(`${part(text)}.${part(made.claims)}`, made.privateKey, made.header['alg'])
const withClaimsText = (made: Made, text: string): string =>
  signText(`${part(made.header)}.${part(text)}`, made.privateKey, made.header['alg'])
const partsOf = (made: Made): readonly [string, string, string] => compact(made).split('.') as [string, string, string]

/** The header again, with a member before it that says something else. */
const twice = (made: Made, name: string, value: unknown): string =>
  withHeaderText(made, JSON.stringify(made.header).replace('{', `{${JSON.stringify(name)}:${JSON.stringify(value)},`))

const unsigned = (made: Made, alg: unknown, keepSignature: 'stripped' | 'kept'): string => {
  const [, body, tail] = partsOf(made)
  return `${part({ ...made.header, alg })}.${body}.${keepSignature === 'kept' ? tail : ''}`
}

const mac = (made: Made, secret: string | Uint8Array, alg = 'HS256'): string => {
  const text = `${part({ ...made.header, alg })}.${part(made.claims)}`
  return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest('base64url')}`
}

const noneSpellings = ['none', 'None', 'NONE', 'nOnE', 'none ', 'none\u0000', '', 'null']
const wrongAlgorithm = { 'gateway assertion': 'token.wrong_algorithm' } as const
const badSignature = { 'gateway assertion': 'token.bad_signature' } as const
const unknownKey = { 'gateway assertion': 'token.unknown_key' } as const
/** The form or the query is refused before anything is read. */
const tooLong = { 'client assertion': 'request.malformed', id_token: 'page 400' } as const
const wrongType = { 'gateway assertion': 'token.wrong_type' } as const

const signatures: readonly Attack[] = [
  ...noneSpellings.flatMap((alg): readonly Attack[] => [
    { name: `alg ${JSON.stringify(alg)} and no signature`, forge: (made) => unsigned(made, alg, 'stripped'), but: wrongAlgorithm },
    { name: `alg ${JSON.stringify(alg)} and the old signature`, forge: (made) => unsigned(made, alg, 'kept'), but: wrongAlgorithm },
  ]),
  ...[null, 7, true, ['ES256'], { alg: 'ES256' }].map((alg): Attack => ({
    name: `alg that is ${JSON.stringify(alg)}`,
    forge: (made) => withHeader(made, { alg }),
  })),
  { name: 'no alg', forge: (made) => without(made, 'alg') },
  { name: 'HS256 keyed with the public JWK', forge: (made) => mac(made, JSON.stringify(made.jwk)), but: wrongAlgorithm },
  {
    name: 'HS256 keyed with the public numbers',
    forge: (made) => mac(made, Buffer.from(String(made.jwk['n'] ?? made.jwk['x']), 'base64url')),
    but: wrongAlgorithm,
  },
  { name: 'HS256 keyed with the public PEM', forge: (made) => mac(made, pemOf(made)), but: wrongAlgorithm },
  { name: 'HS256 keyed with nothing', forge: (made) => mac(made, ''), but: wrongAlgorithm },
  { name: 'HS512 keyed with the public JWK', forge: (made) => mac(made, JSON.stringify(made.jwk), 'HS512'), but: wrongAlgorithm },
  { name: 'alg in lower case', forge: (made) => withHeader(made, { alg: String(made.header['alg']).toLowerCase() }), but: wrongAlgorithm },
  { name: 'alg with white space', forge: (made) => withHeader(made, { alg: `${String(made.header['alg'])} ` }), but: wrongAlgorithm },
  {
    name: 'the other RSA algorithm, or the wrong curve',
    forge: (made) => withHeader(made, { alg: made.header['alg'] === 'RS256' ? 'PS256' : 'ES384' }),
    but: wrongAlgorithm,
  },
  { name: 'an algorithm that is a method of every object', forge: (made) => withHeader(made, { alg: 'constructor' }), but: wrongAlgorithm },
  { name: 'the signature stripped', forge: (made) => partsOf(made).slice(0, 2).join('.') },
  { name: 'the signature emptied', forge: (made) => `${partsOf(made).slice(0, 2).join('.')}.`, but: badSignature },
  { name: 'a signature of zeros', forge: (made) => resigned(made, (bytes) => Buffer.alloc(bytes.byteLength)), but: badSignature },
  { name: 'a signature with a byte less', forge: (made) => resigned(made, (bytes) => bytes.subarray(1)), but: badSignature },
  {
    name: 'a signature with a byte more',
    forge: (made) => resigned(made, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
    but: badSignature,
  },
  {
    name: 'the signature of another payload',
    forge: (made) => `${part(made.header)}.${part({ ...made.claims, admin: true })}.${partsOf(made)[2]}`,
    but: badSignature,
  },
  { name: 'the header and the payload swapped', forge: (made) => swapped(made) },
  {
    name: 'the name of our key on the signature of a stranger',
    forge: (made) => compact({ ...made, privateKey: stranger.privateKey }),
    but: badSignature,
  },
]

const keys: readonly Attack[] = [
  ...[
    '../../../../dev/null',
    '/proc/self/environ',
    "' union select 'x' --",
    'x; sleep 10',
    'https://evil.example/key',
    '__proto__',
    '',
    '\u0000',
    'k'.repeat(400),
  ].map((kid): Attack => ({
    name: `kid ${JSON.stringify(kid.slice(0, 24))}`,
    forge: (made) => withHeader(made, { kid }),
    but: unknownKey,
  })),
  { name: 'a kid of 4 kB', forge: (made) => withHeader(made, { kid: 'k'.repeat(4_000) }), but: tooLong },
  ...[7, null, true, ['x'], { kid: 'x' }].map((kid): Attack => ({
    name: `kid that is ${JSON.stringify(kid)}`,
    forge: (made) => withHeader(made, { kid }),
  })),
  {
    name: 'the kid of a client’s key',
    forge: (made) => withHeader(made, { kid: clientJwk.kid }),
    but: { ...unknownKey, 'client assertion': 'taken' },
  },
  { name: 'no kid', forge: (made) => without(made, 'kid'), but: { 'client assertion': 'taken', 'DPoP proof': 'taken' } },
  { name: 'jku to a key set of the attacker', forge: (made, place) => withHeader(foreign(made), { jku: `${place}/jwks`, kid: 'evil' }) },
  { name: 'jku on a token that is right otherwise', forge: (made, place) => withHeader(made, { jku: `${place}/jwks` }) },
  { name: 'x5u to a certificate of the attacker', forge: (made, place) => withHeader(foreign(made), { x5u: `${place}/cert` }) },
  { name: 'x5c with a certificate of the attacker', forge: (made) => withHeader(foreign(made), { x5c: ['MIIBszCCAVmgAwIBAgIU'] }) },
  { name: 'x5t of something', forge: (made) => withHeader(made, { 'x5t#S256': 'A'.repeat(43) }) },
  {
    name: 'the attacker’s own key in the header',
    forge: (made) => withHeader(foreign(made), { jwk: strangerJwk }),
    but: { 'DPoP proof': 'taken' },
  },
  { name: 'our public key in the header', forge: (made) => withHeader(made, { jwk: made.jwk }), but: { 'DPoP proof': 'taken' } },
  {
    name: 'a private key in the header',
    forge: (made) => withHeader(foreign(made), { jwk: stranger.privateKey.export({ format: 'jwk' }) }),
  },
  { name: 'a shared secret in the header', forge: (made) => withHeader(made, { jwk: { kty: 'oct', k: 'AAAA' }, alg: 'HS256' }) },
]

const headers: readonly Attack[] = [
  { name: 'crit with an extension that nobody knows', forge: (made) => withHeader(made, { crit: ['exp'], exp: 1 }) },
  { name: 'crit that is empty', forge: (made) => withHeader(made, { crit: [] }) },
  { name: 'crit that is a text', forge: (made) => withHeader(made, { crit: 'b64' }) },
  {
    name: 'b64 false with crit, payload in clear',
    forge: (made) =>
      signText(
        `${part({ ...made.header, b64: false, crit: ['b64'] })}.${JSON.stringify(made.claims).replaceAll('.', '')}`,
        made.privateKey,
        made.header['alg'],
      ),
  },
  { name: 'b64 false with crit, payload encoded', forge: (made) => withHeader(made, { b64: false, crit: ['b64'] }) },
  { name: 'b64 false without crit', forge: (made) => withHeader(made, { b64: false }) },
  { name: 'b64 true with crit', forge: (made) => withHeader(made, { b64: true, crit: ['b64'] }) },
  { name: 'cty of a nested token', forge: (made) => withHeader(made, { cty: 'JWT' }) },
  { name: 'zip without encryption', forge: (made) => withHeader(made, { zip: 'DEF' }) },
  { name: 'a member that nobody knows', forge: (made) => withHeader(made, { x: 1 }) },
  { name: '__proto__ in the header', forge: (made) => twice(made, '__proto__', { alg: 'none' }) },
  { name: 'alg twice', forge: (made) => twice(made, 'alg', 'none') },
  {
    name: 'alg twice, the first in an escape',
    forge: (made) => withHeaderText(made, JSON.stringify(made.header).replace('{', '{"\\u0061lg":"none",')),
  },
  { name: 'alg twice, the same', forge: (made) => twice(made, 'alg', made.header['alg']) },
  {
    name: 'kid twice',
    forge: (made) => withHeaderText(made, JSON.stringify({ ...made.header, kid: undefined }).replace('{', '{"kid":"a","kid":"b",')),
  },
  { name: 'typ twice', forge: (made) => twice(made, 'typ', 'JWT') },
  { name: 'no typ', forge: (made) => without(made, 'typ'), but: { 'client assertion': 'taken' } },
  ...[7, null, ['JWT'], {}].map((typ): Attack => ({
    name: `typ that is ${JSON.stringify(typ)}`,
    forge: (made) => withHeader(made, { typ }),
  })),
  { name: 'typ in the wrong case', forge: (made) => withHeader(made, { typ: swapCase(String(made.header['typ'])) }), but: wrongType },
  { name: 'typ with its prefix', forge: (made) => withHeader(made, { typ: `application/${String(made.header['typ'])}` }), but: wrongType },
  { name: 'a header of 5 kB', forge: (made) => withHeaderText(made, JSON.stringify(made.header) + ' '.repeat(5_000)), but: tooLong },
  { name: 'a header that is a list', forge: (made) => withHeaderText(made, JSON.stringify([made.header])) },
  { name: 'a header that is no JSON', forge: (made) => withHeaderText(made, 'alg=ES256') },
  { name: 'a header with a byte order mark', forge: (made) => withHeaderText(made, `\ufeff${JSON.stringify(made.header)}`) },
  {
    name: 'a header in UTF-16',
    forge: (made) =>
      signText(
        `${base64url(Buffer.from(JSON.stringify(made.header), 'utf16le'))}.${part(made.claims)}`,
        made.privateKey,
        made.header['alg'],
      ),
  },
]

const shapes: readonly Attack[] = [
  { name: 'four parts', forge: (made) => `${compact(made)}.AAAA` },
  { name: 'a dot behind it', forge: (made) => `${compact(made)}.` },
  { name: 'a dot before it', forge: (made) => `.${compact(made)}` },
  { name: 'dots alone', forge: () => '..' },
  {
    name: 'five parts, as a JWE has them',
    forge: (made) => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: made.header['kid'] })}.AAAA.AAAA.${part(made.claims)}.AAAA`,
  },
  { name: 'a JWE by direct key', forge: () => `${part({ alg: 'dir', enc: 'A256GCM' })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA` },
  {
    name: 'a JWE that unpacks to a megabyte',
    forge: (made) =>
      `${part({ alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF', kid: made.header['kid'] })}.AAAA.AAAA.${base64url(deflateRawSync(Buffer.alloc(1_000_000)))}.AAAA`,
  },
  {
    name: 'a JWS whose payload unpacks to a megabyte',
    forge: (made) =>
      signText(
        `${part({ ...made.header, zip: 'DEF' })}.${base64url(deflateRawSync(Buffer.alloc(1_000_000)))}`,
        made.privateKey,
        made.header['alg'],
      ),
  },
  {
    name: 'the JSON serialization',
    forge: (made) => JSON.stringify({ protected: partsOf(made)[0], payload: partsOf(made)[1], signature: partsOf(made)[2] }),
  },
  { name: 'a token in a token', forge: (made) => withClaimsText(made, compact(made)) },
  { name: 'padding', forge: (made) => `${partsOf(made).slice(0, 2).join('.')}.${partsOf(made)[2]}${'='.repeat(2)}` },
  { name: 'bits behind the last byte of the signature', forge: (made) => trailing(made) },
  { name: 'white space before it', forge: (made) => ` ${compact(made)}` },
  { name: 'a line feed behind it', forge: (made) => `${compact(made)}\n` },
  { name: 'a line feed within the payload', forge: (made) => compact(made).replace(/\.(.{9})/, '.$1\n') },
  {
    name: 'the alphabet of base64',
    forge: (made) =>
      signText(
        `${part(made.header)}.${Buffer.from(JSON.stringify({ ...made.claims, x: '>>>???>>>???' }))
          .toString('base64')
          .replaceAll('=', '')}`,
        made.privateKey,
        made.header['alg'],
      ),
  },
  {
    name: 'a payload signed with padding',
    forge: (made) => signText(`${part(made.header)}.${paddedPart(made)}`, made.privateKey, made.header['alg']),
  },
  { name: 'claims twice', forge: (made) => withClaimsText(made, JSON.stringify(made.claims).replace('{', '{"sub":"admin","sub":"x",')) },
  {
    name: 'a claim twice deep inside',
    forge: (made) => withClaimsText(made, JSON.stringify(made.claims).replace(/\}$/, ',"x":[{"y":1,"\\u0079":2}]}')),
  },
  {
    name: 'claims a hundred deep',
    forge: (made) => withClaimsText(made, JSON.stringify(made.claims).replace(/\}$/, `,"x":${'['.repeat(100)}${']'.repeat(100)}}`)),
  },
  ...['[]', 'null', '"claims"', '7', '', '{', '{}{}'].map((text): Attack => ({
    name: `a payload of ${JSON.stringify(text)}`,
    forge: (made) => withClaimsText(made, text),
  })),
  { name: 'claims in a list', forge: (made) => withClaimsText(made, JSON.stringify([made.claims])) },
  {
    name: 'claims that are no UTF-8',
    forge: (made) =>
      signText(
        `${part(made.header)}.${base64url(Buffer.concat([Buffer.from(JSON.stringify(made.claims).slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]))}`,
        made.privateKey,
        made.header['alg'],
      ),
  },
  {
    name: 'a token of 7 kB',
    forge: (made) => withClaimsText(made, JSON.stringify({ ...made.claims, x: 'x'.repeat(4_600) })),
    but: { 'access token': 'taken', 'gateway assertion': 'taken', ...tooLong },
  },
  {
    name: 'a token of 20 kB',
    forge: (made) => withClaimsText(made, JSON.stringify({ ...made.claims, x: 'x'.repeat(15_000) })),
    but: { 'access token': 'request.malformed', ...tooLong },
  },
]

export const attacks: readonly Attack[] = [...signatures, ...keys, ...headers, ...shapes]

const foreign = (made: Made): Made => ({ ...made, header: { ...made.header, alg: 'ES256' }, privateKey: stranger.privateKey })

const pemOf = ({ privateKey }: Made): string => createPublicKey(privateKey).export({ format: 'pem', type: 'spki' })

function resigned(made: Made, change: (bytes: Buffer) => Buffer): string {
  const [head, body, tail] = partsOf(made)
  return `${head}.${body}.${base64url(change(Buffer.from(tail, 'base64url')))}`
}

function swapped(made: Made): string {
  const [head, body, tail] = partsOf(made)
  return `${body}.${head}.${tail}`
}

const swapCase = (text: string): string => (text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase())

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The last of 86 characters says two bits; of 64 bytes of RSA-3072, 512 characters, none is left, so there a character is added. */
function trailing(made: Made): string {
  const token = compact(made)
  const tail = token.split('.')[2] ?? ''
  return tail.length % 4 === 0 ? `${token}A` : token.slice(0, -1) + (alphabet[alphabet.indexOf(token.at(-1) ?? 'A') + 1] ?? 'A')
}

function paddedPart({ claims }: Made): string {
  for (let more = 0; ; more += 1) {
    const text = Buffer.from(utf8(JSON.stringify({ ...claims, x: 'x'.repeat(more) }))).toString('base64')
    if (text.endsWith('=')) return text.replaceAll('+', '-').replaceAll('/', '_')
  }
}
