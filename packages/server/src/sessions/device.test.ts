import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameDevice } from './device.ts'

const apple = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const google = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const cases = [
  { header: 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0', name: 'Firefox on Linux' },
  { header: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${google} Chrome/147.0.0.0 Safari/537.36`, name: 'Chrome on Windows' },
  { header: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${google} Chrome/147.0.0.0 Safari/537.36 Edg/147.0.0.0`, name: 'Edge on Windows' },
  { header: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${apple} Version/19.0 Safari/605.1.15`, name: 'Safari on macOS' },
  {
    header: `Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${apple} CriOS/147.0 Mobile/15E148 Safari/604.1`,
    name: 'Chrome on iPhone',
  },
  { header: `Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) ${apple} Version/19.0 Mobile/15E148 Safari/604.1`, name: 'Safari on iPad' },
  {
    header: `Mozilla/5.0 (Linux; Android 16; SM-S931B) ${google} SamsungBrowser/29.0 Chrome/140.0 Mobile Safari/537.36`,
    name: 'Samsung Internet on Android',
  },
  { header: 'curl/8.16.0', name: 'An unknown program' },
  { header: 'thing (Linux)', name: 'A program on Linux' },
  { header: '', name: 'An unknown program' },
  { header: undefined, name: 'An unknown program' },
  { header: `${' '.repeat(1_024)}Firefox/1 Linux`, name: 'An unknown program' },
] as const

for (const { header, name } of cases) {
  test(`${JSON.stringify(header)?.slice(0, 90)} is ${name}`, () => assert.equal(nameDevice(header), name))
}
