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
  { asked: 'https://user@app.example/cb', fits: false, says: 'a user name' },
  { asked: 'https://user:pass@app.example/cb', fits: false, says: 'a user name with a password' },
  { asked: 'https://app.example@evil.example/cb', fits: false, says: 'ours as a user name' },
  { asked: 'https://app.example%40evil.example/cb', fits: false, says: 'ours before an escaped at sign' },
  { asked: 'https://evil.example\\@app.example/cb', fits: false, says: 'a backslash that browsers read as a slash' },
  { asked: 'https://app.example\\.evil.example/cb', fits: false, says: 'a backslash in the host' },
  { asked: 'https:\\\\app.example/cb', fits: false, says: 'backslashes for slashes' },
  { asked: 'https://app.example./cb', fits: false, says: 'a dot behind the host' },
  { asked: 'https://app.example/cb#', fits: false, says: 'an empty fragment' },
  { asked: 'https://app.example/cb#code', fits: false, says: 'a fragment' },
  { asked: 'https://app.example/cb%23', fits: false, says: 'an escaped number sign' },
  { asked: 'https://app.example/cb%2f', fits: false, says: 'an escaped slash' },
  { asked: 'https://app.example%2fcb', fits: false, says: 'an escaped slash behind the host' },
  { asked: 'https://app.example/%2e%2e/cb', fits: false, says: 'dots that are escaped' },
  { asked: 'https://app.example/x/../cb', fits: false, says: 'a way back' },
  { asked: 'https://app.example/cb/..;/evil', fits: false, says: 'a way back that some servers take' },
  { asked: 'https://app.example//cb', fits: false, says: 'a slash twice' },
  { asked: 'https://app.example/cb\t', fits: false, says: 'a tab, which browsers leave out' },
  { asked: 'https://app.example/c\nb', fits: false, says: 'a new line, which browsers leave out' },
  { asked: ' https://app.example/cb', fits: false, says: 'a space in front' },
  { asked: 'https://app.example/cb\u0000', fits: false, says: 'a nought' },
  { asked: 'https://app\u3002example/cb', fits: false, says: 'a full stop of another script' },
  { asked: 'https://\u0430pp.example/cb', fits: false, says: 'a letter of another script' },
  { asked: 'https://app.example/cb?tenant=1&tenant=2', fits: false, says: 'a query with more in it' },
  { asked: '//app.example/cb', fits: false, says: 'no scheme' },
  { asked: '/cb', fits: false, says: 'a path' },
  { asked: 'javascript:alert(1)', fits: false, says: 'a script' },
  { asked: 'data:text/html,x', fits: false, says: 'data' },
  { asked: 'http://[::1]:3000/cb/', fits: false, says: 'IPv6 loopback, a slash more' },
  { asked: 'http://[0:0:0:0:0:0:0:1]:3000/cb', fits: false, says: 'IPv6 loopback, spelled out' },
  { asked: 'http://[::ffff:127.0.0.1]:3000/cb', fits: false, says: 'IPv4 in IPv6' },
  { asked: 'http://[::1%25lo]:3000/cb', fits: false, says: 'IPv6 loopback with a zone' },
  { asked: 'http://[::2]:3000/cb', fits: false, says: 'another IPv6 address' },
  { asked: 'http://0x7f000001/cb', fits: false, says: 'loopback in hexadecimal' },
  { asked: 'http://2130706433/cb', fits: false, says: 'loopback as one number' },
  { asked: 'http://127.1/cb', fits: false, says: 'loopback, short' },
  { asked: 'http://localhost.:3000/cb', fits: false, says: 'localhost with a dot' },
  { asked: 'com.example.app://cb', fits: false, says: 'a private-use scheme with a host' },
  { asked: 'com.example.app:/cb/../x', fits: false, says: 'a private-use scheme and a way back' },
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
