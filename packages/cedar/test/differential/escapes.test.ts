import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type * as CedarBuild from '@cedar-policy/cedar-wasm/nodejs'
import {
  authorize,
  EntityStore,
  PolicySet,
  readEntities,
  readPlainEntities,
  readPlainRequest,
  readPolicies,
  readSchema,
  readSchemaText,
  type Entity,
} from '../../src/index.ts'
import { refusalOf } from '../judge.ts'

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof CedarBuild

const uid = { type: 'User', id: 'u' }
const action = { type: 'Action', id: 'a' }

type Decision = 'allow' | 'deny' | 'refused'

/**
 * Escapes of Cedar's JSON form with more than they need, what they could be read as, and whether they are: by a schema and
 * without one, here and by Cedar's own build. Beside an escape it takes other members for those of a record, unless a
 * schema says otherwise; here that is refused, so that nothing is read as another value than there.
 */
const rows: readonly {
  readonly type: string
  readonly value: unknown
  readonly is: string
  readonly ours: readonly [typed: Decision, untyped: Decision]
  readonly theirs: readonly [typed: Decision, untyped: Decision]
}[] = [
  {
    type: 'User',
    value: { __entity: { type: 'User', id: 'v', more: 1 } },
    is: 'User::"v"',
    ours: ['allow', 'allow'],
    theirs: ['allow', 'allow'],
  },
  {
    type: 'User',
    value: { __entity: { type: 'User', id: 'v' }, more: 1 },
    is: 'User::"v"',
    ours: ['allow', 'refused'],
    theirs: ['allow', 'deny'],
  },
  {
    type: 'decimal',
    value: { __extn: { fn: 'decimal', arg: '1.0', more: 1 } },
    is: 'decimal("1.0")',
    ours: ['allow', 'allow'],
    theirs: ['allow', 'allow'],
  },
  {
    type: 'decimal',
    value: { __extn: { fn: 'decimal', arg: '1.0' }, more: 1 },
    is: 'decimal("1.0")',
    ours: ['refused', 'refused'],
    theirs: ['allow', 'deny'],
  },
  { type: 'decimal', value: { fn: 'decimal', arg: '1.0' }, is: 'decimal("1.0")', ours: ['refused', 'deny'], theirs: ['allow', 'deny'] },
]

for (const { type, value, is, ours, theirs } of rows) {
  test(`whether ${JSON.stringify(value)} is read as ${is}`, () => {
    const text = `permit (principal, action, resource) when { principal.x == ${is} };`
    const schemaText = `entity User { x: ${type} }; action a appliesTo { principal: User, resource: User };`
    const json = [{ uid, attrs: { x: value }, parents: [] }]
    const request = { principal: uid, action, resource: uid, context: {} }
    const set = PolicySet.fromJson({ staticPolicies: Object.fromEntries(readPolicies(text).map((policy) => ['p', policy.json])) })
    const decide = (read: () => readonly Entity[]): Decision => {
      const store = new EntityStore()
      if (refusalOf(() => store.apply({ put: read() })) !== 'taken') return 'refused'
      return authorize(set, store, readPlainRequest(request)).decision
    }
    const typed = (): readonly Entity[] => readEntities(readSchema(readSchemaText(schemaText)), json, 'cedar')
    assert.deepEqual([decide(typed), decide(() => readPlainEntities(json))], ours)
    const asked = [{ schema: schemaText }, {}].map((by) => {
      const entities = json as unknown as CedarBuild.Entities
      const answer = cedar.isAuthorized({ ...request, entities, policies: { staticPolicies: { p: text } }, ...by })
      return answer.type === 'success' ? answer.response.decision : 'refused'
    })
    assert.deepEqual(asked, theirs)
  })
}
