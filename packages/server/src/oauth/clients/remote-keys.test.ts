import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import type { Fetched } from '#http'
import { utf8, type Operation } from '#kernel'
import { createRemoteKeys } from './remote-keys.ts'

const jwk = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'one' }
const set: Fetched = { is: 'answer', status: 200, contentType: '', body: utf8(JSON.stringify({ keys: [jwk] })) }
const busy: Fetched = { is: 'failure', why: 'busy' }
const url = 'https://app.example/jwks'

const at = (nowMs: number) => ({ nowMs }) as Operation

test('what was not asked because all were busy is asked when somebody comes again', async () => {
  const says = [busy, busy, set]
  const keys = createRemoteKeys({ get: async () => says.shift() ?? busy })
  const found = []
  for (const nowMs of [1_000, 1_000, 1_001]) found.push((await keys.find(at(nowMs), url, 'one')).length)
  assert.deepEqual(found, [0, 0, 1])
})

test('an address that did not answer rests', async () => {
  let asked = 0
  const get = async (): Promise<Fetched> => {
    asked += 1
    return { is: 'failure', why: 'no_answer' }
  }
  const keys = createRemoteKeys({ get })
  for (const nowMs of [1_000, 60_999, 61_000]) await keys.find(at(nowMs), url, 'one')
  assert.equal(asked, 2)
})

test('256 wait for one answer, and who comes after them is not kept', async () => {
  const { promise, resolve } = Promise.withResolvers<Fetched>()
  const keys = createRemoteKeys({ get: async () => promise })
  let ended = 0
  const find = async () => {
    const found = await keys.find(at(1_000), url, 'one')
    ended += 1
    return found.length
  }
  const many = Array.from({ length: 256 }, find)
  await setImmediate()
  assert.equal(ended, 0)
  assert.equal(await find(), 0)
  resolve(set)
  assert.deepEqual(new Set(await Promise.all(many)), new Set([1]))
  assert.equal(await find(), 1)
})

test('everybody may wait again for the next answer', async () => {
  const asked: PromiseWithResolvers<Fetched>[] = []
  const get = async () => {
    const next = Promise.withResolvers<Fetched>()
    asked.push(next)
    return next.promise
  }
  const keys = createRemoteKeys({ get })
  for (const [round, nowMs] of [1_000, 61_000].entries()) {
    const many = Array.from({ length: 256 }, async () => keys.find(at(nowMs), url, 'one'))
    await setImmediate()
    asked[round]?.resolve(round === 0 ? { is: 'failure', why: 'no_answer' } : set)
    assert.ok((await Promise.all(many)).every((found) => found.length === round))
  }
})
