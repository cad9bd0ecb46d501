import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { refusalOf } from '../../test/judge.ts'
import type { EntityUid } from '../values/uid.ts'
import { EntityUid as Uid } from '../values/uid.ts'
import { EntityModel } from '../../test/entity-model.ts'
import { EntityStore, type Entity, type EntityChanges } from './store.ts'

const uid = (id: string): EntityUid => new Uid(id < 'd' ? 'Group' : 'User', id)
const entity = (id: string, parents: readonly string[] = [], mark = 0): Entity => ({
  uid: uid(id),
  parents: parents.map(uid),
  attributes: new Map([['mark', mark]]),
  tags: new Map([['tag', mark]]),
})
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** Everything that can be asked of entities. */
function snapshot(source: Pick<EntityStore, 'find' | 'isIn' | 'ancestors' | 'size'>): unknown {
  return {
    size: source.size,
    each: ids.map((id) => ({
      id,
      mark: source.find(uid(id))?.attributes.get('mark'),
      tag: source.find(uid(id))?.tags.get('tag'),
      in: ids.filter((other) => source.isIn(uid(id), uid(other))),
      above: [...source.ancestors(uid(id))].map(String).sort(),
    })),
  }
}

const anyChanges: fc.Arbitrary<EntityChanges> = fc.record({
  remove: fc.array(fc.constantFrom(...ids).map(uid), { maxLength: 2 }),
  put: fc.array(
    fc
      .tuple(fc.constantFrom(...ids), fc.array(fc.constantFrom(...ids), { maxLength: 3 }), fc.integer({ min: 0, max: 9 }))
      .map(([id, parents, mark]) => entity(id, parents, mark)),
    { maxLength: 4 },
  ),
})

test('after any changes the store answers as a plain walk over the graph does, and a refused change leaves it as it was', () => {
  let refused = 0
  let taken = 0
  fc.assert(
    fc.property(fc.array(anyChanges, { maxLength: 12 }), (all) => {
      const store = new EntityStore()
      let model = new EntityModel()
      for (const changes of all) {
        const next = model.after(changes)
        if (next === undefined) {
          assert.equal(
            refusalOf(() => store.apply(changes)),
            'input.cycle',
          )
          refused += 1
        } else {
          store.apply(changes)
          model = next
          taken += 1
        }
        assert.deepEqual(snapshot(store), snapshot(model))
      }
    }),
    { numRuns: 1_000 },
  )
  assert.ok(refused > 100 && taken > 1_000, `${refused} changes were refused, ${taken} taken`)
})

const cycles: readonly (readonly [says: string, before: readonly Entity[], change: EntityChanges])[] = [
  ['in itself', [], { put: [entity('a', ['a'])] }],
  ['in each other, put at once', [], { put: [entity('a', ['b']), entity('b', ['a'])] }],
  ['in each other, put one after the other', [entity('a', ['b'])], { put: [entity('b', ['a'])] }],
  ['in a ring of three', [entity('a', ['b']), entity('b', ['c'])], { put: [entity('c', ['a'])] }],
  ['in a ring by way of an entity that is not known', [entity('b', ['a'])], { put: [entity('a', ['b'])] }],
  [
    'in a ring that a removal in the same change does not open',
    [entity('a', ['b']), entity('c')],
    { remove: [uid('c')], put: [entity('b', ['a'])] },
  ],
]

for (const [says, before, change] of cycles) {
  test(`entities ${says} are refused, and nothing has changed`, () => {
    const store = new EntityStore()
    store.apply({ put: before })
    const was = snapshot(store)
    assert.equal(
      refusalOf(() => store.apply(change)),
      'input.cycle',
    )
    assert.deepEqual(snapshot(store), was)
  })
}

test('a ring is no ring when the same change opens it', () => {
  const store = new EntityStore()
  store.apply({ put: [entity('a', ['b'])] })
  store.apply({ remove: [uid('a')], put: [entity('b', ['a'])] })
  assert.ok(store.isIn(uid('b'), uid('a')))
  assert.ok(!store.isIn(uid('a'), uid('b')))
})

test('of two entities of one name in a change the last is known', () => {
  const store = new EntityStore()
  store.apply({ put: [entity('a', ['b'], 1), entity('a', ['c'], 2)] })
  assert.equal(store.size, 1)
  assert.equal(store.find(uid('a'))?.attributes.get('mark'), 2)
  assert.ok(!store.isIn(uid('a'), uid('b')))
})

