import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EntityStore,
  EntityUid,
  explain,
  PolicySet,
  readPlainEntities,
  readPlainRequest,
  readPolicies,
  type Change,
  type Explanation,
  type PolicyJson,
  type Value,
} from '../src/index.ts'
import { anyWorld } from './differential/any-world.ts'

const entities = new EntityStore()
entities.apply({
  put: readPlainEntities([
    { uid: { type: 'User', id: 'alice' }, attrs: { level: 3, active: true }, parents: [{ type: 'Team', id: 'writers' }] },
    { uid: { type: 'User', id: 'bob' }, attrs: { level: 1, active: false } },
    { uid: { type: 'Note', id: 'n' }, attrs: { owner: { __entity: { type: 'User', id: 'alice' } }, closed: false, tags: ['draft'] } },
    { uid: { type: 'Note', id: 'old' }, attrs: { owner: { __entity: { type: 'User', id: 'alice' } }, closed: true, tags: [] } },
  ]),
})

function ask(text: string, principal: string, resource: string, context: object = {}): Explanation {
  const policies: Record<string, PolicyJson> = {}
  for (const [at, { json }] of readPolicies(text).entries()) policies[json.annotations?.['id'] ?? `p${at}`] = json
  const request = {
    principal: { type: 'User', id: principal },
    action: { type: 'Action', id: 'write' },
    resource: { type: 'Note', id: resource },
    context,
  }
  return explain(PolicySet.fromJson({ staticPolicies: policies }), entities, readPlainRequest(request))
}

function sayValue(value: Value | undefined): string {
  return value instanceof EntityUid ? value.toString() : JSON.stringify(value)
}

function say(change: Change): string {
  if (change.is === 'parent') return `${change.entity} in ${change.parent}`
  const value = sayValue(change.value)
  return change.is === 'context' ? `context.${change.name} = ${value}` : `${change.entity}.${change.name} = ${value}`
}

const owners = '@id("owners") permit (principal, action, resource) when { resource.owner == principal };'
const writers = '@id("writers") permit (principal in Team::"writers", action, resource) when { principal.level >= 2 && context.mfa };'
const closed = '@id("closed") forbid (principal, action, resource) when { resource.closed };'

test('of an allow it says which policy determined it and what its conditions saw', () => {
  const { answer, determining, nearest } = ask(owners, 'alice', 'n')
  assert.equal(answer.decision, 'allow')
  assert.deepEqual(nearest, [])
  const [policy] = determining
  assert.deepEqual([policy?.policy, policy?.scope], ['owners', { principal: true, action: true, resource: true }])
  const [condition] = policy?.conditions ?? []
  assert.deepEqual([condition?.text, condition?.holds], ['resource.owner == principal', true])
  assert.deepEqual(
    condition?.saw.map(({ text, value }) => `${text}: ${sayValue(value)}`),
    ['resource.owner: User::"alice"'],
  )
})

test('of a default deny it says which permits are nearest, and what each lacks', () => {
  const { answer, nearest } = ask(owners + writers, 'bob', 'n', { mfa: true })
  assert.deepEqual([answer.decision, answer.reasons.length], ['deny', 0])
  assert.deepEqual(
    nearest.map(({ policy }) => policy),
    ['owners', 'writers'],
  )
  const [, second] = nearest
  assert.equal(second?.scope.principal, false)
  assert.deepEqual(
    second?.conditions.map(({ text, holds }) => [text, holds]),
    [
      ['principal.level >= 2', false],
      ['context.mfa', true],
    ],
  )
})

test('what is missing is said with its name', () => {
  const [policy] = ask(writers, 'alice', 'n').erring
  const failing = policy?.conditions.find(({ holds }) => holds === undefined)
  assert.equal(failing?.text, 'context.mfa')
  assert.match(failing?.saw[0]?.missing ?? '', /"mfa"/)
})

const turns: readonly {
  readonly says: string
  readonly text: string
  readonly as: string
  readonly of: string
  readonly turning: readonly string[]
}[] = [
  { says: 'an owner', text: owners, as: 'bob', of: 'n', turning: ['Note::"n".owner = User::"bob"'] },
  {
    says: 'a group',
    text: 'permit (principal in Team::"writers", action, resource);',
    as: 'bob',
    of: 'n',
    turning: ['User::"bob" in Team::"writers"'],
  },
  { says: 'a flag', text: `${owners}${closed}`, as: 'alice', of: 'old', turning: ['Note::"old".closed = false'] },
  {
    says: 'a number',
    text: 'permit (principal, action, resource) when { principal.level > 2 };',
    as: 'bob',
    of: 'n',
    turning: ['User::"bob".level = 3'],
  },
  {
    says: 'a fact',
    text: 'permit (principal, action, resource) unless { context.far };',
    as: 'bob',
    of: 'n',
    turning: ['context.far = false'],
  },
  {
    says: 'two at once',
    text: 'permit (principal, action, resource) when { principal.active && principal.level == 9 };',
    as: 'bob',
    of: 'n',
    turning: [],
  },
  {
    says: 'a forbid that errs',
    text: 'permit (principal, action, resource); forbid (principal, action, resource) when { context.gone };',
    as: 'bob',
    of: 'n',
    turning: ['context.gone = false'],
  },
  { says: 'an allow', text: owners, as: 'alice', of: 'n', turning: [] },
]

for (const { says, text, as, of, turning } of turns) {
  test(`single changes that turn the answer: ${says}`, () => {
    const context = says === 'a fact' ? { far: true } : {}
    assert.deepEqual(ask(text, as, of, context).turning.map(say), turning)
  })
}

test('a group that the principal is above cannot take it in', () => {
  const store = new EntityStore()
  store.apply({ put: readPlainEntities([{ uid: { type: 'Team', id: 'inner' }, parents: [{ type: 'Team', id: 'outer' }] }]) })
  const [policy] = readPolicies('permit (principal in Team::"inner", action, resource);')
  const request = { principal: { type: 'Team', id: 'outer' }, action: { type: 'Action', id: 'a' }, resource: { type: 'Note', id: 'n' } }
  const policies = PolicySet.fromJson({ staticPolicies: { p: policy?.json as PolicyJson } })
  assert.deepEqual(explain(policies, store, readPlainRequest(request)).turning, [])
})

test('random worlds are explained as they are answered, and nothing is changed by it', () => {
  let turning = 0
  for (let seed = 1; seed <= 400; seed += 1) {
    const { set, store, request: anyRequest } = anyWorld(seed)
    for (let turn = 0; turn < 4; turn += 1) {
      const request = anyRequest()
      const first = explain(set, store, request)
      assert.deepEqual(
        first.determining.map(({ policy }) => policy),
        first.answer.reasons,
      )
      for (const { scope, conditions } of first.determining) {
        assert.ok(Object.values(scope).every(Boolean) && conditions.every(({ holds }) => holds === true), `world ${seed}`)
      }
      assert.deepEqual(explain(set, store, request), first)
      turning += first.turning.length
    }
  }
  assert.ok(turning > 100, `${turning} changes turned an answer`)
})
