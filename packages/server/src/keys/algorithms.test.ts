import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { exportJWK, importJWK, type JWK } from 'jose'
import { readBase64url, utf8 } from '#kernel'
import { generateSigningKey, privateJwk, publicJwk, readPrivateKey, readPublicKey, signBytes, verifyBytes } from './algorithms.ts'
import type { PublicJwk, SigningAlgorithm } from './contract.ts'
import { verifySignature } from './verify-jws.ts'

const jwk = (members: Record<string, string>): PublicJwk => ({ kty: '', alg: '', kid: 'k', use: 'sig', ...members })
const modulus =
  'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ'
const claims = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
const curvePoint = { x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' }
const edwardsPoint = { x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }

const published = [
  {
    source: 'RFC 7515 A.2',
    key: jwk({ kty: 'RSA', alg: 'RS256', n: modulus, e: 'AQAB' }),
    signed: `eyJhbGciOiJSUzI1NiJ9.${claims}`,
    signature:
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
  },
  {
    source: 'RFC 7515 A.3',
    key: jwk({ kty: 'EC', crv: 'P-256', alg: 'ES256', ...curvePoint }),
    signed: `eyJhbGciOiJFUzI1NiJ9.${claims}`,
    signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  },
  {
    source: 'RFC 8037 A.4',
    key: jwk({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', ...edwardsPoint }),
    signed: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  },
]

for (const { source, key, signed, signature } of published) {
  const bytes = readBase64url(signature) ?? new Uint8Array()
  test(`${source} verifies`, () => assert.equal(verifySignature(key, utf8(signed), bytes), true))

  test(`${source} does not verify with a changed message or any changed byte of its signature`, () => {
    assert.equal(verifySignature(key, utf8(`${signed}A`), bytes), false)
    for (let at = 0; at < bytes.byteLength; at += 1) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal(verifySignature(key, utf8(signed), changed), false)
    }
  })

  test(`${source} does not verify when its signature is shorter, longer or empty`, () => {
    for (const other of [bytes.subarray(1), bytes.subarray(0, -1), new Uint8Array(), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      assert.equal(verifySignature(key, utf8(signed), other), false)
    }
    assert.equal(verifySignature(key, utf8(signed), Buffer.concat([Buffer.alloc(1), bytes])), false)
  })
}

/** The order of P-256 and the prime of its field, FIPS 186-5. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const number = (value: bigint): string => value.toString(16).padStart(64, '0')

test('no pair of edge values is a signature, r = s = 0 of CVE-2022-21449 least of all', () => {
  const key = jwk({ kty: 'EC', crv: 'P-256', alg: 'ES256', ...curvePoint })
  const edges = [0n, 1n, order - 1n, order, order + 1n, prime, prime + 1n, 2n ** 256n - 1n]
  for (const r of edges) {
    for (const s of edges) assert.equal(verifySignature(key, utf8('x'), Buffer.from(number(r) + number(s), 'hex')), false, `${r} ${s}`)
  }
})

test('(r, n - s) is a signature too, which is why a token is known by its jti and never by its bytes', async () => {
  const key = await generateSigningKey('ES256')
  const signature = Buffer.from(signBytes('ES256', key, utf8('x'))).toString('hex')
  const twin = signature.slice(0, 64) + number(order - BigInt(`0x${signature.slice(64)}`))
  assert.equal(verifySignature(publicJwk('ES256', key), utf8('x'), Buffer.from(twin, 'hex')), true)
})

test('the thumbprints are those of RFC 7638 section 3.1 and RFC 8037 A.3', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const rsa = readPublicKey(jwk({ kty: 'RSA', alg: 'RS256', n, e: 'AQAB' }))
  const edwards = readPublicKey(jwk({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', ...edwardsPoint }))
  assert.ok(rsa && edwards)
  assert.equal(publicJwk('RS256', rsa.key).kid, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  assert.equal(publicJwk('EdDSA', edwards.key).kid, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

/** A key that a JWK could carry, and why it is not one of ours. */
const notKeys: readonly { readonly says: string; readonly key: PublicJwk }[] = [
  { says: 'no such algorithm', key: jwk({ kty: 'EC', crv: 'P-256', alg: 'none', ...curvePoint }) },
  { says: 'an algorithm called like an inherited member', key: jwk({ kty: 'EC', crv: 'P-256', alg: 'constructor', ...curvePoint }) },
  { says: 'a symmetric key', key: jwk({ kty: 'oct', alg: 'HS256', k: 'AAAA' }) },
  { says: 'an EC key that says RS256', key: jwk({ kty: 'EC', crv: 'P-256', alg: 'RS256', ...curvePoint }) },
  { says: 'an RSA key that says ES256', key: jwk({ kty: 'RSA', alg: 'ES256', n: modulus, e: 'AQAB' }) },
  { says: 'a point that is not on the curve', key: jwk({ kty: 'EC', crv: 'P-256', alg: 'ES256', x: curvePoint.x, y: curvePoint.x }) },
  { says: 'the point at infinity', key: jwk({ kty: 'EC', crv: 'P-256', alg: 'ES256', x: 'A'.repeat(43), y: 'A'.repeat(43) }) },
  { says: 'another curve', key: jwkOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey) },
  {
    says: 'another curve that says it is ours',
    key: { ...jwkOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), crv: 'P-256' },
  },
  { says: 'Ed448', key: jwkOf('EdDSA', generateKeyPairSync('ed448').publicKey) },
  { says: 'X25519, which cannot sign', key: jwkOf('EdDSA', generateKeyPairSync('x25519').publicKey) },
  { says: 'an RSA key of 1024 bits', key: jwkOf('RS256', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey) },
  { says: 'a key without its modulus', key: jwk({ kty: 'RSA', alg: 'RS256', e: 'AQAB' }) },
]

for (const { says, key } of notKeys) test(`not a key: ${says}`, () => assert.equal(readPublicKey(key), undefined))

test('a signature length is that of the key, not of the algorithm', async () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signature = signBytes('RS256', key.privateKey, utf8('x'))
  assert.equal(signature.byteLength, 256)
  assert.equal(verifyBytes('RS256', key.publicKey, utf8('x'), signature), true)
  assert.equal(verifyBytes('PS256', key.publicKey, utf8('x'), signature), false)
  assert.equal(verifyBytes('ES256', key.publicKey, utf8('x'), signature), false)
})

