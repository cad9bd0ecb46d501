import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { base64url, utf8 } from '#kernel'
import { jwsHeader, maxTokenChars, readJws, writeJws } from './jws.ts'

const encode = (text: string): string => base64url(utf8(text))
const header = encode('{"alg":"ES256","kid":"k","typ":"at+jwt"}')
const body = encode('{"sub":"u"}')
const tail = base64url(Buffer.alloc(64, 5))

test('a token is read into its parts', () => {
  const jws = readJws(`${header}.${body}.${tail}`)
  assert.equal(jws?.algorithm, 'ES256')
  assert.equal(jws.keyId, 'k')
  assert.equal(jws.type, 'at+jwt')
  assert.equal(Buffer.from(jws.payload).toString(), '{"sub":"u"}')
  assert.equal(Buffer.from(jws.signed).toString(), `${header}.${body}`)
  assert.deepEqual(
    [...jws.signature],
    Array.from({ length: 64 }, () => 5),
  )
})

/** Headers that some verifier somewhere has fallen for. */
const headers = [
  { says: 'no kid', text: '{"alg":"ES256","typ":"at+jwt"}' },
  { says: 'no typ', text: '{"alg":"ES256","kid":"k"}' },
  { says: 'no alg', text: '{"kid":"k","typ":"at+jwt"}' },
  { says: 'alg twice', text: '{"alg":"none","alg":"ES256","kid":"k","typ":"at+jwt"}' },
  { says: 'alg twice, once escaped', text: '{"\\u0061lg":"none","alg":"ES256","kid":"k","typ":"at+jwt"}' },
  { says: 'kid twice', text: '{"alg":"ES256","kid":"a","kid":"k","typ":"at+jwt"}' },
  { says: 'an embedded key', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","jwk":{"kty":"EC"}}' },
  { says: 'an address of keys', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","jku":"https://evil.example/"}' },
  { says: 'an address of a certificate', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","x5u":"https://evil.example/"}' },
  { says: 'a certificate', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","x5c":["AAAA"]}' },
  { says: 'crit', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","crit":["exp"]}' },
  { says: 'an unencoded payload', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","b64":false}' },
  { says: 'compression', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","zip":"DEF"}' },
  { says: 'a member that nobody knows', text: '{"alg":"ES256","kid":"k","typ":"at+jwt","x":1}' },
  { says: 'an alg that is no text', text: '{"alg":["ES256"],"kid":"k","typ":"at+jwt"}' },
  { says: 'a kid that is no text', text: '{"alg":"ES256","kid":1,"typ":"at+jwt"}' },
  { says: 'a typ of null', text: '{"alg":"ES256","kid":"k","typ":null}' },
  { says: 'a list', text: '["ES256","k","at+jwt"]' },
  { says: 'no JSON', text: 'alg=ES256' },
  { says: 'something after the object', text: '{"alg":"ES256","kid":"k","typ":"at+jwt"}x' },
  { says: 'a byte order mark', text: '\ufeff{"alg":"ES256","kid":"k","typ":"at+jwt"}' },
]

for (const { says, text } of headers) {
  test(`a header with ${says} is refused`, () => assert.equal(readJws(`${encode(text)}.${body}.${tail}`), undefined))
}

const tokens = [
  { says: 'nothing', token: '' },
  { says: 'one part', token: header },
  { says: 'two parts', token: `${header}.${body}` },
  { says: 'four parts', token: `${header}.${body}.${tail}.` },
  { says: 'the five parts of a JWE', token: `${header}.${body}.${tail}.${tail}.${tail}` },
  { says: 'a dot in front', token: `.${header}.${body}.${tail}` },
  { says: 'padding', token: `${header}.${body}=.${tail}` },
  { says: 'base64 instead of base64url', token: `${header}.${body}.${tail.slice(0, -2)}+/` },
  { says: 'white space', token: `${header}.${body}.${tail}\n` },
  { says: 'a second spelling of the signature', token: `${header}.${body}.${tail.slice(0, -1)}${tail.endsWith('Q') ? 'R' : 'B'}` },
  { says: 'a second spelling of the payload', token: `${header}.${encode('{}').slice(0, -1)}1.${tail}` },
  { says: 'bytes that are no text in its header', token: `${base64url(Buffer.from([0xff]))}.${body}.${tail}` },
]

for (const { says, token } of tokens) test(`a token of ${says} is refused`, () => assert.equal(readJws(token), undefined))

test('the header has at most 512 bytes', () => {
  const sized = (bytes: number): string => {
    const empty = '{"alg":"ES256","kid":"","typ":"at+jwt"}'
    return encode(empty.replace('""', `"${'k'.repeat(bytes - empty.length)}"`))
  }
  assert.ok(readJws(`${sized(512)}.${body}.${tail}`))
  assert.equal(readJws(`${sized(513)}.${body}.${tail}`), undefined)
})

test('a token has at most 16,384 characters, written and read', () => {
  const whole = (chars: number): string => `${header}.${'A'.repeat(chars - header.length - tail.length - 2)}.${tail}`
  const fits = [maxTokenChars, maxTokenChars - 1, maxTokenChars - 2].map(whole)
  assert.ok(fits.some((token) => readJws(token) !== undefined))
  for (const extra of [1, 2, 3]) assert.equal(readJws(whole(maxTokenChars + extra)), undefined)
  assert.throws(() => writeJws(header, { a: 'a'.repeat(maxTokenChars) }, () => new Uint8Array(64)), RangeError)
})

test('what is written is read as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.uint8Array({ maxLength: 400 }), (claims, signature) => {
      const token = writeJws(jwsHeader('EdDSA', 'k', 'JWT'), claims, () => signature)
      const jws = readJws(token)
      assert.equal(Buffer.from(jws?.payload ?? []).toString(), JSON.stringify(claims))
      assert.deepEqual([...(jws?.signature ?? [])], [...signature])
    }),
  )
})

test('what is accepted re-encodes to the same text, so that no two tokens mean the same', () => {
  const letter = fc.constantFrom(...Array.from('ABQgwxyz019-_=+/. \n'))
  const part = fc.oneof(fc.constant(header), fc.constant(body), fc.constant(tail), fc.string({ unit: letter, maxLength: 8 }))
  let accepted = 0
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (parts) => {
      const token = parts.join('.')
      const jws = readJws(token)
      if (jws === undefined) return
      accepted += 1
      assert.equal(`${Buffer.from(jws.signed).toString()}.${base64url(jws.signature)}`, token)
      assert.equal(`${parts[0]}.${base64url(jws.payload)}.${base64url(jws.signature)}`, token)
    }),
    { numRuns: 2000 },
  )
  assert.ok(accepted > 10, `only ${accepted} were accepted`)
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void readJws(text)))
})
