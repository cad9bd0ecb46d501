import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EntityModel } from '../../test/entity-model.ts'
import { refusalOf } from '../../test/judge.ts'
import { EntityUid } from '../values/uid.ts'
import { EntityOverlay } from './overlay.ts'
import { EntityStore, type Entity } from './store.ts'

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const uid = (id: string): EntityUid => new EntityUid('Group', id)
const entity = (id: string, parents: readonly string[] = []): Entity => ({
  uid: uid(id),
  parents: parents.map(uid),
  attributes: new Map([['id', id]]),
  tags: new Map(),
})

const anyEntities = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...ids), fc.array(fc.constantFrom(...ids), { maxLength: 3 })).map(([id, parents]) => entity(id, parents)),
  { selector: ({ uid: { id } }) => id },
)

test('an overlay answers as a store with all of its entities does', () => {
  let compared = 0
  let rings = 0
  fc.assert(
    fc.property(anyEntities, fc.integer({ min: 0, max: 8 }), (entities, at) => {
      const [below, over] = [entities.slice(0, at), entities.slice(at)]
      const underneath = new EntityModel().after({ put: below })
      if (underneath === undefined) return
      const store = new EntityStore()
      store.apply({ put: below })
      const model = underneath.after({ put: over })
      if (model === undefined) {
        rings += 1
        assert.equal(
          refusalOf(() => new EntityOverlay(store, over)),
          'input.cycle',
        )
        return
      }
      compared += 1
      const overlay = new EntityOverlay(store, over)
      for (const id of ids) {
        assert.equal(overlay.find(uid(id))?.attributes.get('id'), model.find(uid(id))?.attributes.get('id'))
        const above = [...overlay.ancestors(uid(id))].map(String)
        assert.deepEqual(above.toSorted(), model.ancestors(uid(id)).map(String).sort())
        for (const other of ids) assert.equal(overlay.isIn(uid(id), uid(other)), model.isIn(uid(id), uid(other)))
      }
    }),
    { numRuns: 2_000 },
  )
  assert.ok(compared > 100 && rings > 100, `${compared} compared, ${rings} rings`)
})

const store = new EntityStore()
store.apply({ put: [entity('a', ['b'])] })
const many = (count: number, parents: readonly string[] = []): readonly Entity[] =>
  Array.from({ length: count }, (_, at) => entity(`own ${at}`, parents))

const rows: readonly (readonly [says: string, own: readonly Entity[], wanted: string])[] = [
  ['none', [], 'taken'],
  ['an entity that the store does not know', [entity('c')], 'taken'],
  ['an entity that the store names and does not know', [entity('b')], 'taken'],
  ['an entity that the store knows', [entity('a')], 'input.duplicate'],
  ['an entity twice', [entity('c'), entity('c')], 'input.duplicate'],
  ['64 entities', many(64), 'taken'],
  ['65 entities', many(65), 'input.size'],
  [
    'a thousand parents',
    [
      entity(
        'c',
        Array.from({ length: 1_000 }, () => 'a'),
      ),
    ],
    'taken',
  ],
  [
    'a thousand and one parents of all together',
    [
      entity(
        'c',
        Array.from({ length: 1_000 }, () => 'a'),
      ),
      entity('d', ['a']),
    ],
    'input.size',
  ],
  ['an entity in itself', [entity('c', ['c'])], 'input.cycle'],
  ['an entity in itself by way of the store', [entity('b', ['a'])], 'input.cycle'],
  ['two entities in each other', [entity('c', ['d']), entity('d', ['c'])], 'input.cycle'],
]

for (const [says, own, wanted] of rows) {
  test(`a request that brings ${says}: ${wanted}`, () =>
    assert.equal(
      refusalOf(() => new EntityOverlay(store, own)),
      wanted,
    ))
}

test('a request whose entities name each other as often as they can is answered in time', () => {
  const own = Array.from({ length: 64 }, (_, at) =>
    entity(
      `own ${at}`,
      Array.from({ length: 15 }, (_, up) => `own ${at + 1 + (up % 3)}`),
    ),
  )
  const beganAt = performance.now()
  const overlay = new EntityOverlay(store, own)
  for (let asked = 0; asked < 100; asked += 1) assert.ok(!overlay.isIn(uid('own 0'), uid('z')))
  assert.ok(overlay.isIn(uid('own 0'), uid('own 64')))
  assert.equal([...overlay.ancestors(uid('own 0'))].length, 66)
  assert.ok(performance.now() - beganAt < 1_000)
})
