import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAddress, trustedProxies } from './proxies.ts'

const proxies = trustedProxies(['10.0.0.1', '10.1.0.0/16', 'fd00::/8'])

const rows = [
  {
    says: 'a stranger who writes the header',
    peer: '203.0.113.5',
    header: '198.51.100.1',
    proto: 'https',
    address: '203.0.113.5',
    https: undefined,
  },
  { says: 'a proxy', peer: '10.0.0.1', header: '198.51.100.1', proto: 'https', address: '198.51.100.1', https: true },
  { says: 'a proxy that ended no TLS', peer: '10.0.0.1', header: '198.51.100.1', proto: 'http', address: '198.51.100.1', https: false },
  { says: 'a proxy that says nothing', peer: '10.0.0.1', header: undefined, proto: undefined, address: '10.0.0.1', https: undefined },
  { says: 'two proxies', peer: '10.0.0.1', header: '198.51.100.1, 10.1.2.3', proto: 'https', address: '198.51.100.1', https: true },
  {
    says: 'an address that the caller put in front',
    peer: '10.0.0.1',
    header: '127.0.0.1, 198.51.100.1',
    proto: 'https',
    address: '198.51.100.1',
    https: true,
  },
  { says: 'a caller behind proxies only', peer: '10.0.0.1', header: '10.1.0.9', proto: 'https', address: '10.1.0.9', https: true },
  { says: 'just outside the network', peer: '10.2.0.0', header: '198.51.100.1', proto: 'https', address: '10.2.0.0', https: undefined },
  { says: 'IPv6', peer: 'fd00::1', header: '2001:db8::1', proto: 'https', address: '2001:db8::1', https: true },
  {
    says: 'an IPv4 address in IPv6 clothes',
    peer: '10.0.0.1',
    header: '::ffff:198.51.100.1',
    proto: 'https',
    address: '198.51.100.1',
    https: true,
  },
]
for (const { says, peer, header, proto, address, https } of rows) {
  test(`where it came from: ${says}`, () => assert.deepEqual(proxies.origin(peer, header, proto), { address, https }))
}

const garbage = [
  '',
  'unknown',
  '198.51.100.1:80',
  '198.51.100.1,',
  'a'.repeat(9999),
  '198.51.100.1\t10.0.0.1',
  'fe80::1%eth0',
  `fe80::1%${'a'.repeat(9999)}`,
]
for (const header of garbage) {
  test(`a trusted proxy that sends "${header.slice(0, 20)}" is refused`, () => {
    assert.throws(() => proxies.origin('10.0.0.1', header, 'https'), { name: 'Refusal', code: 'request.malformed' })
  })
}

test('only addresses and networks can be trusted', () => {
  for (const entry of ['proxy.example', '10.0.0.0/33', '10.0.0.0/x', '', '*'])
    assert.throws(() => trustedProxies([entry]), { name: /Error/ })
})

test('IPv4 seen through an IPv6 socket is IPv4', () => {
  assert.equal(plainAddress('::ffff:127.0.0.1'), '127.0.0.1')
  assert.equal(plainAddress('::1'), '::1')
})
