import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessDecision } from '#http'
import { newId, systemOperation, Unavailable, type AuditEvent, type Principal } from '#kernel'
import { createCedarEngine, decide, type Ask, type Confirm, type Decision, type Difference } from '#policy'
import { aUser, shippedSet, theMachineOwner } from '../../test/policies.ts'
import { ownStore, spinePorts, type SpineParts } from './spine-ports.ts'

const engine = createCedarEngine()
const own = shippedSet(engine, ownStore)
const op = systemOperation('test', newId('ten'), () => {})
const asked = { type: 'Countersign::Tenant', id: 'ten_1' }
const how = { address: '127.0.0.1', method: 'GET', path: '/admin/users' } as const

interface Asking {
  readonly roles?: readonly string[]
  readonly principal?: Principal
  readonly confirm?: Confirm
  /** False where our own store is not there. */
  readonly isFound?: boolean
}

interface Asked {
  readonly decision: AccessDecision
  readonly recorded: readonly AuditEvent[]
}

async function ask({ roles = [], principal = aUser, confirm, isFound = true }: Asking): Promise<Asked> {
  const recorded: AuditEvent[] = []
  const parts: Partial<SpineParts> = {
    identity: { rolesOf: async () => Promise.resolve(roles) },
    rulebook: { decide: (store, about) => decide(engine, store === ownStore ? own : assert.fail(store), about) },
    find: (store) => (isFound && store === ownStore ? own : undefined),
    confirm,
    audit: { recordRead: (_, event) => void recorded.push(event), countStranger: () => {} },
  }
  // What a decision does not use is not there.
  const ports = spinePorts(parts as SpineParts)
  return { decision: await ports.decide(op, principal, 'users:list', asked, how), recorded }
}

const denied = (ours: Decision): Decision => ({ ...ours, effect: 'deny', because: 'it cannot be asked', policies: [] })

test('where nobody else is asked, the decision is the rulebook’s', async () => {
  const { decision } = await ask({ roles: ['owner'] })
  assert.deepEqual(decision, {
    effect: 'allow',
    record: { store: ownStore, digest: own.digest, effect: 'allow', policies: ['owners-do-everything'], action: decision.record.action },
  })
  assert.equal((await ask({})).decision.effect, 'deny')
  assert.equal((await ask({ principal: theMachineOwner })).decision.effect, 'allow')
})

test('whoever is asked besides is asked the same question, by the set that decides, and told ours', async () => {
  const heard: unknown[] = []
  const confirm: Confirm = (set, about: Ask, ours) => {
    heard.push(set.digest, about, ours.effect)
    return ours
  }
  await ask({ roles: ['owner'], confirm })
  await ask({ confirm })
  const about = { principal: aUser, action: 'users:list', resource: asked, facts: { nowMs: op.nowMs, ...how } }
  assert.deepEqual(heard, [own.digest, { ...about, roles: ['owner'] }, 'allow', own.digest, { ...about, roles: [] }, 'deny'])
})

test('theirs is the decision to act upon, with its record and its sentence', async () => {
  const { decision } = await ask({ roles: ['owner'], confirm: async (_, __, ours) => Promise.resolve(denied(ours)) })
  assert.equal(decision.effect, 'deny')
  assert.deepEqual([decision.record.effect, decision.record.policies], ['deny', []])
  assert.equal(decision.effect === 'deny' && decision.publicReason, 'This could not be decided, so it is refused.')
})

test('where they cannot be asked nothing is decided', async () => {
  await assert.rejects(ask({ roles: ['owner'], confirm: async () => Promise.reject(new Unavailable('policies')) }), Unavailable)
})

test('without our own store nobody is asked besides', async () => {
  const { decision } = await ask({ roles: ['owner'], isFound: false, confirm: () => assert.fail('asked') })
  assert.equal(decision.effect, 'allow')
})

test('a difference is recorded with everything but the name of its store, which it is about', async () => {
  const facts = { digest: own.digest, action: 'users:list', ours: 'allow', theirs: 'deny' }
  const difference: Difference = { store: ownStore, ...facts }
  const confirm: Confirm = (_, __, ours, tell) => {
    tell(difference)
    return ours
  }
  const { decision, recorded } = await ask({ roles: ['owner'], confirm })
  assert.equal(decision.effect, 'allow')
  assert.deepEqual(recorded, [{ what: 'policies.doubted', about: ownStore, outcome: 'done', facts }])
})
