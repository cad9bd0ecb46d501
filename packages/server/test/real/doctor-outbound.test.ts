/** The doctor, the start and the settings of outbound requests. @module */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { diagnosed, setUp, started } from '../doctor.ts'
import { freePort } from '../product.ts'

test('a host that the guard is lifted for is said at the start and is a finding', { timeout: 120_000 }, async () => {
  const ours = await setUp(`http://localhost:${await freePort()}`)
  const excuse = { host: 'keys.internal', addresses: '10.1.0.0/16', port: 8443 }
  const config = ours.changed({ outbound: { unsafelyAllow: [excuse] } })
  const product = await started({ ...ours, config })
  after(() => product.child.kill('SIGKILL'))
  const line = product
    .log()
    .split('\n')
    .find((text) => text.includes('outbound.unsafelyAllow'))
  assert.partialDeepStrictEqual(JSON.parse(line ?? '{}'), excuse)
  const found = await diagnosed(config)
  assert.deepEqual(found.names, ['outbound.unguarded'])
  assert.match(found.says, /keys\.internal:8443 at 10\.1\.0\.0\/16/)

  await product.stop('SIGKILL')
  writeFileSync(join(ours.folder, 'none.pem'), 'no certificate')
  for (const [outbound, says] of [
    [{ caFile: 'none.pem' }, /outbound\.caFile: .*none\.pem holds no certificates/],
    [{ caFile: 'gone.pem' }, /outbound\.caFile: .*gone\.pem cannot be read/],
    [{ unsafelyAllow: [{ ...excuse, addresses: 'keys.internal' }] }, /outbound\.unsafelyAllow\.0\.addresses is neither/],
  ] as const) {
    await assert.rejects(started({ ...ours, config: ours.changed({ outbound }) }), says)
  }
})
