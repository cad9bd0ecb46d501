import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type * as CedarBuild from '@cedar-policy/cedar-wasm/nodejs'
import { refusalOf } from '../../test/judge.ts'
import { EntityUid } from '../values/uid.ts'
import type { SchemaJson } from './json.ts'
import { readSchema } from './read.ts'
import type { Type } from './type.ts'

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof CedarBuild

type Json = Readonly<Record<string, unknown>>

/** A schema of one namespace, `N`. */
const inN = (declared: Json): Json => ({ N: { entityTypes: {}, actions: {}, ...declared } })
const entity = (type: unknown): Json => inN({ entityTypes: { Team: {}, User: type } })
const shape = (attributes: unknown): Json => entity({ shape: { type: 'Record', attributes } })
const attribute = (type: unknown): Json => shape({ a: type })
const action = (read: unknown, others: Json = {}): Json => inN({ entityTypes: { User: {}, Note: {} }, actions: { read, ...others } })
const appliesTo = (members: Json): Json => action({ appliesTo: { principalTypes: ['User'], resourceTypes: ['Note'], ...members } })
const common = (types: Json): Json => inN({ commonTypes: types })

/** A type within so many others. */
function nested(levels: number, wrap: (inner: unknown) => unknown, innermost: Json = { type: 'Long' }): unknown {
  let type: unknown = innermost
  for (let level = 0; level < levels; level += 1) type = wrap(type)
  return type
}
const setOf = (element: unknown): Json => ({ type: 'Set', element })
const recordOf = (inner: unknown): Json => ({ type: 'Record', attributes: { a: inner } })
const open = (additionalAttributes: unknown): Json => ({ type: 'Record', attributes: {}, additionalAttributes })

/** Groups, each in the next. */
function groups(count: number): Json {
  const actions = Array.from({ length: count }, (_, at) => [`${at}`, at + 1 < count ? { memberOf: [{ id: `${at + 1}` }] } : {}] as const)
  return inN({ actions: Object.fromEntries(actions) })
}

const enumeration = (members: Json): Json => entity({ enum: ['a'], ...members })
const inBoth = (kind: string, declared: Json): Json => ({
  '': { entityTypes: {}, actions: {}, [kind]: declared },
  N: { entityTypes: {}, actions: {}, [kind]: declared },
})

