/** The doctor and the Redis of rate limits: there, gone, and with another password. @module */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { diagnosed, setUp, started } from '../doctor.ts'
import { freePort } from '../product.ts'
import { missingRedis, startRedis } from '../redis.ts'

test('a Redis that counts is said, one that does not is a finding', { skip: missingRedis(), timeout: 120_000 }, async () => {
  const redis = await startRedis(['--requirepass', 'open sesame'])
  const ours = await setUp(`http://localhost:${await freePort()}`)
  const product = await started(ours)
  after(() => product.child.kill('SIGKILL'))
  writeFileSync(join(ours.folder, 'right'), 'open sesame', { mode: 0o600 })
  writeFileSync(join(ours.folder, 'wrong'), 'open barley', { mode: 0o600 })
  const withRedis = (passwordFile: string): string => ours.changed({ limits: { redis: { url: redis.url, passwordFile } } })

  const counting = await diagnosed(withRedis('right'))
  assert.deepEqual([counting.names, counting.notes], [[], ['limits.redis']], counting.says)
  assert.deepEqual((await diagnosed(withRedis('wrong'))).names, ['limits.redis_silent'])
  await redis.kill('SIGKILL')
  const gone = await diagnosed(withRedis('right'))
  assert.deepEqual([gone.code, gone.names, gone.notes], [5, ['limits.redis_silent'], []])
})
