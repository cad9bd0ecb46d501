import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { composeHouse } from '../../src/app/compose.ts'
import { readConfig } from '../../src/app/config.ts'
import { openGround } from '../../src/app/ground.ts'
import { createLog } from '../../src/app/log.ts'
import { person, service } from '../fixtures/make.ts'
import { temporaryFolder } from '../product.ts'

const fixtures = globSync(fileURLToPath(new URL('../fixtures/data-*', import.meta.url)))

test('there is a data directory of a release', () => assert.ok(fixtures.length > 0))

for (const fixture of fixtures) {
  test(`the data directory ${basename(fixture)} opens: its people, clients, keys and record`, async () => {
    const folder = temporaryFolder('opens')
    mkdirSync(join(folder, 'data'), { mode: 0o700 })
    copyFileSync(join(fixture, 'countersign.db'), join(folder, 'data', 'countersign.db'))
    copyFileSync(join(fixture, 'root.key'), join(folder, 'root.key'))
    chmodSync(join(folder, 'root.key'), 0o600)
    const settings = {
      version: 1,
      issuer: readFileSync(join(fixture, 'issuer'), 'utf8'),
      dataDirectory: 'data',
      rootKeyFile: 'root.key',
      listen: { host: 'localhost', port: 0 },
    }
    const config = readConfig(JSON.stringify(settings), folder, {})
    const ground = await openGround(config, { stamp: 'production', rootKey: 'refuse' })
    const house = await composeHouse({ config, ground, log: createLog('error', 'test'), version: '0' })
    try {
      const op = house.operation('test')
      const checked = await house.identity.checkPassword(op, { ...person, knownBrowser: false })
      assert.ok(checked.is === 'right')
      const user = await house.identity.findUser(op, checked.user)
      assert.deepEqual([user?.name, user?.email, user?.roles], ['Alice Moreau', 'alice@example.com', ['editor']])
      const basic = Buffer.from(`${service.client_id}:${service.client_secret}`).toString('base64')
      const answer = await house.server.inject({
        method: 'POST',
        url: '/token',
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'grant_type=client_credentials',
      })
      assert.equal(answer.statusCode, 200, answer.payload)
      assert.equal((await house.audit.verify(op)).is, 'intact')
    } finally {
      await house.close()
    }
  })
}