/** What is wrong, the schema, and how it is refused. Cedar's own build refuses it too, unless it is said here. */
const refused: readonly (readonly [says: string, schema: unknown, wanted: string, cedar?: 'taken by Cedar'])[] = [
  ['no object', [], 'input.type'],
  ['a namespace that is none', { N: 1 }, 'input.type N'],
  ['a namespace whose name is none', { 'N M': { entityTypes: {}, actions: {} } }, 'input.name N M'],
  ['a namespace of Cedar’s own', { '__cedar::N': { entityTypes: {}, actions: {} } }, 'input.name __cedar::N'],
  ['a namespace without entity types', { N: { actions: {} } }, 'input.missing N.entityTypes'],
  ['a namespace without actions', { N: { entityTypes: {} } }, 'input.missing N.actions'],
  ['a member that no namespace has', inN({ entities: {} }), 'input.name N.entities'],
  ['annotations of a namespace that are none', inN({ annotations: 1 }), 'input.type N.annotations'],
  ['common types that are none', inN({ commonTypes: [] }), 'input.type N.commonTypes'],
  ['entity types that are none', inN({ entityTypes: [] }), 'input.type N.entityTypes'],
  ['actions that are none', inN({ actions: [] }), 'input.type N.actions'],
  ['an entity type that is none', entity('User'), 'input.type N.User'],
  ['an entity type whose name is none', inN({ entityTypes: { 'a b': {} } }), 'input.name N.entityTypes.a b'],
  ['an entity type whose name has a namespace', inN({ entityTypes: { 'A::B': {} } }), 'input.name N.entityTypes.A::B'],
  ['an entity type whose name is reserved', inN({ entityTypes: { if: {} } }), 'input.name N.entityTypes.if'],
  ['an entity type that is called as the type of actions', inN({ entityTypes: { Action: {} } }), 'input.name N.entityTypes.Action'],
  ['an entity type that hides another', inBoth('entityTypes', { U: {} }), 'input.duplicate'],
  ['a member that no entity type has', entity({ memberOf: ['Team'] }), 'input.name N::User.memberOf'],
  ['parents that are no list', entity({ memberOfTypes: 'Team' }), 'input.type N::User.memberOfTypes'],
  ['a parent that is no text', entity({ memberOfTypes: [1] }), 'input.type N::User.memberOfTypes'],
  ['a parent that nothing is', entity({ memberOfTypes: ['Teem'] }), 'input.name N::User.memberOfTypes'],
  ['a parent of another namespace', entity({ memberOfTypes: ['M::Team'] }), 'input.name N::User.memberOfTypes'],
  ['ids that are no list', entity({ enum: 'a' }), 'input.type N::User.enum'],
  ['no list of ids at all', entity({ enum: null }), 'input.type N::User.enum'],
  ['an id that is no text', entity({ enum: [1] }), 'input.type N::User.enum'],
  ['an enumeration of nothing', entity({ enum: [] }), 'input.missing N::User.enum'],
  ['an enumeration with a shape', enumeration({ shape: recordOf({ type: 'Long' }) }), 'input.name N::User.shape'],
  ['an enumeration with tags', enumeration({ tags: { type: 'Long' } }), 'input.name N::User.tags'],
  ['an enumeration with parents', enumeration({ memberOfTypes: ['Team'] }), 'input.name N::User.memberOfTypes'],
  ['a shape that is no type', entity({ shape: 1 }), 'input.type N::User.shape'],
  ['a shape that is no record', entity({ shape: { type: 'Long' } }), 'input.type N::User.shape'],
  ['tags that are no type', entity({ tags: [] }), 'input.type N::User.tags'],
  ['tags of a type that nothing is', entity({ tags: { type: 'Lang' } }), 'input.name N::User.tags'],
  ['tags that are required', entity({ tags: { type: 'Long', required: true } }), 'input.name N::User.tags.required'],
  ['annotations of an entity type that are none', entity({ annotations: 1 }), 'input.type N::User.annotations'],
  ['an annotation that is no text', entity({ annotations: { a: 1 } }), 'input.type N::User.annotations.a'],
  ['an annotation whose name is none', entity({ annotations: { 'a b': '' } }), 'input.name N::User.annotations.a b'],
  ['a record without attributes', entity({ shape: { type: 'Record' } }), 'input.type N::User.shape.attributes'],
  ['attributes that are none', entity({ shape: { type: 'Record', attributes: 1 } }), 'input.type N::User.shape.attributes'],
  ['a member that no record has', entity({ shape: { type: 'Record', attributes: {}, a: {} } }), 'input.name N::User.shape.a'],
  ['a record with more than is declared', entity({ shape: open(true) }), 'input.type N::User.shape'],
  ['a record that does not say whether it has more', entity({ shape: open('no') }), 'input.type N::User.shape'],
  ['an attribute that is none', attribute(1), 'input.type N::User.shape.a'],
  ['an attribute without a type', attribute({}), 'input.type N::User.shape.a.type'],
  ['an attribute whose type is no text', attribute({ type: 1 }), 'input.type N::User.shape.a.type'],
  ['an attribute of a type that nothing is', attribute({ type: 'Lang' }), 'input.name N::User.shape.a'],
  ['an attribute that says whether it is required in a text', attribute({ type: 'Long', required: 'no' }), 'input.type N::User.shape.a'],
  ['an attribute with a member that none has', attribute({ type: 'Long', requird: false }), 'input.name N::User.shape.a.requird'],
  [
    'an annotation of an attribute that is no text',
    attribute({ type: 'Long', annotations: { a: [] } }),
    'input.type N::User.shape.a.annotations.a',
  ],
  ['an element of what is no set', attribute({ type: 'Long', element: { type: 'Long' } }), 'input.name N::User.shape.a.element'],
  ['a set without its element', attribute({ type: 'Set' }), 'input.type N::User.shape.a.element'],
  ['a set of what nothing is', attribute(setOf({ type: 'Lang' })), 'input.name N::User.shape.a.element'],
  ['a set of what is required', attribute(setOf({ type: 'Long', required: true })), 'input.name N::User.shape.a.element.required'],
  ['an entity without its name', attribute({ type: 'Entity' }), 'input.type N::User.shape.a'],
  ['an entity of a type that nothing is', attribute({ type: 'Entity', name: 'Teem' }), 'input.name N::User.shape.a'],
  [
    'an entity of a common type',
    inN({ commonTypes: { C: { type: 'Long' } }, entityTypes: { U: { tags: { type: 'Entity', name: 'C' } } } }),
    'input.name N::U.tags',
  ],
  ['an extension without its name', attribute({ type: 'Extension' }), 'input.type N::User.shape.a'],
  ['an extension that is none', attribute({ type: 'Extension', name: 'float' }), 'input.name N::User.shape.a'],
  ['an extension that is another of Cedar’s types', attribute({ type: 'Extension', name: 'Long' }), 'input.name N::User.shape.a'],
  ['a name without its name', attribute({ type: 'EntityOrCommon' }), 'input.type N::User.shape.a'],
  ['a name that nothing has', attribute({ type: 'EntityOrCommon', name: 'C' }), 'input.name N::User.shape.a'],
  ['one of Cedar’s own that there is not', attribute({ type: '__cedar::Lang' }), 'input.name N::User.shape.a'],
  ['an entity type as a common type', attribute({ type: 'Team' }), 'input.name N::User.shape.a'],
  ['a name of every object', attribute({ type: 'constructor' }), 'input.name N::User.shape.a'],
  [
    'an entity that is an action',
    inN({ entityTypes: { U: { tags: { type: 'Entity', name: 'Action' } } }, actions: { read: {} } }),
    'input.name N::U.tags',
    'taken by Cedar',
  ],
  ['a common type that is none', common({ C: 1 }), 'input.type N.C.N::C'],
  ['a common type whose name is none', common({ 'a b': { type: 'Long' } }), 'input.name N.commonTypes.a b'],
  ...'Bool Boolean Long String Set Record Entity Extension'
    .split(' ')
    .map(
      (name) => [`a common type that is called ${name}`, common({ [name]: { type: 'Long' } }), `input.name N.commonTypes.${name}`] as const,
    ),
  ['a common type of what nothing is, though nothing has it', common({ C: { type: 'Lang' } }), 'input.name N.C.N::C'],
  ['a common type that is required', common({ C: { type: 'Long', required: true } }), 'input.name N.C.N::C.required'],
  [
    'an annotation of a common type that is no text',
    common({ C: { type: 'Long', annotations: { a: 1 } } }),
    'input.type N.C.N::C.annotations.a',
  ],
  ['a common type that hides another', inBoth('commonTypes', { C: { type: 'Long' } }), 'input.duplicate'],
  ['a common type that is in itself', common({ C: setOf({ type: 'C' }) }), 'input.cycle N.C.N::C.element'],
  [
    'common types that are in each other',
    common({ A: recordOf({ type: 'B' }), B: setOf({ type: 'A' }) }),
    'input.cycle N.A.N::A.a.N::B.element',
  ],
  ['65 sets in each other', entity({ tags: nested(65, setOf) }), `input.depth N::User.tags${'.element'.repeat(65)}`, 'taken by Cedar'],
  ['an action that is none', action(1), 'input.type N.read'],
  ['a member that no action has', action({ appliesto: {} }), 'input.name N.read.appliesto'],
  ['an action with attributes', action({ attributes: { a: 1 } }), 'input.name N.read.attributes'],
  ['an action that hides another', inBoth('actions', { read: {} }), 'input.duplicate'],
  ['what an action applies to that is none', action({ appliesTo: 1 }), 'input.type N.read.appliesTo'],
  ['an action that says no principals', action({ appliesTo: { resourceTypes: [] } }), 'input.type N.read.principalTypes'],
  ['an action that says no resources', action({ appliesTo: { principalTypes: [] } }), 'input.type N.read.resourceTypes'],
  ['an action that applies to something else', appliesTo({ actionTypes: [] }), 'input.name N.read.appliesTo.actionTypes'],
  ['principals that are no list', appliesTo({ principalTypes: 'User' }), 'input.type N.read.principalTypes'],
  ['a principal that is no text', appliesTo({ principalTypes: [1] }), 'input.type N.read.principalTypes'],
  ['a principal that nothing is', appliesTo({ principalTypes: ['Usr'] }), 'input.name N.read.principalTypes'],
  ['resources that are no list', appliesTo({ resourceTypes: {} }), 'input.type N.read.resourceTypes'],
  ['a resource that nothing is', appliesTo({ resourceTypes: ['Nte'] }), 'input.name N.read.resourceTypes'],
  ['a context that is no type', appliesTo({ context: 1 }), 'input.type N.read.context'],
  ['a context that is no record', appliesTo({ context: setOf({ type: 'Long' }) }), 'input.type N.read.context'],
  ['annotations of an action that are none', action({ annotations: [] }), 'input.type N.read.annotations'],
  ['groups that are no list', action({ memberOf: 'all' }), 'input.type N.read.memberOf'],
  ['a group that is none', action({ memberOf: ['all'] }), 'input.type N.read.memberOf'],
  ['a group without an id', action({ memberOf: [{}] }), 'input.type N.read.memberOf'],
  [
    'a group with a member that none has',
    action({ memberOf: [{ id: 'all', kind: 'Action' }] }, { all: {} }),
    'input.name N.read.memberOf.kind',
  ],
  ['a group whose type is no text', action({ memberOf: [{ id: 'all', type: 1 }] }, { all: {} }), 'input.type N.read.memberOf'],
  ['a group that is not declared', action({ memberOf: [{ id: 'all' }] }), 'input.name N.read.memberOf'],
  ['a group of another namespace', action({ memberOf: [{ id: 'all', type: 'M::Action' }] }, { all: {} }), 'input.name N.read.memberOf'],
  ['a group that is no action', action({ memberOf: [{ id: 'all', type: 'User' }] }, { all: {} }), 'input.name N.read.memberOf'],
  ['a group that is in itself', action({ memberOf: [{ id: 'read' }] }), 'input.cycle'],
  ['groups that are in each other', action({ memberOf: [{ id: 'all' }] }, { all: { memberOf: [{ id: 'read' }] } }), 'input.cycle'],
  ['66 groups in each other', groups(66), 'input.depth', 'taken by Cedar'],
]

