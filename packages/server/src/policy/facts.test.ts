import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextFor } from './facts.ts'

const addresses: readonly (readonly [text: string, read: string | undefined])[] = [
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:10.0.0.255', '10.0.0.255'],
  ['::1', '::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1.2.3.4', undefined],
  ['256.1.1.1', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4.', undefined],
  ['1.2.3.4/8', undefined],
  ['::1]/', undefined],
  ['localhost', undefined],
  ['', undefined],
]

for (const [text, read] of addresses) {
  test(`the address ${JSON.stringify(text)} is ${read ?? 'left out'}`, () => {
    assert.deepEqual(contextFor(new Set(['address']), { nowMs: 0, address: text }), read === undefined ? {} : { address: read })
  })
}

test('only facts that are declared are told', () => {
  const facts = { nowMs: 0, address: '::1', method: 'GET', path: '/', host: 'a.example' }
  assert.deepEqual(contextFor(new Set(), facts), {})
  assert.deepEqual(contextFor(new Set(['now', 'host', 'mood']), facts), { now: '1970-01-01T00:00:00.000Z', host: 'a.example' })
  assert.deepEqual(contextFor(new Set(['now', 'method']), { nowMs: 0 }), { now: '1970-01-01T00:00:00.000Z' })
})
