import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, randomBytes, Secret, systemOperation } from '#kernel'
import { openFileVault } from './vault.ts'

const op = systemOperation('test', newId('ten'), () => {})
const root = Buffer.alloc(32, 1)
const vault = openFileVault(new Secret(root))
const dataKey = Buffer.alloc(32, 2)
const cannotOpen = { name: 'Refusal', code: 'keys.cannot_open', message: 'The key cannot be opened.' }

test('what was wrapped is unwrapped, by another vault of the same root key too', async () => {
  const wrapped = await vault.wrap(op, dataKey, 'here')
  assert.equal(wrapped.vaultKey, vault.keyId)
  assert.deepEqual(Buffer.from(await vault.unwrap(op, wrapped, 'here')), dataKey)
  assert.deepEqual(Buffer.from(await openFileVault(new Secret(root)).unwrap(op, wrapped, 'here')), dataKey)
})

test('another context, another root key, another name and every changed byte look the same', async () => {
  const wrapped = await vault.wrap(op, dataKey, 'here')
  const other = openFileVault(new Secret(randomBytes(32)))
  await assert.rejects(vault.unwrap(op, wrapped, 'there'), cannotOpen)
  await assert.rejects(other.unwrap(op, wrapped, 'here'), cannotOpen)
  await assert.rejects(other.unwrap(op, { ...wrapped, vaultKey: other.keyId }, 'here'), cannotOpen)
  for (let at = 0; at < wrapped.bytes.byteLength; at += 1) {
    const bytes = Uint8Array.from(wrapped.bytes)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await assert.rejects(vault.unwrap(op, { ...wrapped, bytes }, 'here'), cannotOpen)
  }
})

test('wrapping leaves the data key as it was, since the caller wipes it', async () => {
  const copy = Buffer.from(dataKey)
  await vault.wrap(op, copy, 'here')
  assert.deepEqual(copy, dataKey)
})

test('4 KiB are wrapped and one byte more is not', async () => {
  assert.equal((await vault.unwrap(op, await vault.wrap(op, Buffer.alloc(4096), 'c'), 'c')).byteLength, 4096)
  await assert.rejects(vault.wrap(op, Buffer.alloc(4097), 'c'), RangeError)
})

test('the name of a root key says nothing about it and is always the same', () => {
  assert.match(vault.keyId, /^[A-Za-z0-9_-]{22}$/)
  assert.equal(openFileVault(new Secret(root)).keyId, vault.keyId)
  assert.notEqual(openFileVault(new Secret(Buffer.alloc(32, 3))).keyId, vault.keyId)
})
