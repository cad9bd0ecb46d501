import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, note, read, storeOf } from '../test/judge.ts'
import { authorize, authorizeAll, enforce } from './authorize.ts'
import { erred } from './compile/evaluate.ts'
import { EvaluationError } from './errors.ts'
import { PolicySet } from './policy-set.ts'
import { readPolicies } from './text/policies.ts'

const request = { principal: alice, action: read, resource: note, context: new Map<string, never>() }
const store = storeOf([{ uid: { type: 'User', id: 'alice' }, parents: [{ type: 'Team', id: 't' }] }])

function setOf(named: Readonly<Record<string, string>>): PolicySet {
  const policies = Object.entries(named).flatMap(([id, text]) => readPolicies(text).map(({ json }) => [id, json] as const))
  return PolicySet.fromJson({ staticPolicies: Object.fromEntries(policies) })
}

const errs = 'when { context.none }'
const answers: readonly (readonly [
  says: string,
  policies: Readonly<Record<string, string>>,
  answer: string,
  enforced: 'allow' | 'deny',
])[] = [
  ['no policy', {}, 'deny  ', 'deny'],
  ['a permit', { a: 'permit (principal, action, resource);' }, 'allow a ', 'allow'],
  ['a permit that does not hold', { a: 'permit (principal, action, resource) when { false };' }, 'deny  ', 'deny'],
  ['a permit that errs', { a: `permit (principal, action, resource) ${errs};` }, 'deny  a permit no_attribute', 'deny'],
  ['a forbid alone', { a: 'forbid (principal, action, resource);' }, 'deny a ', 'deny'],
  [
    'a forbid beside a permit',
    { a: 'permit (principal, action, resource);', b: 'forbid (principal, action, resource);' },
    'deny b ',
    'deny',
  ],
  [
    'a forbid that errs beside a permit',
    { a: 'permit (principal, action, resource);', b: `forbid (principal, action, resource) ${errs};` },
    'allow a b forbid no_attribute',
    'deny',
  ],
  [
    'a permit that errs beside one that holds',
    { a: 'permit (principal, action, resource);', b: `permit (principal, action, resource) ${errs};` },
    'allow a b permit no_attribute',
    'allow',
  ],
  [
    'reasons from several places of the index',
    {
      c: 'permit (principal, action, resource);',
      b: 'permit (principal is User, action, resource);',
      d: 'permit (principal == User::"alice", action, resource);',
      a: 'permit (principal in Team::"t", action, resource);',
    },
    'allow a,b,c,d ',
    'allow',
  ],
  [
    'the first two in another order',
    { b: 'permit (principal, action, resource);', a: 'permit (principal is User, action, resource);' },
    'allow a,b ',
    'allow',
  ],
  [
    'forbids from several places of the index',
    { b: 'forbid (principal, action, resource);', a: 'forbid (principal is User, action, resource);' },
    'deny a,b ',
    'deny',
  ],
  [
    'two that err, from several places of the index',
    { b: `permit (principal, action, resource) ${errs};`, a: `permit (principal is User, action, resource) ${errs};` },
    'deny  a permit no_attribute,b permit no_attribute',
    'deny',
  ],
  [
    'three that err, from several places of the index',
    {
      b: `permit (principal, action, resource) ${errs};`,
      c: `permit (principal is User, action, resource) ${errs};`,
      a: `forbid (principal in Team::"t", action, resource) ${errs};`,
    },
    'deny  a forbid no_attribute,b permit no_attribute,c permit no_attribute',
    'deny',
  ],
]

for (const [says, policies, wanted, enforced] of answers) {
  test(`the answer of ${says} is ${wanted.trim()}, and ${enforced} is enforced`, () => {
    const [answer] = authorizeAll(setOf(policies), store, [request])
    assert.deepEqual(answer, authorize(setOf(policies), store, request))
    const erring = answer?.erring.map(({ policy, effect, error }) => `${policy} ${effect} ${error.code}`)
    assert.equal(`${answer?.decision} ${answer?.reasons.join()} ${erring?.join()}`, wanted)
    assert.equal(answer && enforce(answer), enforced)
  })
}

test('several requests are answered in their order', () => {
  const set = setOf({ a: 'permit (principal == User::"alice", action, resource);' })
  const decisions = authorizeAll(set, store, [request, { ...request, principal: note }, request]).map(({ decision }) => decision)
  assert.deepEqual(decisions, ['allow', 'deny', 'allow'])
})

test('a stack that is used up is an error of the policy, and a defect of the engine is none', () => {
  const own = new EvaluationError('type', 'a')
  assert.equal(erred(own), own)
  const depth = erred(new RangeError('Maximum call stack size exceeded'))
  assert.ok(depth instanceof EvaluationError)
  assert.equal(depth.code, 'depth')
  const defect = new TypeError('undefined is not a function')
  assert.throws(() => erred(defect), defect)
})
