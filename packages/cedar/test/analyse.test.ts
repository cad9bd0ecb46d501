import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  analyse,
  authorize,
  compareSchemas,
  PolicySet,
  readPolicies,
  readSchema,
  readSchemaText,
  type Analysis,
  type PolicyJson,
} from '../src/index.ts'
import { anyWorld } from './differential/any-world.ts'

const schemaText = `
  entity Team; entity User in Team { level: Long }; entity Note { owner: User, closed?: Bool }; entity Robot;
  action read, write appliesTo { principal: User, resource: Note };
`
const schema = readSchema(readSchemaText(schemaText))

function named(text: string): Readonly<Record<string, PolicyJson>> {
  return Object.fromEntries(readPolicies(text).map(({ json }, at) => [json.annotations?.['id'] ?? `p${at}`, json]))
}

/** Random policies are of no schema; what is found besides `neverHold` needs none. */
const noSchema = readSchema({})

const owners = '@id("owners") permit (principal, action, resource) when { resource.owner == principal };'

const rows: readonly { readonly says: string; readonly text: string; readonly found: Partial<Analysis> }[] = [
  {
    says: 'a policy for what the schema has no request for',
    text: '@id("robots") permit (principal is Robot, action, resource);',
    found: {},
  },
  {
    says: 'a condition that is never true',
    text: '@id("never") permit (principal, action, resource) when { principal is Note };',
    found: { neverHold: ['never'] },
  },
  {
    says: 'a permit under a forbid of the same and more',
    text: `${owners} @id("none") forbid (principal, action, resource);`,
    found: { shadowed: [{ policy: 'owners', by: 'none' }] },
  },
  {
    says: 'a permit under a forbid with one of its conditions',
    text: '@id("p") permit (principal is User, action == Action::"read", resource) when { principal.level > 1 && resource.owner == principal }; @id("f") forbid (principal, action in [Action::"read", Action::"write"], resource) when { principal.level > 1 };',
    found: { shadowed: [{ policy: 'p', by: 'f' }] },
  },
  {
    says: 'a forbid that asks for more shadows nothing',
    text: '@id("p") permit (principal, action, resource); @id("f") forbid (principal, action, resource) when { principal.level > 1 };',
    found: {},
  },
  {
    says: 'two policies in the same words: the later name',
    text: `${owners} @id("again") permit (principal, action, resource) when { resource.owner == principal };`,
    found: { redundant: [{ policy: 'owners', by: 'again' }] },
  },
  {
    says: 'a narrower one beside a wider one',
    text: `${owners} @id("teams") permit (principal in Team::"a", action == Action::"read", resource) when { resource.owner == principal };`,
    found: { redundant: [{ policy: 'teams', by: 'owners' }] },
  },
  {
    says: 'an unless of two is one thing',
    text: '@id("a") permit (principal, action, resource) unless { principal.level > 1 && principal.level < 9 }; @id("b") permit (principal, action, resource) unless { principal.level > 1 };',
    found: {},
  },
]

for (const { says, text, found } of rows) {
  test(`what does nothing is found: ${says}`, () => {
    const { neverHold, ...others } = analyse(schema, named(text))
    assert.deepEqual({ neverHold, ...others }, { neverHold: [], shadowed: [], redundant: [], ...found })
  })
}

test('in random worlds no answer changes without the policies that are redundant, and none that is shadowed determines an allow', () => {
  let idle = 0
  for (let seed = 1; seed <= 1_500; seed += 1) {
    const { json, store, request: anyRequest } = anyWorld(seed)
    const { staticPolicies = {} } = json
    const { redundant, shadowed } = analyse(noSchema, staticPolicies)
    const left = Object.fromEntries(Object.entries(staticPolicies).filter(([id]) => !redundant.some(({ policy }) => policy === id)))
    const [all, fewer] = [PolicySet.fromJson({ staticPolicies }), PolicySet.fromJson({ staticPolicies: left })]
    for (let turn = 0; turn < 12; turn += 1) {
      const request = anyRequest()
      const answer = authorize(all, store, request)
      if (answer.erring.length > 0) continue
      assert.equal(authorize(fewer, store, request).decision, answer.decision, `world ${seed}`)
      if (answer.decision === 'allow') for (const { policy } of shadowed) assert.ok(!answer.reasons.includes(policy), `world ${seed}`)
    }
    idle += redundant.length + shadowed.length
  }
  assert.ok(idle > 20, `${idle} were idle`)
})

test('what another schema would do to policies is told', () => {
  const policies = named(
    `${owners} @id("closed") forbid (principal, action, resource) when { resource has closed && resource.closed }; @id("robots") permit (principal is Robot, action == Action::"read", resource);`,
  )
  const after = readSchema(
    readSchemaText(
      schemaText
        .replace('owner: User, closed?: Bool', 'closed?: Bool')
        .replace('principal: User, resource', 'principal: [User, Robot], resource'),
    ),
  )
  const effect = compareSchemas(schema, after, policies)
  assert.deepEqual([...new Set(effect.broken.map(({ policy, code }) => `${policy} ${code}`))], ['owners type.attribute'])
  assert.deepEqual([effect.mended, effect.silenced, effect.awakened], [['robots'], [], []])
  const without = readSchema(readSchemaText(schemaText.replace(', closed?: Bool', '')))
  assert.deepEqual(compareSchemas(schema, without, policies).silenced, ['closed'])
  assert.deepEqual(compareSchemas(without, schema, policies).awakened, ['closed'])
})
