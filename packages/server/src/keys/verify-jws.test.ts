import assert from 'node:assert/strict'
import { createHmac, type KeyObject } from 'node:crypto'
import { before, test } from 'node:test'
import { compactVerify, importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK } from 'jose'
import { base64url, utf8 } from '#kernel'
import { generateForTests } from '../../test/keys.ts'
import { privateJwk, publicJwk, signBytes } from './algorithms.ts'
import type { PublicJwk, SigningAlgorithm } from './contract.ts'
import { jwsHeader, writeJws } from './jws.ts'
import { verifyJws } from './verify-jws.ts'

const algorithms: readonly SigningAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA']
const privateKeys = new Map<SigningAlgorithm, KeyObject>()
before(async () => {
  const generate = generateForTests()
  for (const algorithm of algorithms) privateKeys.set(algorithm, await generate(algorithm))
})

function pair(algorithm: SigningAlgorithm): { readonly privateKey: KeyObject; readonly jwk: PublicJwk } {
  const privateKey = privateKeys.get(algorithm)
  assert.ok(privateKey)
  return { privateKey, jwk: publicJwk(algorithm, privateKey) }
}

const claims = { sub: 'u', n: 1, list: ['é', null] }
const sign = (algorithm: SigningAlgorithm, header?: string, payload: Record<string, unknown> = claims): string => {
  const { privateKey, jwk } = pair(algorithm)
  return writeJws(header ?? jwsHeader(algorithm, jwk.kid, 'JWT'), payload, (bytes) => signBytes(algorithm, privateKey, bytes))
}
const encode = (value: unknown): string => base64url(utf8(JSON.stringify(value)))
const imported = async (jwk: object, algorithm: string): Promise<CryptoKey> => {
  const key = await importJWK(jwk as JWK, algorithm)
  assert.ok(!(key instanceof Uint8Array))
  return key
}

for (const algorithm of algorithms) {
  test(`${algorithm}: jose verifies what we sign`, async () => {
    const { payload, protectedHeader } = await jwtVerify(sign(algorithm), await imported(pair(algorithm).jwk, algorithm), {
      algorithms: [algorithm],
      typ: 'JWT',
    })
    assert.deepEqual(payload, claims)
    assert.deepEqual(protectedHeader, { alg: algorithm, kid: pair(algorithm).jwk.kid, typ: 'JWT' })
  })

  test(`${algorithm}: we verify what jose signs`, async () => {
    const { privateKey, jwk } = pair(algorithm)
    const token = await new SignJWT(claims)
      .setProtectedHeader({ typ: 'JWT', kid: jwk.kid, alg: algorithm })
      .sign(await imported(privateJwk(algorithm, privateKey), algorithm))
    assert.deepEqual(verifyJws(jwk, 'JWT', token), claims)
  })

  test(`${algorithm}: a changed character anywhere, or one more or less, is refused`, () => {
    const token = sign(algorithm)
    const { jwk } = pair(algorithm)
    assert.deepEqual(verifyJws(jwk, 'JWT', token), claims)
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A'
      assert.equal(verifyJws(jwk, 'JWT', token.slice(0, at) + other + token.slice(at + 1)), undefined, `character ${at}`)
    }
    for (const other of [token.slice(1), token.slice(0, -1), `${token}A`, `A${token}`, `${token}.`, `${token} `]) {
      assert.equal(verifyJws(jwk, 'JWT', other), undefined)
    }
  })
}

test('the known attacks on verifiers are refused', () => {
  const { jwk } = pair('ES256')
  const good = sign('ES256')
  const [header = '', body = '', signature = ''] = good.split('.')
  const spki = JSON.stringify(jwk)
  const hmac = (head: string, secret: string | Buffer): string =>
    `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`
  const hs256 = encode({ alg: 'HS256', kid: jwk.kid, typ: 'JWT' })
  const attacks = {
    'alg none without a signature': `${encode({ alg: 'none', kid: jwk.kid, typ: 'JWT' })}.${body}.`,
    'alg None with the signature': `${encode({ alg: 'None', kid: jwk.kid, typ: 'JWT' })}.${body}.${signature}`,
    'no signature': `${header}.${body}.`,
    'HS256 keyed with the public JWK': hmac(hs256, spki),
    'HS256 keyed with the public x': hmac(hs256, Buffer.from(String(jwk['x']), 'base64url')),
    'HS256 keyed with nothing': hmac(hs256, ''),
    'r = s = 0': `${header}.${body}.${base64url(new Uint8Array(64))}`,
    'a DER signature': `${header}.${body}.${base64url(Buffer.concat([Buffer.from([0x30, 0x44, 2, 32]), Buffer.alloc(32, 1), Buffer.from([2, 32]), Buffer.alloc(32, 1)]))}`,
    'another alg of the same key': sign('ES256', encode({ alg: 'EdDSA', kid: jwk.kid, typ: 'JWT' })),
    'alg in lower case': sign('ES256', encode({ alg: 'es256', kid: jwk.kid, typ: 'JWT' })),
    'another kid': sign('ES256', jwsHeader('ES256', 'other', 'JWT')),
    'a kid that is a path': sign('ES256', jwsHeader('ES256', '../../dev/null', 'JWT')),
    'a kid that is SQL': sign('ES256', jwsHeader('ES256', "' union select 'x", 'JWT')),
    'another typ': sign('ES256', jwsHeader('ES256', jwk.kid, 'at+jwt')),
    'typ in lower case': sign('ES256', jwsHeader('ES256', jwk.kid, 'jwt')),
    'typ with the prefix': sign('ES256', jwsHeader('ES256', jwk.kid, 'application/JWT')),
    'an embedded key': sign('ES256', encode({ alg: 'ES256', kid: jwk.kid, typ: 'JWT', jwk })),
    'a critical extension': sign('ES256', encode({ alg: 'ES256', kid: jwk.kid, typ: 'JWT', crit: ['b64'], b64: true })),
    'a signature of another payload': `${header}.${encode({ sub: 'admin' })}.${signature}`,
  }
  for (const [says, token] of Object.entries(attacks)) assert.equal(verifyJws(jwk, 'JWT', token), undefined, says)
  assert.deepEqual(verifyJws(jwk, 'JWT', good), claims)
})

test('the key of another token kind does not verify, even with its kid', () => {
  const other = pair('EdDSA')
  assert.equal(verifyJws({ ...other.jwk, kid: pair('ES256').jwk.kid }, 'JWT', sign('ES256')), undefined)
})

test('a signed payload that is no object, or has a name twice, is no set of claims', async () => {
  const { privateKey, jwk } = pair('ES256')
  for (const text of ['[]', 'null', '"x"', '{"sub":"a","sub":"b"}', '', '{"a":1}{"a":1}']) {
    const signed = `${jwsHeader('ES256', jwk.kid, 'JWT')}.${base64url(utf8(text))}`
    const token = `${signed}.${base64url(signBytes('ES256', privateKey, utf8(signed)))}`
    await compactVerify(token, await imported(jwk, 'ES256'))
    assert.equal(verifyJws(jwk, 'JWT', token), undefined, text)
  }
})