test('without the group in the middle its members are not in what is above it, and with it again they are', () => {
  const store = new EntityStore()
  store.apply({ put: [entity('f', ['b']), entity('b', ['a']), entity('a')] })
  assert.ok(store.isIn(uid('f'), uid('a')))
  store.apply({ remove: [uid('b')] })
  assert.ok(store.isIn(uid('f'), uid('b')))
  assert.ok(!store.isIn(uid('f'), uid('a')))
  store.apply({ put: [entity('b', ['a'])] })
  assert.ok(store.isIn(uid('f'), uid('a')))
})

test('an entity with members is in a thousand others, and in no more', () => {
  const groups = (count: number): readonly EntityUid[] => Array.from({ length: count }, (_, at) => new Uid('Group', `${at}`))
  const store = new EntityStore()
  store.apply({ put: [entity('f', ['a']), { ...entity('a'), parents: groups(1_000) }] })
  assert.equal([...store.ancestors(uid('a'))].length, 1_000)
  assert.equal([...store.ancestors(uid('f'))].length, 1_001)
  assert.equal(
    refusalOf(() => store.apply({ put: [{ ...entity('a'), parents: groups(1_001) }] })),
    'input.size',
  )
  assert.equal([...store.ancestors(uid('a'))].length, 1_000)
})

test('a group of two hundred thousand groups is moved, and a refused move of it leaves it where it was', () => {
  const store = new EntityStore()
  const below = Array.from({ length: 200_000 }, (_, at) => at)
  store.apply({
    put: below.flatMap((at) => [
      { ...entity('a'), uid: new Uid('Folder', `${at}`), parents: [uid('a')] },
      { ...entity('a'), uid: new Uid('File', `${at}`), parents: [new Uid('Folder', `${at}`)] },
    ]),
  })
  const file = new Uid('File', '7')
  store.apply({ put: [entity('a', ['b'])] })
  assert.ok(store.isIn(file, uid('b')))
  assert.equal(
    refusalOf(() => store.apply({ put: [entity('a', ['c']), entity('c', ['a'])] })),
    'input.cycle',
  )
  assert.ok(store.isIn(file, uid('b')))
  assert.ok(!store.isIn(file, uid('c')))
})

test('a chain of a thousand groups is walked, and one of ten thousand refused, without using up the stack', () => {
  const chain = (length: number): readonly Entity[] =>
    Array.from({ length }, (_, at) => ({
      ...entity('a'),
      uid: new Uid('Group', `${at}`),
      parents: at + 1 < length ? [new Uid('Group', `${at + 1}`)] : [],
    }))
  const store = new EntityStore()
  store.apply({ put: chain(1_001) })
  assert.ok(store.isIn(new Uid('Group', '0'), new Uid('Group', '1000')))
  assert.equal(
    refusalOf(() => store.apply({ put: chain(10_000) })),
    'input.size',
  )
  assert.equal(store.size, 1_001)
})

test('an entity is in a thousand others directly, and in no more', () => {
  const store = new EntityStore()
  const wide = (count: number): Entity => ({ ...entity('g'), parents: Array.from({ length: count }, (_, at) => new Uid('Group', `${at}`)) })
  store.apply({ put: [wide(1_000)] })
  assert.equal(
    refusalOf(() => store.apply({ put: [wide(1_001)] })),
    'input.size',
  )
  assert.equal([...store.ancestors(uid('g'))].length, 1_000)
})

test('what has come to be in more than ten thousand others is asked in vain', () => {
  const store = new EntityStore()
  const group = (name: string): EntityUid => new Uid('Group', name)
  const twelve = Array.from({ length: 12 }, (_, at) => at)
  store.apply({ put: [{ ...entity('g'), parents: twelve.map((at) => group(`${at}`)) }] })
  assert.equal([...store.ancestors(uid('g'))].length, 12)
  const parents = (at: number): readonly EntityUid[] => Array.from({ length: 1_000 }, (_, above) => group(`${at} ${above}`))
  store.apply({ put: twelve.map((at) => ({ ...entity('a'), uid: group(`${at}`), parents: parents(at) })) })
  assert.equal(
    refusalOf(() => store.ancestors(uid('g'))),
    'input.size',
  )
  assert.ok(store.isIn(uid('g'), group('11 999')))
})
