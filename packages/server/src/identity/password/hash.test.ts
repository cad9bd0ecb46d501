import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, randomBytes } from '#kernel'
import { calibratePasswords, dummyHash, hashPassword, isWeaker, leastParameters, readParameters, verifyPassword } from './hash.ts'

const salt = 'YWFhYWFhYWFhYWFhYWFhYQ'

const strings = [
  { says: 'the least', phc: `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${salt}`, read: leastParameters },
  {
    says: 'at every cap',
    phc: `$argon2id$v=19$m=1048576,t=16,p=4$${salt}$${salt}`,
    read: { memoryKiB: 1_048_576, passes: 16, parallelism: 4 },
  },
  { says: 'one KiB over the cap of memory', phc: `$argon2id$v=19$m=1048577,t=2,p=1$${salt}$${salt}`, read: undefined },
  { says: 'one pass over the cap', phc: `$argon2id$v=19$m=19456,t=17,p=1$${salt}$${salt}`, read: undefined },
  { says: 'one lane over the cap', phc: `$argon2id$v=19$m=19456,t=2,p=5$${salt}$${salt}`, read: undefined },
  { says: 'argon2i', phc: `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${salt}`, read: undefined },
  { says: 'version 16', phc: `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${salt}`, read: undefined },
  { says: 'something else', phc: '$2b$10$abc', read: undefined },
  { says: 'nothing', phc: '', read: undefined },
] as const

for (const row of strings) {
  test(`the parameters of a stored hash, ${row.says}`, () => assert.deepEqual(readParameters(row.phc), row.read))
}

test('a hash verifies its password and no other', async () => {
  const peppered = base64url(randomBytes(32))
  const phc = await hashPassword(peppered, leastParameters)
  assert.deepEqual(readParameters(phc), leastParameters)
  assert.equal(await verifyPassword(phc, peppered), true)
  assert.equal(await verifyPassword(phc, base64url(randomBytes(32))), false)
})

test('the dummy has the parameters of a real hash, and nothing matches it', async () => {
  const dummy = dummyHash({ memoryKiB: 32_768, passes: 3, parallelism: 1 })
  assert.deepEqual(readParameters(dummy), { memoryKiB: 32_768, passes: 3, parallelism: 1 })
  assert.equal(await verifyPassword(dummy, base64url(randomBytes(32))), false)
  assert.notEqual(dummyHash(leastParameters), dummyHash(leastParameters))
})

test('a hash is made anew when memory or passes are lower than wanted', () => {
  const wanted = { memoryKiB: 65_536, passes: 3, parallelism: 1 }
  assert.equal(isWeaker(wanted, wanted), false)
  assert.equal(isWeaker({ ...wanted, memoryKiB: 65_535 }, wanted), true)
  assert.equal(isWeaker({ ...wanted, passes: 2 }, wanted), true)
  assert.equal(isWeaker({ ...wanted, memoryKiB: 65_537, passes: 4 }, wanted), false)
})

test('calibration climbs until a hash takes 50 ms', async () => {
  let now = 0
  let asked = 0
  const slow = { wallMs: () => 0, monotonicMs: () => (now += 50) }
  assert.deepEqual(await calibratePasswords(slow), leastParameters)
  const climbing = { wallMs: () => 0, monotonicMs: () => (now += asked++ < 6 ? 49 : 51) }
  assert.deepEqual(await calibratePasswords(climbing), { memoryKiB: 32_768, passes: 2, parallelism: 1 })
})
