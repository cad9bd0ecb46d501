import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopbackHttp, readApiSettings, readAppSettings } from './settings.ts'

const common = { issuer: 'http://localhost:9000', publicOrigin: 'http://notes.localhost:9001', audience: 'http://notes.localhost:9001/api' }
const api = { ...common, dataDir: 'data' }
const app = { ...common, apiUrl: 'http://127.0.0.1:1', client_id: 'notes', client_secret: 'hush' }

for (const [says, told] of [
  ['a free port of 127.0.0.1', {}],
  ['an address of IPv6', { listen: { host: '::1', port: 65_535 } }],
  ['an issuer on the web', { issuer: 'https://id.example.test', publicOrigin: 'https://notes.example.test' }],
] as const) {
  test(`both take ${says}`, () => {
    const listen = 'listen' in told ? told.listen : { host: '127.0.0.1', port: 0 }
    assert.deepEqual(readApiSettings(JSON.stringify({ ...api, ...told })), { ...api, ...told, listen })
    assert.deepEqual(readAppSettings(JSON.stringify({ ...app, ...told })), { ...app, ...told, listen })
  })
}

for (const [told, sentence] of [
  [{ listen: { host: '0.0.0.0', port: 0 } }, /^Notes listens on 127\.0\.0\.1 or ::1 only/],
  [{ listen: { host: '::', port: 0 } }, /^Notes listens on/],
  [{ listen: { host: 'localhost', port: 0 } }, /^Notes listens on/],
  [{ listen: { host: '192.0.2.1', port: 0 } }, /^Notes listens on/],
  [{ listen: { port: 65_536 } }, /listen\.port/],
  [{ listen: { port: '80' } }, /listen\.port/],
  [{ issuer: undefined }, /^The setting issuer is missing\.$/],
  [{ audience: '' }, /^The setting audience is missing\.$/],
  [{ issuer: 'http://id.example.test' }, /^The setting issuer is an https address/],
  [{ issuer: 'http://localhost.example.test' }, /^The setting issuer is an https address/],
  [{ publicOrigin: 'http://notes.localhost:9001/' }, /^The setting publicOrigin/],
] as const) {
  test(`both refuse ${JSON.stringify(told)} in one sentence`, () => {
    for (const attempt of [
      () => readApiSettings(JSON.stringify({ ...api, ...told })),
      () => readAppSettings(JSON.stringify({ ...app, ...told })),
    ]) {
      assert.throws(attempt, { name: 'SettingsMistake', message: sentence })
    }
  })
}

test('what is not an object, or lacks what only one of them needs, is refused', () => {
  for (const line of ['', 'null', '[]', '7', '{']) assert.throws(() => readApiSettings(line), { name: 'SettingsMistake' })
  assert.throws(() => readApiSettings(JSON.stringify(common)), { message: 'The setting dataDir is missing.' })
  assert.throws(() => readAppSettings(JSON.stringify({ ...app, client_secret: 7 })), { message: 'The setting client_secret is missing.' })
  assert.throws(() => readAppSettings(JSON.stringify({ ...app, apiUrl: 'http://api.example.test' })), { message: /apiUrl/ })
})

test('plain http is for this machine only', () => {
  for (const near of ['http://127.0.0.1:1', 'http://[::1]', 'http://localhost', 'http://id.localhost:2'])
    assert.ok(isLoopbackHttp(near), near)
  for (const far of ['https://localhost', 'http://127.0.0.1.example.test', 'http://evil-localhost', 'http://0.0.0.0', 'localhost', '']) {
    assert.ok(!isLoopbackHttp(far), far)
  }
})
