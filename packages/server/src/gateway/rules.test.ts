import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type SessionId, type UserId } from '#kernel'
import { createCedarEngine, createReceivingEngine, sendSet, type SentSet } from '#policy'
import { labSet, shippedSet } from '../../test/policies.ts'
import type { SessionView } from './channel/contract.ts'
import type { GatewayHost, GatewayRoute } from './config.ts'
import { Rules } from './rules.ts'

const engine = createCedarEngine()
const notes = sendSet(shippedSet(engine, 'notes'))
const lab = (id: string, effect: 'permit' | 'forbid'): SentSet =>
  sendSet(labSet(engine, `@id("${id}") ${effect} (principal, action, resource);`))

const route: GatewayRoute = { path: '/', action: 'use', resource: { type: 'Thing', id: 'one' } }
const host: GatewayHost = {
  name: 'Lab',
  origin: 'https://lab.example',
  upstream: 'http://127.0.0.1:1',
  policyStore: 'lab',
  clientId: 'lab',
  routes: [route],
}
const view: SessionView = {
  id: newId('ses') satisfies SessionId,
  user: newId('usr') satisfies UserId,
  acr: 'a',
  amr: [],
  authTimeMs: 0,
  endsAtMs: 1,
  roles: [],
  groups: [],
}

/** Rules that say which stores they read. */
function counting(): { readonly rules: Rules; readonly read: string[] } {
  const read: string[] = []
  const receiving = createReceivingEngine()
  const rules = new Rules({
    ...receiving,
    receive: (sent) => {
      read.push(sent.store)
      return receiving.receive(sent)
    },
  })
  return { rules, read }
}

const decided = (rules: Rules): string => rules.decide(host, route, view, { nowMs: 0 }).effect

test('of the sets of all apps only those that changed are read again', () => {
  const { rules, read } = counting()
  rules.load([notes, lab('one', 'permit')])
  assert.equal(decided(rules), 'allow')
  rules.load([notes, lab('two', 'forbid')])
  assert.equal(decided(rules), 'deny')
  assert.deepEqual(read, ['notes', 'lab', 'lab'])
})

test('a set that is no longer sent decides nothing, and is read when it comes back', () => {
  const { rules, read } = counting()
  rules.load([lab('one', 'permit')])
  rules.load([])
  assert.throws(() => decided(rules), { name: 'Unavailable' })
  rules.load([lab('one', 'permit')])
  assert.equal(decided(rules), 'allow')
  assert.deepEqual(read, ['lab', 'lab'])
})

test('one set that is no good ends all, those that decided before too', () => {
  const { rules } = counting()
  const [right, other] = [lab('one', 'permit'), lab('two', 'forbid')]
  rules.load([right])
  assert.throws(() => rules.load([right, { ...notes, content: `${notes.content} ` }]), /is no good/)
  assert.throws(() => decided(rules), { name: 'Unavailable' })
  assert.equal(rules.isLoaded, false)
  assert.throws(() => rules.load([{ ...right, digest: other.digest }]), /is no good/)
})

const sentAs: readonly (readonly [says: string, sent: unknown, refused: RegExp])[] = [
  ['compiled by another release', { ...lab('two', 'permit'), compiler: '1 another' }, /is no good/],
  ['compiled, but not read by this engine', { ...lab('two', 'permit'), compiled: compiledUnread() }, /is no good/],
  ['not compiled', { ...lab('two', 'permit'), compiled: undefined }, /no policy set/],
  ['without what compiled it', { ...lab('two', 'permit'), compiler: undefined }, /no policy set/],
  ['compiled to something else than a set', { ...lab('two', 'permit'), compiled: '{' }, /JSON/],
  ['no list', {}, /is no good/],
]

for (const [says, sent, refused] of sentAs) {
  test(`nothing is decided by a set that was sent ${says}`, () => {
    const rules = new Rules()
    rules.load([lab('one', 'permit')])
    assert.throws(() => rules.load(says === 'no list' ? sent : [sent]), refused)
    assert.throws(() => decided(rules), { name: 'Unavailable' })
  })
}

/** What a set is compiled to that has a policy which the engine refuses. */
function compiledUnread(): string {
  const set = labSet(engine, '@id("two") permit (principal, action, resource);')
  const policies = [...set.policies].map(([id, policy]) => [id, { ...policy, text: 'permit (principal);' }] as const)
  return sendSet({ ...set, policies: new Map(policies) }).compiled
}
