import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerifiedSignatures } from './verified.ts'

test('10,000 signatures are remembered, and the oldest goes when one more comes', () => {
  const verified = new VerifiedSignatures()
  for (let at = 0; at < 10_000; at += 1) verified.remember(`${at}`, 'key')
  assert.deepEqual([verified.size, verified.signerOf('0'), verified.signerOf('9999')], [10_000, 'key', 'key'])
  verified.remember('10000', 'other')
  assert.deepEqual([verified.size, verified.signerOf('0'), verified.signerOf('1')], [10_000, undefined, 'key'])
  assert.equal(verified.signerOf('10000'), 'other')
})

test('a signature remembered twice takes one place', () => {
  const verified = new VerifiedSignatures()
  for (let at = 0; at < 3; at += 1) verified.remember('same', 'key')
  assert.equal(verified.size, 1)
})
