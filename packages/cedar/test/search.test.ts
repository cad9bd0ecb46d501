import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorize,
  enforce,
  EntityStore,
  EntityUid,
  PolicySet,
  readPlainEntities,
  readPolicies,
  search,
  type PolicyJson,
  type Request,
  type SearchRequest,
} from '../src/index.ts'
import { anyWorld } from './differential/any-world.ts'
import { types } from './differential/world.ts'

function setOf(text: string): PolicySet {
  const staticPolicies: Record<string, PolicyJson> = {}
  for (const [at, { json }] of readPolicies(text).entries()) staticPolicies[`p${at}`] = json
  return PolicySet.fromJson({ staticPolicies })
}

const alice = new EntityUid('User', 'alice')
const read = new EntityUid('Action', 'read')

/** Notes, of which every tenth is alice's and every hundredth is closed. */
function notes(count: number): EntityStore {
  const store = new EntityStore()
  const put = Array.from({ length: count }, (_, at) => ({
    uid: { type: 'Note', id: String(at) },
    attrs: { owner: { __entity: { type: 'User', id: at % 10 === 0 ? 'alice' : 'bob' } }, closed: at % 100 === 0 },
    parents: [{ type: 'Folder', id: String(at % 7) }],
  }))
  store.apply({ put: readPlainEntities(put) })
  return store
}

const owners = 'permit (principal, action, resource) when { resource.owner == principal };'
const searchNotes = { find: 'resource', principal: alice, action: read, context: new Map() } as const

test('what a principal may act on is found, page by page, each once', () => {
  const store = notes(1_000)
  const policies = setOf(`${owners} forbid (principal, action, resource is Note) when { resource.closed };`)
  const ids: string[] = []
  let after: EntityUid | undefined
  for (;;) {
    const { found, partial, next } = search(policies, store, searchNotes, { type: 'Note', limit: 7, after })
    ids.push(...found.map(({ id }) => id))
    if (!partial) break
    after = next
  }
  const expected = Array.from({ length: 1_000 }, (_, at) => at).filter((at) => at % 10 === 0 && at % 100 !== 0)
  assert.deepEqual(ids, expected.map(String))
})

test('a page looks at so many candidates at most, and says that there may be more', () => {
  const page = { type: 'Note', limit: 10, mostCandidates: 100 }
  const result = search(setOf('permit (principal == User::"nobody", action, resource);'), notes(1_000), searchNotes, page)
  assert.deepEqual([result.found.length, result.partial], [0, false], 'no permit is left: there is nothing to look at')
  const none = search(setOf('permit (principal, action, resource) when { resource.owner == User::"x" };'), notes(1_000), searchNotes, page)
  assert.deepEqual([none.found.length, none.partial, none.next?.id], [0, true, '99'])
})

test('where permits name what they are for, nothing else is looked at', () => {
  const policies = setOf('permit (principal, action, resource == Note::"5"); permit (principal, action, resource == Note::"not known");')
  const { found, partial } = search(policies, notes(1_000), searchNotes, { type: 'Note', limit: 10, mostCandidates: 3 })
  assert.deepEqual([found.map(({ id }) => id), partial], [['5', 'not known'], false])
})

test('a forbid that errs for one candidate keeps that one out, as enforcement does', () => {
  const policies = setOf(`permit (principal, action, resource); forbid (principal, action, resource) when { resource.missing };`)
  assert.deepEqual(search(policies, notes(10), searchNotes, { type: 'Note', limit: 10 }).found, [])
  const behind = setOf(
    `permit (principal, action, resource); forbid (principal, action, resource) when { resource.missing } when { false };`,
  )
  assert.deepEqual(search(behind, notes(10), searchNotes, { type: 'Note', limit: 10 }).found, [])
})

/** What a search must find, by asking about every known entity. */
function bruteForce(set: PolicySet, store: EntityStore, request: SearchRequest, type: string): readonly string[] {
  const { find, action, context } = request
  const asked = (uid: EntityUid): Request =>
    find === 'resource'
      ? { principal: request.principal, action, resource: uid, context }
      : { principal: uid, action, resource: request.resource, context }
  return [...store.ofType(type)].filter((uid) => enforce(authorize(set, store, asked(uid))) === 'allow').map(String)
}

test('in random worlds a search finds what asking about each entity finds', () => {
  let found = 0
  for (let seed = 1; seed <= 600; seed += 1) {
    const { set, store, request: anyRequest } = anyWorld(seed)
    for (let turn = 0; turn < 4; turn += 1) {
      const { principal, action, resource, context } = anyRequest()
      const requests: readonly SearchRequest[] = [
        { find: 'resource', principal, action, context },
        { find: 'principal', resource, action, context },
      ]
      for (const request of requests) {
        for (const type of types) {
          const known = new Set([...store.ofType(type)].map(String))
          const ids = search(set, store, request, { type, limit: 100 })
            .found.map(String)
            .filter((id) => known.has(id))
          assert.deepEqual(ids.toSorted(), bruteForce(set, store, request, type).toSorted(), `world ${seed}, ${request.find} of ${type}`)
          found += ids.length
        }
      }
    }
  }
  assert.ok(found > 500, `${found} were found`)
})
