import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGuard, isNetwork } from './guard.ts'

const guard = createGuard([
  { host: 'keys.test', addresses: '10.1.0.0/16', port: 8443 },
  { host: 'keys.test', addresses: '127.0.0.1', port: 443 },
])

for (const [url, expected] of [
  ['https://app.example/jwks', { host: 'app.example', port: 443, path: '/jwks' }],
  ['https://APP.example:443/jwks?a=b#c', { host: 'app.example', port: 443, path: '/jwks?a=b' }],
  ['https://app.example', { host: 'app.example', port: 443, path: '/' }],
  ['https://app.example./', { host: 'app.example', port: 443, path: '/' }],
  ['https://[2606:4700::1]/', { host: '2606:4700::1', port: 443, path: '/' }],
  ['https://0x7f000001/', { host: '127.0.0.1', port: 443, path: '/' }],
  ['https://keys.test:8443/', { host: 'keys.test', port: 8443, path: '/' }],
  ['https://app.example:8443/', 'port'],
  ['https://keys.test:8444/', 'port'],
  ['https://app.example:0/', 'port'],
  ['http://app.example/', 'not_https'],
  ['ftp://app.example/', 'not_https'],
  ['file:///etc/passwd', 'not_https'],
  ['data:application/json,{}', 'not_https'],
  ['https://user@app.example/', 'credentials'],
  ['https://:secret@app.example/', 'credentials'],
  ['app.example', 'not_a_url'],
  ['', 'not_a_url'],
  [`https://app.example/${'x'.repeat(2048)}`, 'not_a_url'],
] as const) {
  test(`where ${url.slice(0, 60)} leads`, () => assert.deepEqual(guard.readDestination(url), expected))
}

for (const [says, host, port, addresses, may] of [
  ['a public address', 'app.example', 443, ['1.1.1.1'], true],
  ['two public addresses', 'app.example', 443, ['1.1.1.1', '2606:4700::1'], true],
  ['no address', 'app.example', 443, [], false],
  ['a private address', 'app.example', 443, ['10.1.0.1'], false],
  ['a private address beside a public one', 'app.example', 443, ['1.1.1.1', '10.1.0.1'], false],
  ['a private address that another port is excused for', 'keys.test', 443, ['10.1.0.1'], false],
  ['an excused network', 'keys.test', 8443, ['10.1.255.255'], true],
  ['an address beside the excused network', 'keys.test', 8443, ['10.2.0.0'], false],
  ['an excused address', 'keys.test', 443, ['127.0.0.1'], true],
  ['an address beside the excused one', 'keys.test', 443, ['127.0.0.2'], false],
  ['an excused address of another host', 'other.test', 443, ['127.0.0.1'], false],
  ['the excused address, mapped', 'keys.test', 443, ['::ffff:10.9.0.1'], false],
] as const) {
  test(`${says} ${may ? 'may' : 'must not'} be asked`, () => assert.equal(guard.admits({ host, port, path: '/' }, addresses), may))
}

for (const [text, is] of [
  ['10.0.0.0/8', true],
  ['10.0.0.1', true],
  ['fd00::/8', true],
  ['::1', true],
  ['10.0.0.0/33', false],
  ['fd00::/129', false],
  ['10.0.0.0/', false],
  ['10.0.0.0/08', false],
  ['10.0.0.0/8/8', false],
  ['fe80::1%lo', false],
  ['localhost', false],
  ['', false],
] as const) {
  test(`"${text}" is ${is ? 'a' : 'no'} network`, () => assert.equal(isNetwork(text), is))
}

test('an excuse that names no network is a mistake', () => {
  assert.throws(() => createGuard([{ host: 'a', addresses: 'b', port: 1 }]), /neither an address nor a network/)
})
