import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type SessionId, type UserId } from '#kernel'
import { createCedarEngine, exportSet, type ExportedSet } from '#policy'
import { labSet, shippedSet } from '../../test/policies.ts'
import type { SessionView } from './channel/contract.ts'
import type { GatewayHost, GatewayRoute } from './config.ts'
import { Rules } from './rules.ts'

const engine = createCedarEngine()
const notes = exportSet(shippedSet(engine, 'notes'))
const lab = (id: string, effect: 'permit' | 'forbid'): ExportedSet =>
  exportSet(labSet(engine, `@id("${id}") ${effect} (principal, action, resource);`))

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

/** Rules that say which stores they compiled. */
function counting(): { readonly rules: Rules; readonly compiled: string[] } {
  const compiled: string[] = []
  const rules = new Rules({
    ...engine,
    compile: (source) => {
      compiled.push(source.store)
      return engine.compile(source)
    },
  })
  return { rules, compiled }
}

const decided = (rules: Rules): string => rules.decide(host, route, view, { nowMs: 0 }).effect

test('of the sets of all apps only those that changed are compiled again', () => {
  const { rules, compiled } = counting()
  rules.load([notes, lab('one', 'permit')])
  assert.equal(decided(rules), 'allow')
  rules.load([notes, lab('two', 'forbid')])
  assert.equal(decided(rules), 'deny')
  assert.deepEqual(compiled, ['notes', 'lab', 'lab'])
})

test('a set that is no longer sent decides nothing, and is compiled when it comes back', () => {
  const { rules, compiled } = counting()
  rules.load([lab('one', 'permit')])
  rules.load([])
  assert.throws(() => decided(rules), { name: 'Unavailable' })
  rules.load([lab('one', 'permit')])
  assert.equal(decided(rules), 'allow')
  assert.deepEqual(compiled, ['lab', 'lab'])
})

test('one set that is no good ends all, those that decided before too', () => {
  const { rules } = counting()
  const [right, other] = [lab('one', 'permit'), lab('two', 'forbid')]
  rules.load([right])
  assert.throws(() => rules.load([right, { ...notes, content: `${notes.content} ` }]), /does not compile/)
  assert.throws(() => decided(rules), { name: 'Unavailable' })
  assert.equal(rules.isLoaded, false)
  assert.throws(() => rules.load([{ ...right, digest: other.digest }]), /does not compile/)
})
