import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { isOwnListener } from './own-listeners.ts'

const here = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))

const rows: readonly (readonly [listening: string, address: string, isOwn: boolean])[] = [
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', true],
  ['127.0.0.1', '::1', true],
  ['127.0.0.1', '::ffff:127.0.0.1', true],
  ['127.0.0.1', '10.0.0.7', false],
  ['localhost', '::1', true],
  ['[::1]', '127.0.0.1', true],
  ['10.0.0.7', '10.0.0.7', true],
  ['10.0.0.7', '::ffff:10.0.0.7', true],
  ['10.0.0.7', '10.0.0.8', false],
  ['10.0.0.7', '127.0.0.1', false],
  ['0.0.0.0', '127.0.0.1', true],
  ['::', '::1', true],
  ['::', '203.0.113.1', false],
  ['id.example.test', '127.0.0.1', true],
  ...here.map((address) => ['0.0.0.0', address, true] as const),
  ...here.map((address) => ['id.example.test', address, true] as const),
]

for (const [listening, address, isOwn] of rows) {
  test(`${address} ${isOwn ? 'leads' : 'does not lead'} to what listens at ${listening}`, () => {
    assert.equal(
      isOwnListener(
        [
          { host: 'localhost', port: 1 },
          { host: listening, port: 9000 },
        ],
        address,
        9000,
      ),
      isOwn,
    )
    assert.equal(isOwnListener([{ host: listening, port: 9000 }], address, 9001), false, 'another port')
  })
}