for (const [says, schema, wanted, byCedar] of refused) {
  test(`a schema is refused: ${says}`, () => {
    assert.equal(
      refusalOf(() => readSchema(schema as SchemaJson)),
      wanted,
    )
    assert.equal(cedar.checkParseSchema(schema as CedarBuild.Schema).type, byCedar === undefined ? 'failure' : 'success')
  })
}

/** A type as a text. */
function sayType(type: Type): string {
  if (type.is === 'set') return `Set<${sayType(type.element)}>`
  if (type.is === 'record') {
    const members = [...type.attributes].map(([name, each]) => `${name}${each.isRequired ? '' : '?'}: ${sayType(each.type)}`)
    return `{${members.join(', ')}}`
  }
  return 'name' in type ? type.name : type.is
}

/** Types of an attribute in namespace `N`, which has the entity type `Team` and the common type `C`; and what each is read as. */
const types: readonly (readonly [type: Json, wanted: string])[] = [
  ...(['String', 'Long', 'Boolean', 'Bool'] as const).map((type) => [{ type }, type.toLowerCase().replace('boolean', 'bool')] as const),
  ...['decimal', 'ipaddr', 'datetime', 'duration'].flatMap((name) =>
    [{ type: 'Extension', name }, { type: name }, { type: `__cedar::${name}` }, { type: 'EntityOrCommon', name }].map(
      (type) => [type, name] as const,
    ),
  ),
  [{ type: 'EntityOrCommon', name: 'Long' }, 'long'],
  [{ type: '__cedar::Bool' }, 'bool'],
  [setOf({ type: 'Long' }), 'Set<long>'],
  [setOf(setOf({ type: 'Entity', name: 'Team' })), 'Set<Set<N::Team>>'],
  [{ type: 'Record', attributes: {} }, '{}'],
  [open(false), '{}'],
  [{ type: 'Record', attributes: { 'a b': { type: 'Long' }, '': { type: 'C', required: false } } }, '{a b: long, ?: {x: long}}'],
  [{ type: 'Record', attributes: { a: { type: 'Long', required: true } } }, '{a: long}'],
  [{ type: 'Entity', name: 'Team' }, 'N::Team'],
  [{ type: 'Entity', name: 'N::Team' }, 'N::Team'],
  [{ type: 'Entity', name: 'Outer' }, 'Outer'],
  [{ type: 'EntityOrCommon', name: 'Team' }, 'N::Team'],
  [{ type: 'EntityOrCommon', name: 'N::Team' }, 'N::Team'],
  [{ type: 'C' }, '{x: long}'],
  [{ type: 'N::C' }, '{x: long}'],
  [{ type: 'EntityOrCommon', name: 'C' }, '{x: long}'],
  [{ type: 'D' }, 'Set<{x: long}>'],
  [{ type: 'Both' }, 'string'],
  [{ type: 'Entity', name: 'Both' }, 'N::Both'],
]

