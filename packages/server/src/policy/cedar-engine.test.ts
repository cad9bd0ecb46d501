import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aUser, labSet, shippedSet } from '../../test/policies.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { maxDepth } from './compile.ts'
import { decide, type Decision } from './decide.ts'
import type { CompiledSet, PolicyEngine } from './engine.ts'
import { exportSet, importSet } from './export.ts'
import { digestOf, readContent } from './source.ts'

const engine = createCedarEngine()

function use(set: CompiledSet, by: PolicyEngine = engine): Decision {
  return decide(by, set, { principal: aUser, roles: ['member'], action: 'use', resource: { type: 'Thing', id: 't' }, facts: { nowMs: 0 } })
}

/** Every way in which a condition can nest, each level one level of its evaluation. All hold or err; none may end the evaluator's stack. */
const nestings: readonly { readonly says: string; readonly levels: (count: number) => string }[] = [
  { says: 'and', levels: (count) => `true${' && principal == principal'.repeat(count)}` },
  { says: 'or', levels: (count) => `false${' || principal == resource'.repeat(count)} || true` },
  { says: 'sums', levels: (count) => `1${' + 1'.repeat(count)} > 0` },
  { says: 'if in else', levels: (count) => `${'if principal == resource then false else '.repeat(count)}true` },
  { says: 'if in if', levels: (count) => `${'if '.repeat(count)}true${' then true else false'.repeat(count)}` },
  { says: 'sets', levels: (count) => `${'['.repeat(count)}1${']'.repeat(count)} == ${'['.repeat(count)}1${']'.repeat(count)}` },
  { says: 'records', levels: (count) => `${'{a: '.repeat(count)}1${'}'.repeat(count)}${'.a'.repeat(Math.min(count, 20))} has a || true` },
]

for (const { says, levels } of nestings) {
  test(`a condition as deep as is read is also evaluated: ${says}`, () => {
    const compiles = (count: number): CompiledSet | undefined => {
      try {
        return labSet(engine, `@id("deep") permit (principal, action, resource) when { ${levels(count)} };`)
      } catch (error) {
        assert.match(String(error), /nested too deeply/)
        return undefined
      }
    }
    const deepest = Array.from({ length: maxDepth }, (_, less) => maxDepth - less).find((count) => compiles(count) !== undefined) ?? 0
    assert.ok(deepest > 20, `only ${deepest} levels are read`)
    assert.equal(compiles(maxDepth + 1)?.digest, undefined)
    const set = compiles(deepest)
    assert.ok(set)
    assert.equal(use(set).because, 'permitted')
  })
}

test('more sets than are kept parsed each decide by their own policies, in any order', () => {
  const sets = Array.from({ length: 40 }, (_, number) =>
    labSet(engine, `@id("p${number}") ${number % 2 === 0 ? 'permit' : 'forbid'} (principal, action, resource);`),
  )
  const order = [...sets.keys(), ...[...sets.keys()].toReversed(), 0, 39, 1, 38]
  for (const number of order) {
    const set = sets[number]
    assert.ok(set)
    assert.deepEqual([...use(set).policies], [`p${number}`])
  }
})

test('a set decides the same after a text that ended the stack of the instance it was parsed in', () => {
  const set = labSet(engine, '@id("p") permit (principal, action, resource);')
  assert.equal(use(set).effect, 'allow')
  assert.throws(() => labSet(engine, `@id("p") permit (principal, action, resource) when { ${'('.repeat(2000)}true${')'.repeat(2000)} };`))
  assert.equal(use(set).effect, 'allow')
})

test('a set that travelled as text decides the same in another process', () => {
  const there = createCedarEngine()
  const set = shippedSet(engine, 'notes')
  const arrived = importSet(there, JSON.parse(JSON.stringify(exportSet(set))))
  assert.ok(arrived)
  const ask = { principal: aUser, roles: ['editor'], action: 'write', resource: { type: 'Collection', id: 'archive' }, facts: { nowMs: 0 } }
  assert.deepEqual(decide(there, arrived, ask), decide(engine, set, ask))
})

test('a set that was changed on its way decides nothing', () => {
  const { store, digest, content } = exportSet(shippedSet(engine, 'notes'))
  const other = content.replace('editor', 'viewer')
  assert.equal(importSet(engine, { store, digest, content: other }), undefined)
  const lab = exportSet(labSet(engine, '@id("p") permit (principal, action, resource);'))
  assert.equal(importSet(engine, { ...lab, store }), undefined)
  for (const wrong of [
    '',
    '{}',
    'null',
    '[]',
    '{"version":2}',
    content.replace('"version":1', '"version":2'),
    ` ${content}`,
    content.replace('permit', 'permti'),
  ]) {
    assert.equal(importSet(engine, { store, digest: digestOf(wrong), content: wrong }), undefined)
  }
})

test('the content of a set reads back as it was written, whatever its files are called', () => {
  const { content } = shippedSet(engine, 'countersign')
  assert.equal(readContent(content)?.store, 'countersign')
  assert.equal(shippedSet(engine, 'countersign').digest, digestOf(content))
})

test('comments change the digest: it names the text that somebody wrote', () => {
  const policy = '@id("p") permit (principal, action, resource);'
  assert.notEqual(labSet(engine, policy).digest, labSet(engine, `${policy} // why`).digest)
})
