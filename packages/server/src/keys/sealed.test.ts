import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { utf8 } from '#kernel'
import { maxPlainBytes, openExtended, openWith, sealedOverheadBytes, sealedVersion, sealExtended, sealingKey, sealWith } from './sealed.ts'

const key = sealingKey(7, Buffer.alloc(32, 9))
const bound = utf8('bound')

/** C2SP XAES-256-GCM, test vectors. The second key is one whose first subkey needs the reduction. */
const vectors = [
  { byte: 1, authenticated: '', sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271' },
  { byte: 3, authenticated: 'c2sp.org/XAES-256-GCM', sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d' },
]

for (const { byte, authenticated, sealed } of vectors) {
  test(`XAES-256-GCM, the published vector of key ${byte}`, () => {
    const one = sealingKey(1, Buffer.alloc(32, byte))
    const ours = sealExtended(one, utf8('ABCDEFGHIJKLMNOPQRSTUVWX'), utf8('XAES-256-GCM'), utf8(authenticated))
    assert.equal(Buffer.from(ours).toString('hex'), sealed)
  })
}

test('XAES-256-GCM, 10,000 accumulated random vectors', () => {
  // Inputs are drawn from SHAKE128 of nothing, outputs are hashed with it. 6 MB hold 10,000 draws of at most 568 bytes.
  const stream = createHash('shake128', { outputLength: 6_000_000 }).digest()
  const outputs = createHash('shake128', { outputLength: 32 })
  let at = 0
  const draw = (count: number): Buffer => stream.subarray(at, (at += count))
  for (let round = 0; round < 10_000; round += 1) {
    const one = sealingKey(1, draw(32))
    const nonce = draw(24)
    const plain = draw(draw(1)[0] ?? 0)
    const authenticated = draw(draw(1)[0] ?? 0)
    const sealed = sealExtended(one, nonce, plain, authenticated)
    outputs.update(sealed)
    assert.deepEqual(openExtended(one, nonce, sealed, authenticated), plain)
  }
  assert.equal(outputs.digest('hex'), 'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939')
})

test('what was sealed opens under the same key and the same bound bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 40 }), (plain, bound) => {
      const sealed = sealWith(key, plain, bound)
      assert.equal(sealed.byteLength, plain.byteLength + sealedOverheadBytes)
      assert.deepEqual([...(openWith(key, sealed, bound) ?? [])], [...plain])
    }),
  )
})

test('the layout is format, key version, nonce, ciphertext, tag', () => {
  const sealed = sealWith(key, new Uint8Array(0), bound)
  assert.equal(Buffer.from(sealed.subarray(0, 5)).toString('hex'), '0100000007')
  assert.equal(sealed.byteLength, 45)
  assert.equal(sealedVersion(sealed), 7)
})

test('a changed bit anywhere opens nothing: header, nonce, ciphertext, tag', () => {
  const sealed = sealWith(key, utf8('twelve bytes'), bound)
  for (let at = 0; at < sealed.byteLength; at += 1) {
    for (const bit of [1, 0x80]) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ bit
      assert.equal(openWith(key, changed, bound), undefined, `byte ${at}`)
    }
  }
})

test('bytes cut off anywhere, or one added at either end, open nothing', () => {
  const sealed = sealWith(key, utf8('twelve bytes'), bound)
  for (let at = 0; at < sealed.byteLength; at += 1) {
    assert.equal(openWith(key, sealed.subarray(0, at), bound), undefined)
    assert.equal(openWith(key, sealed.subarray(at + 1), bound), undefined)
  }
  assert.equal(openWith(key, Buffer.concat([sealed, Buffer.alloc(1)]), bound), undefined)
  assert.equal(openWith(key, Buffer.concat([Buffer.alloc(1), sealed]), bound), undefined)
})

test('other bound bytes, another key, and the same key under another version open nothing', () => {
  const sealed = sealWith(key, utf8('x'), bound)
  assert.equal(openWith(key, sealed, utf8('bounD')), undefined)
  assert.equal(openWith(key, sealed, new Uint8Array(0)), undefined)
  assert.equal(openWith(sealingKey(7, Buffer.alloc(32, 8)), sealed, bound), undefined)
  assert.equal(openWith(sealingKey(8, Buffer.alloc(32, 9)), sealed, bound), undefined)
})

test('bytes move neither from the header into the bound bytes nor back', () => {
  // The header is part of what is authenticated; a fixed length keeps the border where it is.
  const sealed = sealWith(key, utf8('x'), Buffer.from('aabb', 'hex'))
  assert.equal(openWith(key, sealed, Buffer.from('07aabb', 'hex')), undefined)
})

test('sealing the same twice never gives the same bytes', () => {
  const seen = new Set(Array.from({ length: 100 }, () => Buffer.from(sealWith(key, utf8('x'), bound)).toString('hex')))
  assert.equal(seen.size, 100)
})

test('1 MiB is sealed, one byte more is not, and neither is opened', () => {
  const sealed = sealWith(key, new Uint8Array(maxPlainBytes), bound)
  assert.equal(openWith(key, sealed, bound)?.byteLength, maxPlainBytes)
  assert.throws(() => sealWith(key, new Uint8Array(maxPlainBytes + 1), bound), RangeError)
  assert.equal(sealedVersion(Buffer.concat([sealed, Buffer.alloc(1)])), undefined)
})

for (const { says, version, bytes } of [
  { says: '31 bytes', version: 1, bytes: 31 },
  { says: '33 bytes', version: 1, bytes: 33 },
  { says: 'version 0', version: 0, bytes: 32 },
  { says: 'version 2^32', version: 2 ** 32, bytes: 32 },
  { says: 'half a version', version: 1.5, bytes: 32 },
]) {
  test(`${says} make no sealing key`, () => assert.throws(() => sealingKey(version, Buffer.alloc(bytes)), RangeError))
}

test('the largest version is written and read', () => {
  const last = sealingKey(2 ** 32 - 1, Buffer.alloc(32, 9))
  const sealed = sealWith(last, utf8('x'), bound)
  assert.equal(sealedVersion(sealed), 2 ** 32 - 1)
  assert.ok(openWith(last, sealed, bound))
})