test('each form of a type is read', () => {
  for (const [type, wanted] of types) {
    const schema = {
      '': { entityTypes: { Outer: {} }, actions: {} },
      N: {
        commonTypes: { D: setOf({ type: 'C' }), C: { type: 'Record', attributes: { x: { type: 'Long' } } }, Both: { type: 'String' } },
        entityTypes: { Team: {}, Both: {}, User: { shape: recordOf(type) } },
        actions: {},
      },
    }
    const read = readSchema(schema as unknown as SchemaJson).entityTypes.get('N::User')?.shape ?? assert.fail('no shape')
    assert.equal(sayType(read), `{a: ${wanted}}`)
    assert.deepEqual(cedar.checkParseSchema(schema as unknown as CedarBuild.Schema), { type: 'success' }, JSON.stringify(type))
  }
})

test('types are read up to 64 levels', () => {
  assert.equal(
    refusalOf(() => readSchema(entity({ tags: nested(64, setOf) }) as unknown as SchemaJson)),
    'taken',
  )
  assert.equal(
    refusalOf(() => readSchema(entity({ shape: nested(64, recordOf) }) as unknown as SchemaJson)),
    'taken',
  )
  assert.equal(
    refusalOf(() => readSchema(groups(65) as unknown as SchemaJson)),
    'taken',
  )
})

