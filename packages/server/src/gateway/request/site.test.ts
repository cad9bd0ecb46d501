import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { checkSite } from './site.ts'

const own = 'https://notes.example.test'

const cases = [
  ['a form of the app itself', 'POST', { 'sec-fetch-site': 'same-origin', origin: own }, true],
  ['a form of the app itself that may not say its origin', 'POST', { 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
  ['a form of a sibling host', 'POST', { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.test' }, false],
  ['a form of another site', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, false],
  ['a form of another site in an older browser', 'POST', { origin: 'https://evil.test' }, false],
  ['a form of nowhere in an older browser', 'POST', { origin: 'null' }, false],
  ['a form of the app itself in an older browser', 'POST', { origin: own }, true],
  ['a program', 'POST', {}, true],
  ['an address that was typed', 'GET', { 'sec-fetch-site': 'none' }, true],
  ['a link on another site', 'GET', { 'sec-fetch-site': 'cross-site' }, true],
  ['a preflight of another site', 'OPTIONS', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, true],
  ['a deletion by a sibling host', 'DELETE', { 'sec-fetch-site': 'same-site' }, false],
  ['a WebSocket of the app itself', 'WebSocket', { origin: own }, true],
  ['a WebSocket of a sibling host', 'WebSocket', { origin: 'https://evil.example.test' }, false],
  ['a WebSocket of another site', 'WebSocket', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, false],
] as const

for (const [says, kind, headers, passes] of cases) {
  test(`${says} ${passes ? 'passes' : 'is refused'}`, () => {
    const isUpgrade = kind === 'WebSocket'
    const request = { method: isUpgrade ? 'GET' : kind, headers } as unknown as IncomingMessage
    const check = (): void => checkSite(request, isUpgrade, own)
    if (passes) check()
    else assert.throws(check, { name: 'Refusal', code: 'request.cross_site' })
  })
}
