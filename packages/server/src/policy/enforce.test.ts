import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enforce, type Evaluation, type PolicyId } from './engine.ts'

const policy = 'p' as PolicyId
const erring = (effect: 'permit' | 'forbid'): Evaluation['erring'] => [{ policy, effect, error: 'overflow' }]

const cases: readonly { readonly says: string; readonly given: Partial<Evaluation>; readonly answer: 'allow' | 'deny' }[] = [
  { says: 'an allow', given: { decision: 'allow' }, answer: 'allow' },
  { says: 'a deny', given: { decision: 'deny' }, answer: 'deny' },
  { says: 'an allow beside a forbid that erred', given: { decision: 'allow', erring: erring('forbid') }, answer: 'deny' },
  { says: 'an allow beside a permit that erred', given: { decision: 'allow', erring: erring('permit') }, answer: 'allow' },
  { says: 'an allow beside both', given: { decision: 'allow', erring: [...erring('permit'), ...erring('forbid')] }, answer: 'deny' },
  { says: 'a deny beside a permit that erred', given: { decision: 'deny', erring: erring('permit') }, answer: 'deny' },
  { says: 'an allow of what could not be asked', given: { decision: 'allow', unanswerable: 'no' }, answer: 'deny' },
]

for (const { says, given, answer } of cases) {
  test(`${says} is enforced as ${answer}`, () => assert.equal(enforce({ decision: 'deny', reasons: [], erring: [], ...given }), answer))
}