test('types that are named count with what they stand for', () => {
  const deep = (levels: number): Json =>
    inN({ commonTypes: { C: nested(31, setOf) }, entityTypes: { U: { tags: nested(levels, setOf, { type: 'C' }) } } })
  assert.equal(
    refusalOf(() => readSchema(deep(32) as unknown as SchemaJson)),
    'taken',
  )
  assert.match(
    refusalOf(() => readSchema(deep(33) as unknown as SchemaJson)),
    /^input.depth N::U.tags/,
  )
})

test('every member of an entity type is read', () => {
  const { entityTypes } = readSchema({
    N: {
      entityTypes: {
        Team: { annotations: { doc: 'who works together', internal: null } },
        Level: { enum: ['low', 'high', 'low'], annotations: { a: '' } },
        User: {
          memberOfTypes: ['Team', 'N::Team'],
          shape: { type: 'Record', attributes: { a: { type: 'Long', annotations: { unit: 's', if: '' } } } },
          tags: { type: 'Long' },
        },
      },
      actions: {},
    },
  })
  const [team, level, user] = ['N::Team', 'N::Level', 'N::User'].map((name) => entityTypes.get(name))
  assert.deepEqual(
    [...(team?.annotations ?? [])],
    [
      ['doc', 'who works together'],
      ['internal', ''],
    ],
  )
  assert.deepEqual(
    [team?.name, team?.shape, team?.tags, team?.ids],
    ['N::Team', { is: 'record', attributes: new Map() }, undefined, undefined],
  )
  assert.deepEqual([...(level?.ids ?? [])], ['low', 'high'])
  assert.deepEqual([...(level?.annotations ?? [])], [['a', '']])
  assert.deepEqual([...(user?.memberOf ?? [])], ['N::Team'])
  assert.deepEqual(user?.tags, { is: 'long' })
  assert.deepEqual(
    [...(user?.shape.attributes.get('a')?.annotations ?? [])],
    [
      ['unit', 's'],
      ['if', ''],
    ],
  )
})

test('every member of an action is read', () => {
  const schema = readSchema({
    '': { entityTypes: {}, actions: { top: {}, '': {} } },
    N: {
      entityTypes: { User: {}, Note: {} },
      actions: {
        all: { memberOf: [{ id: 'top' }, { id: 'top', type: 'Action' }] },
        read: {
          memberOf: [{ id: 'all' }, { id: 'all', type: 'Action' }, { id: 'all', type: 'N::Action' }],
          appliesTo: { principalTypes: ['User'], resourceTypes: ['N::Note', 'User'], context: recordOf({ type: 'Long' }) as never },
          annotations: { doc: 'reads' },
        },
      },
    },
  })
  const [all, read] = ['all', 'read'].map((id) => schema.action(new EntityUid('N::Action', id)))
  assert.deepEqual(all?.memberOf.map(String), ['Action::"top"', 'Action::"top"'])
  assert.deepEqual([all?.principals.size, all?.resources.size, all?.context], [0, 0, { is: 'record', attributes: new Map() }])
  assert.deepEqual(read?.memberOf.map(String), ['N::Action::"all"', 'N::Action::"all"', 'N::Action::"all"'])
  assert.deepEqual([[...(read?.principals ?? [])], [...(read?.resources ?? [])]], [['N::User'], ['N::Note', 'N::User']])
  assert.equal(sayType(read?.context ?? assert.fail('no context')), '{a: long}')
  assert.deepEqual([...(read?.annotations ?? [])], [['doc', 'reads']])
  assert.deepEqual(schema.action(new EntityUid('Action', ''))?.memberOf, [])
  assert.deepEqual(readSchema({ N: { entityTypes: {}, actions: { a: { appliesTo: null, memberOf: null } as never } } }).actions.length, 1)
})