for (const algorithm of ['ES256', 'EdDSA', 'PS256'] as const) {
  test(`${algorithm}: our JWKs are what jose makes and reads of the same key`, async () => {
    const key = await generateSigningKey(algorithm)
    const ours = publicJwk(algorithm, key)
    assert.equal('d' in ours, false)
    assert.deepEqual({ ...ours }, { ...(await exportJWK(await importedByJose(ours))), kid: ours.kid, alg: algorithm, use: 'sig' })
    const back = readPrivateKey(privateJwk(algorithm, key))
    assert.ok(back?.equals(key))
  })
}

test('a new RSA key has 3072 bits and the usual exponent', async () => {
  const { asymmetricKeyDetails } = await generateSigningKey('RS256')
  assert.equal(asymmetricKeyDetails?.modulusLength, 3072)
  assert.equal(asymmetricKeyDetails.publicExponent, 65_537n)
})

function jwkOf(algorithm: SigningAlgorithm, key: KeyObject): PublicJwk {
  return { ...key.export({ format: 'jwk' }), kty: String(key.export({ format: 'jwk' }).kty), kid: 'k', alg: algorithm, use: 'sig' }
}

async function importedByJose(key: PublicJwk): Promise<CryptoKey> {
  const imported = await importJWK(key as JWK, key.alg, { extractable: true })
  assert.ok(!(imported instanceof Uint8Array))
  return imported
}
