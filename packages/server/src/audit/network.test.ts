import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './network.ts'

const cases = [
  { address: '192.0.2.17', network: '192.0.2.0/24' },
  { address: '192.0.2.255', network: '192.0.2.0/24' },
  { address: '192.0.3.0', network: '192.0.3.0/24' },
  { address: '::ffff:192.0.2.1', network: '192.0.2.0/24' },
  { address: '::FFFF:192.0.2.1', network: '192.0.2.0/24' },
  { address: '2001:db8:0:1:aaaa:bbbb:cccc:dddd', network: '2001:db8:0:1::/64' },
  { address: '2001:0DB8::1:2:3:4:5', network: '2001:db8:0:1::/64' },
  { address: '2001:db8::1', network: '2001:db8:0:0::/64' },
  { address: '[2001:db8::1]', network: '2001:db8:0:0::/64' },
  { address: 'fe80::1%eth0', network: 'fe80:0:0:0::/64' },
  { address: '::1', network: '0:0:0:0::/64' },
  { address: '::', network: '0:0:0:0::/64' },
  { address: '', network: 'elsewhere' },
  { address: 'localhost', network: 'elsewhere' },
  { address: '1.2.3', network: 'elsewhere' },
  { address: '1:2:3', network: 'elsewhere' },
  { address: '1::2::3', network: 'elsewhere' },
  { address: '12345::', network: 'elsewhere' },
  { address: `${'1:'.repeat(40)}1`, network: 'elsewhere' },
]

for (const { address, network } of cases) {
  test(`"${address.slice(0, 40)}" is counted under ${network}`, () => assert.equal(networkOf(address), network))
}
