import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorizeAll,
  EntityStore,
  EntityUid,
  InputError,
  PolicySet,
  readEntities,
  readPolicies,
  readRequest,
  readSchema,
  readSchemaText,
  withSupplied,
} from '../src/index.ts'

const schema = readSchema(
  readSchemaText(`
    entity Team in Team; entity User in Team { level: Long, @caller_supplied risk?: Long };
    entity Note in Folder { owner: User }; entity Folder;
    action read appliesTo { principal: User, resource: Note };
  `),
)
const alice = { type: 'User', id: 'alice' }
const note = { type: 'Note', id: 'n' }
const store = new EntityStore()
store.apply({ put: readEntities(schema, [{ uid: alice, attrs: { level: 1 }, parents: [{ type: 'Team', id: 'writers' }] }]) })

const [json] = readPolicies(
  'permit (principal in Team::"writers", action, resource) when { principal.level > 0 && principal has risk && principal.risk < 5 };',
)
const policies = PolicySet.fromJson({ staticPolicies: { p: json?.json as never } })
const request = readRequest(schema, { principal: alice, action: { type: 'Action', id: 'read' }, resource: note })

const decided = (given: unknown): string | undefined => authorizeAll(policies, withSupplied(schema, store, given), [request])[0]?.decision

test('a caller says of a known entity what the schema lets callers say, and the rest stays what is stored', () => {
  assert.equal(decided([]), 'deny')
  assert.equal(decided([{ uid: alice, attrs: { risk: 1 } }]), 'allow')
  assert.equal(decided([{ uid: alice, attrs: { risk: 9 } }]), 'deny')
})

test('a caller brings whole what the store has never heard of', () => {
  const known = withSupplied(schema, store, [{ uid: note, attrs: { owner: alice }, parents: [{ type: 'Folder', id: 'f' }] }])
  assert.deepEqual(known.find(new EntityUid('Note', 'n'))?.attributes.get('owner'), new EntityUid('User', 'alice'))
  assert.equal(known.isIn(new EntityUid('Note', 'n'), new EntityUid('Folder', 'f')), true)
})

const refused: readonly { readonly says: string; readonly given: unknown; readonly code: string }[] = [
  { says: 'another value for a stored attribute', given: [{ uid: alice, attrs: { level: 9, risk: 1 } }], code: 'input.duplicate' },
  {
    says: 'a group for a known entity',
    given: [{ uid: alice, attrs: { risk: 1 }, parents: [{ type: 'Team', id: 'admins' }] }],
    code: 'input.duplicate',
  },
  {
    says: 'what a group is in that known entities are in',
    given: [{ uid: { type: 'Team', id: 'writers' }, parents: [{ type: 'Team', id: 'admins' }] }],
    code: 'input.duplicate',
  },
  {
    says: 'one entity twice',
    given: [
      { uid: alice, attrs: { risk: 1 } },
      { uid: alice, attrs: { risk: 2 } },
    ],
    code: 'input.duplicate',
  },
  { says: 'an unknown entity without what the schema requires', given: [{ uid: note, attrs: {} }], code: 'input.missing' },
  { says: 'an escape', given: [{ uid: note, attrs: { owner: { __entity: alice } } }], code: 'input.reserved' },
]

for (const { says, given, code } of refused) {
  test(`a caller cannot bring ${says}`, () => {
    assert.throws(
      () => withSupplied(schema, store, given),
      (error) => error instanceof InputError && error.code === code,
    )
  })
}

test('a batch is answered one by one, over the same policies and entities', () => {
  const known = withSupplied(schema, store, [{ uid: alice, attrs: { risk: 1 } }])
  const other = readRequest(schema, { principal: { type: 'User', id: 'bob' }, action: { type: 'Action', id: 'read' }, resource: note })
  assert.deepEqual(
    authorizeAll(policies, known, [request, other, request]).map(({ decision }) => decision),
    ['allow', 'deny', 'allow'],
  )
  assert.deepEqual(authorizeAll(policies, known, []), [])
})
