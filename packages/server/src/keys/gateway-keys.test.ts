import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import { newId, utf8 } from '#kernel'
import { generateSigningKey, privateJwk, publicJwk } from './algorithms.ts'
import type { PrivateJwk, PublicJwk } from './contract.ts'
import { createAssertionSigner, createStateSealer } from './gateway-keys.ts'
import { verifyJws } from './verify-jws.ts'

const tenant = newId('ten')
const old = { version: 1, key: Buffer.alloc(32, 1).toString('base64url') }
const now = { version: 2, key: Buffer.alloc(32, 2).toString('base64url') }
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

let privateKey: PrivateJwk
let publicKey: PublicJwk
before(async () => {
  const key = await generateSigningKey('ES256')
  privateKey = privateJwk('ES256', key)
  publicKey = publicJwk('ES256', key)
})

test('an assertion is verified with the public key under its own typ alone', () => {
  const signer = createAssertionSigner(privateKey)
  const token = signer.sign('countersign-assertion+jwt', { sub: 'u' })
  assert.equal(signer.keyId, publicKey.kid)
  assert.deepEqual(verifyJws(publicKey, 'countersign-assertion+jwt', token), { sub: 'u' })
  assert.equal(verifyJws(publicKey, 'at+jwt', token), undefined)
})

test('the signer does not print its key', () => {
  assert.ok(!inspect(createAssertionSigner(privateKey), { depth: 9, showHidden: true }).includes(privateKey.d))
})

test('what is not a private key makes no signer and is not quoted', () => {
  for (const jwk of [
    { ...publicKey, alg: 'ES256', d: '' },
    { ...privateKey, d: 'AAAA' },
    { ...privateKey, alg: 'RS256' },
    { ...privateKey, kty: 'RSA' },
  ] as PrivateJwk[]) {
    assert.throws(
      () => createAssertionSigner(jwk),
      (error) => error instanceof TypeError && !inspect(error).includes(privateKey.d),
    )
  }
})

test('the first session key seals, all of them open', () => {
  const before = createStateSealer(tenant, [old])
  const after = createStateSealer(tenant, [now, old])
  assert.equal(text(after.open(before.seal(utf8('x'), 'c'), 'c')), 'x')
  assert.equal(text(after.open(after.seal(utf8('y'), 'c'), 'c')), 'y')
  assert.equal(before.open(after.seal(utf8('y'), 'c'), 'c'), undefined)
})

test('another context and another tenant open nothing', () => {
  const sealed = createStateSealer(tenant, [now]).seal(utf8('x'), 'notes.example')
  assert.equal(createStateSealer(tenant, [now]).open(sealed, 'other.example'), undefined)
  assert.equal(createStateSealer(newId('ten'), [now]).open(sealed, 'notes.example'), undefined)
})

test('no keys, and keys that are none, make no sealer', () => {
  assert.throws(() => createStateSealer(tenant, []), TypeError)
  assert.throws(() => createStateSealer(tenant, [{ version: 1, key: 'not base64url!' }]), TypeError)
  assert.throws(() => createStateSealer(tenant, [{ version: 1, key: 'AAAA' }]), RangeError)
})
