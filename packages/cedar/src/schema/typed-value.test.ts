import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf, say } from '../../test/judge.ts'
import { readSchemaText } from '../text/schema.ts'
import { readEntities, readRequest } from './conform.ts'
import { readSchema } from './read.ts'

const schema = readSchema(
  readSchemaText(`
    entity Team in Team;
    entity Level enum ["low", "high"];
    entity User in Team {
      bool?: Bool, long?: Long, text?: String, team?: Team, level?: Level, list?: Set<Long>, inner?: { a: Long, b?: Long },
      decimal?: decimal, ip?: ipaddr, at?: datetime, span?: duration,
    } tags Long;
    entity Note { owner: User };
    action group;
    action read in group appliesTo { principal: User, resource: Note, context: { reason: String, more?: Long } };
  `),
)
const user = { type: 'User', id: 'u' }
const attributes = (attrs: unknown): unknown => [{ uid: user, attrs }]

type Row = readonly [says: string, json: unknown, wanted: string]

/** Entities as strangers may send them: nothing but what the schema says is taken, and the refusal says where. */
const entities: readonly Row[] = [
  ['no list', {}, 'input.type'],
  ['an entity that is none', [1], 'input.type 0'],
  ['an entity without a name', [{}], 'input.type 0.uid'],
  ['a name without an id', [{ uid: { type: 'User' } }], 'input.type 0.uid.id'],
  ['a type that is no text', [{ uid: { type: 1, id: 'u' } }], 'input.type 0.uid.type'],
  ['a type that is no name', [{ uid: { type: 'User;', id: 'u' } }], 'input.name 0.uid.type'],
  ['a type that the schema does not have', [{ uid: { type: 'Admin', id: 'u' } }], 'input.name 0.uid'],
  ['an entity that its type does not list', [{ uid: { type: 'Level', id: 'top' } }], 'input.name 0.uid'],
  ['an escape', [{ uid: { __entity: user } }], 'input.reserved 0.uid'],
  ['parents that are no list', [{ uid: user, parents: {} }], 'input.type 0.parents'],
  ['a parent that is none', [{ uid: user, parents: ['Team'] }], 'input.type 0.parents.0'],
  ['a parent of a type that it cannot be in', [{ uid: user, parents: [{ type: 'Team', id: 't' }, user] }], 'input.type 0.parents.1'],
  ['attributes that are none', attributes([]), 'input.type 0.attrs'],
  ['an attribute that is not declared', attributes({ none: 1 }), 'input.name 0.attrs.none'],
  ['an attribute of every object', attributes(JSON.parse('{"__proto__": {}}')), 'input.name 0.attrs.__proto__'],
  ['an escape of an attribute', attributes({ __extn: { fn: 'ip', arg: '::1' } }), 'input.reserved 0.attrs'],
  ['a required attribute that is missing', [{ uid: { type: 'Note', id: 'n' } }], 'input.missing 0.attrs.owner'],
  ['a text for true', attributes({ bool: 'true' }), 'input.type 0.attrs.bool'],
  ['1 for true', attributes({ bool: 1 }), 'input.type 0.attrs.bool'],
  ['nothing for true', attributes({ bool: null }), 'input.type 0.attrs.bool'],
  ['a text for a number', attributes({ long: '1' }), 'input.type 0.attrs.long'],
  ['a part of a number', attributes({ long: 0.5 }), 'input.number 0.attrs.long'],
  ['a number that is not exact', attributes({ long: 2 ** 53 }), 'input.number 0.attrs.long'],
  ['a number of 65 bits', attributes({ long: 2n ** 63n }), 'input.number 0.attrs.long'],
  ['no number', attributes({ long: Number.NaN }), 'input.number 0.attrs.long'],
  ['a number for a text', attributes({ text: 1 }), 'input.type 0.attrs.text'],
  ['a text with half a letter', attributes({ text: '\ud800' }), 'input.text 0.attrs.text'],
  ['a text that is too long', attributes({ text: 'a'.repeat(1024 * 1024 + 1) }), 'input.text 0.attrs.text'],
  ['a text for an entity', attributes({ team: 'Team::"t"' }), 'input.type 0.attrs.team'],
  ['an entity of another type', attributes({ team: user }), 'input.type 0.attrs.team'],
  ['an entity as an escape', attributes({ team: { __entity: { type: 'Team', id: 't' } } }), 'input.reserved 0.attrs.team'],
  ['an entity that is not listed', attributes({ level: { type: 'Level', id: 'top' } }), 'input.name 0.attrs.level'],
  ['an object for a set', attributes({ list: {} }), 'input.type 0.attrs.list'],
  ['a member of another type', attributes({ list: [1, '2'] }), 'input.type 0.attrs.list.1'],
  ['a set that is too large', attributes({ list: Array.from({ length: 100_001 }, () => 1) }), 'input.size 0.attrs.list'],
  ['a gap in a set', attributes({ list: Array.from({ length: 1 }) }), 'input.type 0.attrs.list.0'],
  ['a list for a record', attributes({ inner: [] }), 'input.type 0.attrs.inner'],
  ['a Map for a record', attributes({ inner: new Map([['a', 1]]) }), 'input.type 0.attrs.inner'],
  ['a record without what it must have', attributes({ inner: {} }), 'input.missing 0.attrs.inner.a'],
  ['what a record inherits', attributes({ inner: Object.create({ a: 1 }) }), 'input.type 0.attrs.inner'],
  ['a record with more than is declared', attributes({ inner: { a: 1, c: 1 } }), 'input.name 0.attrs.inner.c'],
  ['a number for a decimal', attributes({ decimal: 1 }), 'input.type 0.attrs.decimal'],
  ['a decimal as an escape', attributes({ decimal: { __extn: { fn: 'decimal', arg: '1.0' } } }), 'input.type 0.attrs.decimal'],
  ['a text that is no decimal', attributes({ decimal: '1' }), 'input.extension 0.attrs.decimal'],
  ['a text that is no address', attributes({ ip: '1.2.3' }), 'input.extension 0.attrs.ip'],
  ['a text that is no moment', attributes({ at: '1h' }), 'input.extension 0.attrs.at'],
  ['a text that is no duration', attributes({ span: '2024-01-01' }), 'input.extension 0.attrs.span'],
  ['tags that are none', [{ uid: user, tags: [] }], 'input.type 0.tags'],
  ['a tag of another type', [{ uid: user, tags: { a: 'b' } }], 'input.type 0.tags.a'],
  ['a tag where there are none', [{ uid: { type: 'Team', id: 't' }, tags: { a: 1 } }], 'input.name 0.tags.a'],
  ['a name of a tag that is no text', [{ uid: user, tags: { '\ud800': 1 } }], 'input.text 0.tags'],
  [
    'an action in a group that it is not in',
    [{ uid: { type: 'Action', id: 'group' }, parents: [{ type: 'Action', id: 'read' }] }],
    'input.type 0.parents',
  ],
  [
    'an action that is in itself',
    [{ uid: { type: 'Action', id: 'read' }, parents: [{ type: 'Action', id: 'read' }] }],
    'input.type 0.parents',
  ],
  ['an action that is not declared', [{ uid: { type: 'Action', id: 'none' } }], 'input.name 0.uid'],
  ['the second of two', [{ uid: user }, 1], 'input.type 1'],
]

