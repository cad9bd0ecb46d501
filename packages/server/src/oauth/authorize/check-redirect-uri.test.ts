import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRegisteredRedirectUri } from './check-redirect-uri.ts'

const registered = [
  'https://app.example/cb',
  'https://app.example/cb?tenant=1',
  'http://127.0.0.1/cb',
  'http://[::1]:3000/cb',
  'http://localhost:3000/cb',
  'com.example.app:/cb',
]

const rows: readonly { readonly asked: string; readonly fits: boolean; readonly says: string }[] = [
  { asked: 'https://app.example/cb', fits: true, says: 'the same text' },
  { asked: 'https://app.example/cb?tenant=1', fits: true, says: 'the same text with a query' },
  { asked: 'com.example.app:/cb', fits: true, says: 'a private-use scheme' },
  { asked: 'https://app.example/cb/', fits: false, says: 'a slash more' },
  { asked: 'https://app.example/cb?', fits: false, says: 'an empty query' },
  { asked: 'https://app.example/cb?tenant=2', fits: false, says: 'another query' },
  { asked: 'https://app.example/cb/../cb', fits: false, says: 'what a browser makes the same' },
  { asked: 'https://APP.example/cb', fits: false, says: 'another case' },
  { asked: 'https://app.example:443/cb', fits: false, says: 'the default port, spelled out' },
  { asked: 'https://app.example/%63b', fits: false, says: 'an escaped letter' },
  { asked: 'http://app.example/cb', fits: false, says: 'another scheme' },
  { asked: 'https://app.example.evil.example/cb', fits: false, says: 'a longer host' },
  { asked: 'https://evil.example/https://app.example/cb', fits: false, says: 'ours as a path' },
  { asked: 'http://127.0.0.1/cb', fits: true, says: 'loopback without a port' },
  { asked: 'http://127.0.0.1:1/cb', fits: true, says: 'loopback, the lowest port' },
  { asked: 'http://127.0.0.1:65535/cb', fits: true, says: 'loopback, the highest port' },
  { asked: 'http://127.0.0.1:65536/cb', fits: false, says: 'loopback, no port at all' },
  { asked: 'http://127.0.0.1:/cb', fits: false, says: 'loopback, an empty port' },
  { asked: 'http://127.0.0.1:51004/other', fits: false, says: 'loopback, another path' },
  { asked: 'http://127.0.0.1:51004/cb?x=1', fits: false, says: 'loopback, another query' },
  { asked: 'https://127.0.0.1:51004/cb', fits: false, says: 'loopback by https' },
  { asked: 'http://127.0.0.2:51004/cb', fits: false, says: 'another loopback address' },
  { asked: 'http://127.0.0.1.evil.example/cb', fits: false, says: 'a host that begins like it' },
  { asked: 'http://127.0.0.1@evil.example/cb', fits: false, says: 'loopback as a user name' },
  { asked: 'http://127.0.0.1:80@evil.example/cb', fits: false, says: 'loopback as a user name with a password' },
  { asked: 'http://[::1]:51004/cb', fits: true, says: 'IPv6 loopback, another port' },
  { asked: 'http://[::1]/cb', fits: true, says: 'IPv6 loopback, no port' },
  { asked: 'http://localhost:3000/cb', fits: true, says: 'localhost, the registered port' },
  { asked: 'http://localhost:3001/cb', fits: false, says: 'localhost, another port' },
  { asked: '', fits: false, says: 'nothing' },
]

for (const { asked, fits, says } of rows) {
  test(`redirect URI, ${says}: ${fits ? 'accepted' : 'refused'}`, () => {
    assert.equal(isRegisteredRedirectUri(registered, asked), fits)
  })
}

test('with nothing registered nothing fits', () => {
  for (const { asked } of rows) assert.equal(isRegisteredRedirectUri([], asked), false)
})
