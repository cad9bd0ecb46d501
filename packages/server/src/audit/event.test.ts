/** The bytes of version 1. They never change: what is stored in them must verify for as long as anybody keeps it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  Actor,
  AuditEvent,
  ClientId,
  ClientIdentifier,
  Operation,
  RequestId,
  SessionId,
  TenantId,
  TokenId,
  UserId,
  WriterId,
} from '#kernel'
import { encodeEvent, isAsItsRowSays, readEvent } from './event.ts'
import { leafHash } from './tree.ts'

const writer = 'wri_0000000000000000000001' as WriterId
const user = 'usr_0000000000000000000001' as UserId
const proof = { acr: '1fa', amr: ['pwd'], authTimeMs: 0 }

function operation(actor: Actor): Operation {
  return {
    id: 'req_0000000000000000000001' as RequestId,
    tenant: 'ten_0000000000000000000001' as TenantId,
    actor,
    nowMs: 1_767_225_600_123,
    signal: new AbortController().signal,
    record: () => {},
  }
}

const person: Actor = {
  is: 'user',
  id: user,
  session: 'ses_0000000000000000000001' as SessionId,
  client: 'notes' as ClientIdentifier,
  proof,
  credential: { kind: 'access_token', token: 'tok_0000000000000000000001' as TokenId },
}
const head = '{"version":1,"tenant":"ten_0000000000000000000001","writer":"wri_0000000000000000000001"'
const middle = '"atMs":1767225600123,"request":"req_0000000000000000000001"'

const golden: readonly { says: string; actor: Actor; number: number; event: AuditEvent; content: string; hash: string }[] = [
  {
    says: 'with nothing but what every event has',
    actor: { is: 'nobody' },
    number: 1,
    event: { what: 'session.ended', about: 'ses_0000000000000000000001', outcome: 'done' },
    content: `${head},"number":1,${middle},"actor":{"is":"nobody"},"what":"session.ended","about":"ses_0000000000000000000001","outcome":"done"}`,
    hash: '61272a6c0dc64afccc85fa2e72e832b50324777190beeabba16e30607366673d',
  },
  {
    says: 'with everything that an event may have',
    actor: person,
    number: 9_007_199_254_740_991,
    event: {
      what: 'request.decided',
      about: 'GET /notes/*',
      outcome: 'refused',
      facts: { quoted: 'a "b" \\ \u0000 \u2028 ä 🌍', many: 1.5, yes: true },
      personal: { person: user, sealed: new Uint8Array([1, 2, 250, 255]) },
      decision: { store: 'notes', digest: 'ZGlnZXN0', effect: 'deny', policies: ['p0', 'p1'], action: 'Notes::Action::"write"' },
    },
    content:
      `${head},"number":9007199254740991,${middle},` +
      '"actor":{"is":"user","id":"usr_0000000000000000000001","client":"notes","session":"ses_0000000000000000000001","token":"tok_0000000000000000000001"},' +
      '"what":"request.decided","about":"GET /notes/*","outcome":"refused",' +
      '"facts":{"quoted":"a \\"b\\" \\\\ \\u0000 \u2028 ä 🌍","many":1.5,"yes":true},' +
      '"decision":{"store":"notes","digest":"ZGlnZXN0","action":"Notes::Action::\\"write\\"","effect":"deny","policies":["p0","p1"]},' +
      '"personal":{"person":"usr_0000000000000000000001","sealed":"AQL6_w"}}',
    hash: 'db32563682b4d71b04bd4c10285e8b8cfbff1736943c52c66ae3dfba15e9b957',
  },
]

for (const { says, actor, number, event, content, hash } of golden) {
  test(`an event ${says} is these bytes and this hash`, () => {
    assert.equal(encodeEvent(operation(actor), writer, number, event), content)
    assert.equal(Buffer.from(leafHash(content)).toString('hex'), hash)
  })

  test(`an event ${says} is read as it was written`, () => {
    const read = readEvent(content)
    assert.equal(read?.number, number)
    assert.equal(read.what, event.what)
    assert.equal(read.about, event.about)
    assert.deepEqual(read.facts, event.facts)
    assert.deepEqual(read.decision, event.decision)
    assert.deepEqual(read.personal?.sealed && new Uint8Array(read.personal.sealed), event.personal?.sealed)
    assert.equal(isAsItsRowSays(read, 'ten_0000000000000000000001', { writer, number, at_ms: 1_767_225_600_123 }), true)
    assert.equal(isAsItsRowSays(read, 'ten_0000000000000000000001', { writer, number, at_ms: 1_767_225_600_124 }), false)
    assert.equal(isAsItsRowSays(read, 'ten_0000000000000000000002', { writer, number, at_ms: 1_767_225_600_123 }), false)
  })
}

const actors: readonly { actor: Actor; encoded: object }[] = [
  { actor: { is: 'user', id: user, proof, credential: { kind: 'session' } }, encoded: { is: 'user', id: user } },
  {
    actor: {
      is: 'service',
      id: 'cli_0000000000000000000001' as ClientId,
      client: 'https://app.example/' as ClientIdentifier,
      proof,
      credential: { kind: 'access_token' },
    },
    encoded: { is: 'service', id: 'cli_0000000000000000000001', client: 'https://app.example/' },
  },
  {
    actor: { is: 'machine-owner', id: 'machine-owner', proof, credential: { kind: 'socket' } },
    encoded: { is: 'machine-owner', id: 'machine-owner' },
  },
  { actor: { is: 'system', task: 'audit-sequencer' }, encoded: { is: 'system', id: 'audit-sequencer' } },
  { actor: { is: 'nobody' }, encoded: { is: 'nobody' } },
]

for (const { actor, encoded } of actors) {
  test(`an actor that is ${actor.is} is kept by ids alone`, () => {
    const content = encodeEvent(operation(actor), writer, 1, { what: 'session.ended', about: 'x', outcome: 'done' })
    assert.deepEqual(readEvent(content)?.actor, encoded)
  })
}

test('an event larger than any event may be is a mistake, not a row', () => {
  const event = (length: number): AuditEvent => ({ what: 'session.ended', about: 'x'.repeat(length), outcome: 'done' })
  const overhead = encodeEvent(operation({ is: 'nobody' }), writer, 1, event(0)).length
  assert.equal(encodeEvent(operation({ is: 'nobody' }), writer, 1, event(65_536 - overhead)).length, 65_536)
  assert.throws(() => encodeEvent(operation({ is: 'nobody' }), writer, 1, event(65_537 - overhead)), RangeError)
})

const whole = golden[1]?.content ?? ''
for (const { says, content } of [
  { says: 'nothing', content: '' },
  { says: 'half of it', content: whole.slice(0, 200) },
  { says: 'a list', content: '[]' },
  { says: 'another version', content: whole.replace('"version":1', '"version":2') },
  { says: 'a number as text', content: whole.replace(/"number":\d+/, '"number":"1"') },
  { says: 'no actor', content: whole.replace('"actor":', '"agent":') },
  { says: 'sealed bytes in another spelling', content: whole.replace('AQL6_w', 'AQL6_x') },
]) {
  test(`stored bytes are no event when they are ${says}`, () => assert.equal(readEvent(content), undefined))
}
