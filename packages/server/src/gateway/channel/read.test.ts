import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { mostEventsInBatch, readCodeExchange, readCounts, readEvents, readSessionAsk, readSessionEnd } from './read.ts'

const event = {
  requestId: newId('req'),
  atMs: 1,
  actor: { user: newId('usr'), session: newId('ses'), acr: '1fa', amr: ['pwd'], authTimeMs: 1 },
  event: {
    what: 'gateway.allowed',
    about: 'https://notes.example.test/notes',
    outcome: 'allowed',
    facts: { method: 'GET' },
    decision: { store: 'notes', digest: 'd', effect: 'allow', policies: ['p'], action: 'read' },
  },
}

test('an event of the gateway is read as it is, and nothing besides', () => {
  assert.deepEqual(readEvents([{ ...event, more: 1 }]), [event])
})

const inside = (changes: object): object => ({ ...event, event: { ...event.event, ...changes } })

for (const [says, bad] of [
  ['an event of another module', inside({ what: 'session.ended' })],
  ['an event that is a name of every object', inside({ what: 'constructor' })],
  ['no outcome', inside({ outcome: 'maybe' })],
  ['personal data', { ...event, atMs: 'x' }],
  ['a fact that is an object', inside({ facts: { a: {} } })],
  ['a fact with a long text', inside({ facts: { a: 'x'.repeat(257) } })],
  ['a fact with a line feed', inside({ facts: { a: 'a\nb' } })],
  ['a fact with a strange name', inside({ facts: { 'a b': 1 } })],
  ['facts that are a list', inside({ facts: [] })],
  ['too many facts', inside({ facts: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`f${'x'.repeat(n)}`, n])) })],
  ['half a decision', inside({ decision: { store: 'notes' } })],
  ['a subject that is too long', inside({ about: 'x'.repeat(2049) })],
  ['no request id', { ...event, requestId: 'req_1' }],
  ['an actor who is none', { ...event, actor: { user: 'root' } }],
  ['nothing', undefined],
] as const) {
  test(`a batch with ${says} is refused whole`, () => assert.equal(readEvents([event, bad]), undefined))
}

test('a batch has a bound', () => {
  const batch = (count: number): unknown => Array.from({ length: count }, () => event)
  assert.equal(readEvents(batch(mostEventsInBatch))?.length, mostEventsInBatch)
  assert.equal(readEvents(batch(mostEventsInBatch + 1)), undefined)
})

test('questions are read, and what is none is not', () => {
  const exchange = { requestId: newId('req'), clientId: 'c', code: 'c1.x', verifier: 'v', redirectUri: 'https://a.test/' }
  assert.deepEqual(readCodeExchange(exchange), exchange)
  for (const name of Object.keys(exchange)) assert.equal(readCodeExchange({ ...exchange, [name]: '' }), undefined, name)
  const id = newId('ses')
  assert.deepEqual(readSessionAsk({ id, purpose: 'use' }), { id, purpose: 'use' })
  assert.equal(readSessionAsk({ id, purpose: 'steal' }), undefined)
  assert.equal(readSessionAsk({ id: newId('usr'), purpose: 'use' }), undefined)
  assert.equal(readSessionEnd({ id }), undefined)
  assert.equal(readSessionAsk(null), undefined)
  const count = { code: 'gateway.not_signed_in', about: 'https://a.test', address: '192.0.2.1', count: 3 }
  assert.deepEqual(readCounts([count]), [count])
  assert.equal(readCounts([{ ...count, count: -1 }]), undefined)
  assert.equal(readCounts([{ ...count, count: 1.5 }]), undefined)
})
