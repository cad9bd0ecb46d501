import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes, utf8 } from '#kernel'
import { openUnderSecret, sealUnderSecret } from './sealed-by-secret.ts'

const secret = randomBytes(32)
const plain = utf8('r1.successor')

test('what is sealed under a secret opens under that secret', () => {
  assert.deepEqual(Buffer.from(openUnderSecret(secret, sealUnderSecret(secret, plain, 'c'), 'c') ?? []), Buffer.from(plain))
})

test('nothing at all can be sealed and opened too', () => {
  assert.equal(openUnderSecret(secret, sealUnderSecret(secret, new Uint8Array(0), 'c'), 'c')?.byteLength, 0)
})

test('another secret and another context open nothing', () => {
  const sealed = sealUnderSecret(secret, plain, 'c')
  assert.equal(openUnderSecret(randomBytes(32), sealed, 'c'), undefined)
  assert.equal(openUnderSecret(secret, sealed, 'd'), undefined)
})

test('a changed byte anywhere, and a missing one, opens nothing', () => {
  const sealed = sealUnderSecret(secret, plain, 'c')
  for (let at = 0; at < sealed.byteLength; at += 1) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(openUnderSecret(secret, changed, 'c'), undefined, `byte ${at}`)
    assert.equal(openUnderSecret(secret, sealed.subarray(0, at), 'c'), undefined, `cut at ${at}`)
  }
})

test('sealing the same twice looks different', () => {
  assert.notDeepEqual(sealUnderSecret(secret, plain, 'c'), sealUnderSecret(secret, plain, 'c'))
})
