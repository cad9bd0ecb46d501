import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyJson, ScopeJson } from '../../src/index.ts'
import { askOurs, askTheirs, type RequestJson } from './compare.ts'
import type { EntityJson, UidJson } from './world.ts'

const nodes: readonly UidJson[] = [
  { type: 'A', id: 'x' },
  { type: 'A', id: 'y' },
  { type: 'B', id: 'z' },
]
const action = { type: 'Action', id: 'act' }

/** Every scope that there can be over three entities of two types. */
const scopes: readonly ScopeJson[] = [
  { op: 'All' },
  ...nodes.flatMap((entity): ScopeJson[] => [
    { op: '==', entity },
    { op: 'in', entity },
    { op: 'is', entity_type: 'A', in: { entity } },
    { op: 'is', entity_type: 'B', in: { entity } },
  ]),
  { op: 'is', entity_type: 'A' },
  { op: 'is', entity_type: 'B' },
]

const variable = (name: string): PolicyJson['conditions'][number]['body'] => ({ Var: name })

/** Conditions that ask the same of the graph as scopes do, and whether an entity is known. */
const conditions: readonly PolicyJson['conditions'][] = [
  [],
  [{ kind: 'when', body: { in: { left: variable('principal'), right: variable('resource') } } }],
  [{ kind: 'when', body: { has: { left: variable('principal'), attr: 'known' } } }],
]

const policies = scopes.flatMap((principal) =>
  scopes.flatMap((resource) =>
    conditions.map((each): PolicyJson => ({ effect: 'permit', principal, action: { op: 'All' }, resource, conditions: each })),
  ),
)

/** All graphs of three entities in which none is in itself, with each of them known or not. */
function* graphs(): Iterable<readonly EntityJson[]> {
  const edges = nodes.flatMap((_, from) => nodes.flatMap((__, to) => (from === to ? [] : [[from, to] as const])))
  for (let chosen = 0; chosen < 1 << edges.length; chosen += 1) {
    const parents = nodes.map((_, from) => edges.filter(([child], at) => child === from && (chosen & (1 << at)) !== 0).map(([, to]) => to))
    if (hasCycle(parents)) continue
    for (let known = 0; known < 1 << nodes.length; known += 1) {
      yield nodes.flatMap((uid, at) => {
        const isKnown = (known & (1 << at)) !== 0
        return isKnown ? [{ uid, attrs: { known: true }, parents: (parents[at] ?? []).map((to) => nodes[to] as UidJson), tags: {} }] : []
      })
    }
  }
}

function hasCycle(parents: readonly (readonly number[])[]): boolean {
  const reaches = (from: number, to: number, left: number): boolean =>
    left > 0 && (parents[from] ?? []).some((next) => next === to || reaches(next, to, left - 1))
  return parents.some((_, at) => reaches(at, at, parents.length))
}

test('every scope over every graph of three entities is answered as Cedar answers it', { timeout: 300_000 }, () => {
  const set = { staticPolicies: Object.fromEntries(policies.map((policy, at) => [`p${at}`, policy])) }
  const requests = nodes.flatMap((principal) => nodes.map((resource): RequestJson => ({ principal, action, resource, context: {} })))
  let answers = 0
  for (const entities of graphs()) {
    const [ours, theirs] = [askOurs(set, entities), askTheirs(set, entities)]
    for (const request of requests) {
      answers += 1
      assert.equal(ours(request), theirs(request), JSON.stringify({ entities, request }))
    }
  }
  // 25 graphs without a ring, 8 ways to know their entities, 9 requests.
  assert.equal(answers, 25 * 8 * 9)
})