for (const [says, json, wanted] of entities) {
  test(`entities: ${says}`, () =>
    assert.equal(
      refusalOf(() => readEntities(schema, json)),
      wanted,
    ))
}

const note = { type: 'Note', id: 'n' }
const read = { type: 'Action', id: 'read' }
const whole = { principal: user, action: read, resource: note, context: { reason: 'r' } }

const requests: readonly Row[] = [
  ['a request that fits', whole, 'taken'],
  ['a list', [], 'input.type'],
  ['no principal', { ...whole, principal: undefined }, 'input.type principal'],
  ['no action', { ...whole, action: undefined }, 'input.type action'],
  ['no resource', { ...whole, resource: undefined }, 'input.type resource'],
  ['an action that is an entity', { ...whole, action: user }, 'input.name action'],
  ['an action that is not declared', { ...whole, action: { type: 'Action', id: 'none' } }, 'input.name action'],
  ['an action that is a group', { ...whole, action: { type: 'Action', id: 'group' } }, 'input.type principal'],
  ['a principal that the action does not take', { ...whole, principal: note }, 'input.type principal'],
  ['a resource that the action does not take', { ...whole, resource: user }, 'input.type resource'],
  ['no context where something is required', { ...whole, context: undefined }, 'input.missing context.reason'],
  ['a context with more', { ...whole, context: { reason: 'r', none: 1 } }, 'input.name context.none'],
  ['a context of another type', { ...whole, context: { reason: 1 } }, 'input.type context.reason'],
  ['an escape', { ...whole, principal: { __entity: user } }, 'input.reserved principal'],
]

