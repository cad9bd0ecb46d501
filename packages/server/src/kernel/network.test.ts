import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './network.ts'

const rows = [
  { address: '203.0.113.1', network: '203.0.113.1' },
  { address: '::ffff:203.0.113.1', network: '203.0.113.1' },
  { address: '2001:db8:1:2:3:4:5:6', network: '2001:db8:1:2::/64' },
  { address: '2001:0DB8:0001:0002::1', network: '2001:db8:1:2::/64' },
  { address: '2001:db8:1:2::', network: '2001:db8:1:2::/64' },
  { address: '2001:db8::1', network: '2001:db8:0:0::/64' },
  { address: '::1', network: '0:0:0:0::/64' },
  { address: '::', network: '0:0:0:0::/64' },
  { address: 'fe80::1%eth0', network: 'fe80:0:0:0::/64' },
  { address: '1::2:3:4:5:6:7', network: '1:0:2:3::/64' },
  { address: 'local', network: 'local' },
  { address: '', network: '' },
]
for (const { address, network } of rows) test(`${address} is in ${network}`, () => assert.equal(networkOf(address), network))

test('a key is short, whatever the address', () => {
  for (const address of ['a'.repeat(9_999), ':'.repeat(9_999), `${'f'.repeat(9_999)}::`]) assert.ok(networkOf(address).length < 70)
})
