import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf } from '../test/judge.ts'
import type { PolicySetJson } from './policy.ts'
import { mostPolicies, PolicySet } from './policy-set.ts'

const any = { op: 'All' }
const policy = { effect: 'permit', principal: any, action: any, resource: any, conditions: [] }
const template = {
  ...policy,
  principal: { op: '==', slot: '?principal' },
  resource: { op: 'is', entity_type: 'Note', in: { slot: '?resource' } },
}
const user = { type: 'User', id: 'u' }
const note = { type: 'Note', id: 'n' }
const link = { templateId: 't', newId: 'l', values: { '?principal': user, '?resource': note } }
const linked = (change: object): unknown => ({ templates: { t: template }, templateLinks: [{ ...link, ...change }] })
const one = (change: object): unknown => ({ staticPolicies: { p: { ...policy, ...change } } })

const rows: readonly (readonly [says: string, json: unknown, wanted: string])[] = [
  ['nothing', {}, 'taken'],
  ['a policy', one({}), 'taken'],
  ['a policy that is none', { staticPolicies: { p: 1 } }, 'input.type staticPolicies.p'],
  ['an effect that there is not', one({ effect: 'allow' }), 'input.name staticPolicies.p.effect'],
  ['no effect', one({ effect: undefined }), 'input.name staticPolicies.p.effect'],
  ['no principal', one({ principal: undefined }), 'input.type staticPolicies.p.principal'],
  ['no action', one({ action: undefined }), 'input.type staticPolicies.p.action'],
  ['no resource', one({ resource: undefined }), 'input.type staticPolicies.p.resource'],
  ['a scope that there is not', one({ principal: { op: '!=' } }), 'input.name staticPolicies.p.principal.op'],
  ['a scope without its entity', one({ principal: { op: '==' } }), 'input.type staticPolicies.p.principal.entity'],
  ['a scope of a type that is none', one({ resource: { op: 'is', entity_type: '' } }), 'input.name staticPolicies.p.resource.entity_type'],
  ['a scope in nothing', one({ resource: { op: 'is', entity_type: 'A', in: {} } }), 'input.type staticPolicies.p.resource.in.entity'],
  ['a scope of actions that there is not', one({ action: { op: 'is' } }), 'input.name staticPolicies.p.action.op'],
  ['an action that is an entity', one({ action: { op: '==', entity: user } }), 'input.name staticPolicies.p.action.entity'],
  ['a group that is an entity', one({ action: { op: 'in', entity: user } }), 'input.name staticPolicies.p.action.entity'],
  [
    'one of several that is no action',
    one({ action: { op: 'in', entities: [{ type: 'Action', id: 'a' }, user] } }),
    'input.name staticPolicies.p.action.entities.1',
  ],
  ['several actions that are no list', one({ action: { op: 'in', entities: {} } }), 'input.type staticPolicies.p.action.entities'],
  ['conditions that are no list', one({ conditions: {} }), 'input.type staticPolicies.p.conditions'],
  ['a condition that is none', one({ conditions: [1] }), 'input.type staticPolicies.p.conditions.0'],
  ['a kind that there is not', one({ conditions: [{ kind: 'if', body: {} }] }), 'input.name staticPolicies.p.conditions.0.kind'],
  ['a condition without a body', one({ conditions: [{ kind: 'when' }] }), 'input.type staticPolicies.p.conditions.0.body'],
  ['a thousand conditions', one({ conditions: Array.from({ length: 1_000 }, () => ({ kind: 'when', body: { Value: true } })) }), 'taken'],
  [
    'one condition more',
    one({ conditions: Array.from({ length: 1_001 }, () => ({ kind: 'when', body: { Value: true } })) }),
    'input.size staticPolicies.p.conditions',
  ],
  ['annotations that are none', one({ annotations: [] }), 'input.type staticPolicies.p.annotations'],
  ['an annotation that is no text', one({ annotations: { a: 1 } }), 'input.type staticPolicies.p.annotations.a'],
  ['an annotation without a value', one({ annotations: { a: null } }), 'taken'],
  ['a template among the policies', { staticPolicies: { p: template } }, 'input.missing staticPolicies.p'],
  ['a template that is not linked', { templates: { t: template } }, 'taken'],
  ['a template that is none', { templates: { t: { ...template, effect: 'x' } } }, 'input.name templates.t.effect'],
  ['a link', linked({}), 'taken'],
  ['links that are no list', { templateLinks: {} }, 'input.type templateLinks'],
  ['a link that is none', { templateLinks: [1] }, 'input.type templateLinks.0'],
  ['a link without a template', linked({ templateId: undefined }), 'input.type templateLinks.0.templateId'],
  ['a link to no template', linked({ templateId: 'x' }), 'input.name templateLinks.0'],
  ['a link without a name', linked({ newId: undefined }), 'input.type templateLinks.0.newId'],
  ['a link without values', linked({ values: undefined }), 'input.missing templateLinks.0.principal.slot'],
  ['a link without one value', linked({ values: { '?principal': user } }), 'input.missing templateLinks.0.resource.in.slot'],
  ['a value for a slot that there is not', linked({ values: { ...link.values, '?action': user } }), 'input.name templateLinks.0'],
  ['a value that is no entity', linked({ values: { ...link.values, '?principal': 'u' } }), 'input.type templateLinks.0.values.?principal'],
  [
    'a slot of the other side',
    {
      templates: { t: { ...template, principal: { op: 'in', slot: '?resource' } } },
      templateLinks: [{ ...link, values: { '?resource': note } }],
    },
    'input.name templateLinks.0.principal.slot',
  ],
  ['a link that is called as a policy', { ...(linked({ newId: 'p' }) as object), ...(one({}) as object) }, 'input.duplicate'],
  ['a link that is called as a template', linked({ newId: 't' }), 'input.duplicate'],
  ['two links of one name', { templates: { t: template }, templateLinks: [link, link] }, 'input.duplicate'],
]

for (const [says, json, wanted] of rows) {
  test(`a policy set of ${says}: ${wanted}`, () =>
    assert.equal(
      refusalOf(() => PolicySet.fromJson(json as PolicySetJson)),
      wanted,
    ))
}

test('a set knows its policies and links by their names, and its templates not', () => {
  const set = PolicySet.fromJson({ ...(linked({}) as PolicySetJson), ...(one({ annotations: { a: null, b: 'c' } }) as PolicySetJson) })
  assert.deepEqual([set.size, [...set.all()].map(({ id }) => id), set.get('t')], [2, ['p', 'l'], undefined])
  assert.deepEqual(
    [...(set.get('p')?.annotations ?? [])],
    [
      ['a', ''],
      ['b', 'c'],
    ],
  )
  assert.deepEqual([set.get('l')?.principal.is, set.get('l')?.resource.is], ['equal', 'type in'])
})

test('a set is as large as the largest, and no larger', () => {
  const many = (count: number): PolicySetJson =>
    ({ staticPolicies: Object.fromEntries(Array.from({ length: count }, (_, at) => [at, policy])) }) as PolicySetJson
  assert.equal(PolicySet.fromJson(many(mostPolicies)).size, mostPolicies)
  assert.equal(
    refusalOf(() => PolicySet.fromJson(many(mostPolicies + 1))),
    'input.size',
  )
})
