/** Whatever a stranger writes anywhere, the answer is theirs to fix: never a 5xx, and nothing for the operator to look at. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Type } from 'typebox'
import type { Edge, Route } from '#http'
import { naughty } from '../naughty.ts'
import { serve } from '../serve.ts'

const text = Type.String({ maxLength: 64 })
const answer = { status: 200, body: 'empty' } as const
const common = { caller: 'anyone', limit: 'api', answers: 'problem', summary: '', handle: () => Promise.resolve(answer) } as const
const routes: readonly Route[] = [
  { ...common, method: 'GET', path: '/query', schema: { query: Type.Object({ a: Type.Optional(text) }), answers: {} } },
  { ...common, method: 'GET', path: '/path/:a', schema: { params: Type.Object({ a: text }), answers: {} } },
  { ...common, method: 'POST', path: '/form', schema: { body: Type.Object({ a: text }), bodyType: 'form', answers: {} } },
  { ...common, method: 'POST', path: '/json', schema: { body: Type.Object({ a: text }), answers: {} } },
  { ...common, method: 'POST', path: '/page', answers: 'page', schema: { body: Type.Object({ a: text }), bodyType: 'form', answers: {} } },
]
const edge: Edge = { name: 'naughty', refusals: {}, routes }

const anything = fc.oneof(fc.constantFrom(...naughty), fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ maxLength: 100 }))

/** What inject itself refuses to send is no request. */
function sendable(value: string): string {
  return value.replaceAll(/[^\x21-\x7e]/g, (letter) => encodeURIComponent(letter.toWellFormed()))
}

test('strings of every kind in every place', { timeout: 120_000 }, async () => {
  const served = await serve([edge])
  const formType = { 'content-type': 'application/x-www-form-urlencoded' }
  const places = (value: string) => [
    { method: 'GET', url: `/query?a=${sendable(value).replaceAll('#', '')}` } as const,
    { method: 'GET', url: `/query?${sendable(value).replaceAll('#', '')}` } as const,
    { method: 'GET', url: `/path/${sendable(value).replaceAll(/[#?/]/g, '')}` } as const,
    { method: 'POST', url: '/form', headers: formType, payload: value } as const,
    { method: 'POST', url: '/form', headers: formType, payload: `a=${value}` } as const,
    { method: 'POST', url: '/page', headers: formType, payload: `a=${encodeURIComponent(value.toWellFormed())}` } as const,
    { method: 'POST', url: '/json', headers: { 'content-type': 'application/json' }, payload: value } as const,
    { method: 'POST', url: '/json', payload: { a: value } } as const,
    { method: 'POST', url: '/json', headers: { 'content-type': value.replaceAll(/[^\t\x20-\x7e]/g, '') }, payload: '{}' } as const,
    { method: 'GET', url: '/query', headers: { cookie: `countersign_a=${value.replaceAll(/[^\t\x20-\x7e]/g, '')}` } } as const,
    { method: 'GET', url: '/query', headers: { host: value.replaceAll(/[^\t\x20-\x7e]/g, '') } } as const,
    { method: 'GET', url: '/query', headers: { 'x-forwarded-for': value.replaceAll(/[^\t\x20-\x7e]/g, '') } } as const,
  ]
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      for (const request of places(value)) {
        const response = await served.inject(request)
        assert.ok(response.statusCode < 500, `${response.statusCode} for ${JSON.stringify(request)}`)
        assert.equal(response.headers['set-cookie'], undefined)
      }
    }),
    { numRuns: 150 },
  )
  assert.deepEqual(served.troubles, [])
})