for (const [says, json, wanted] of requests) {
  test(`requests: ${says}`, () =>
    assert.equal(
      refusalOf(() => readRequest(schema, json)),
      wanted,
    ))
}

test('everything that the schema declares is read as it says', () => {
  const attrs = {
    bool: false,
    long: 2n ** 63n - 1n,
    text: 'a'.repeat(10),
    team: { type: 'Team', id: 't' },
    level: { type: 'Level', id: 'low' },
    list: [2, 1],
    inner: { a: 1 },
    decimal: '1.5',
    ip: '::1',
    at: '2024-01-01',
    span: '1h',
  }
  const [entity] = readEntities(schema, [{ uid: user, attrs, tags: { any: 1 }, parents: [attrs.team] }])
  assert.deepEqual(
    [...(entity?.attributes ?? [])].map(([name, value]) => `${name} ${say(value)}`),
    [
      'bool false',
      'long 9223372036854775807',
      'text "aaaaaaaaaa"',
      'team Team::"t"',
      'level Level::"low"',
      'list [1, 2]',
      'inner {a: 1}',
      'decimal 1.5000',
      'ip 0:0:0:0:0:0:0:1',
      'at 2024-01-01T00:00:00.000Z',
      'span 3600000ms',
    ],
  )
  assert.deepEqual([entity?.parents.map(String), [...(entity?.tags ?? [])]], [['Team::"t"'], [['any', 1]]])
})

/** Cedar's JSON form, by a schema: of an entity members that mean nothing are passed over, as Cedar's own build does. */
const escapes: readonly Row[] = [
  ['an entity with more beside its escape', { team: { __entity: { type: 'Team', id: 't' }, more: 1 } }, 'taken'],
  ['an entity with more inside its escape', { team: { __entity: { type: 'Team', id: 't', more: 1 } } }, 'taken'],
  ['an entity with more', { team: { type: 'Team', id: 't', more: 1 } }, 'taken'],
  [
    'a decimal with more beside its escape',
    { decimal: { __extn: { fn: 'decimal', arg: '1.0' }, more: 1 } },
    'input.reserved 0.attrs.decimal',
  ],
  ['a decimal with more inside its escape', { decimal: { __extn: { fn: 'decimal', arg: '1.0', more: 1 } } }, 'taken'],
  ['a decimal of another function', { decimal: { __extn: { fn: 'ip', arg: '::1' } } }, 'input.type 0.attrs.decimal'],
  ['a decimal without its escape', { decimal: { fn: 'decimal', arg: '1.0' } }, 'input.type 0.attrs.decimal'],
  ['an entity of another type in an escape', { team: { __entity: user } }, 'input.type 0.attrs.team'],
]

for (const [says, attrs, wanted] of escapes) {
  test(`Cedar's JSON form: ${says}`, () =>
    assert.equal(
      refusalOf(() => readEntities(schema, attributes(attrs), 'cedar')),
      wanted,
    ))
}
