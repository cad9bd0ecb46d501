import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorize, isAllowed, type Request } from '../authorize.ts'
import { EntityStore, type Entity } from '../entities/store.ts'
import { PolicySet } from '../policy-set.ts'
import { forPrincipal } from '../prepared.ts'
import { readPolicies } from '../text/policies.ts'
import { EntityUid } from '../values/uid.ts'
import { fits, fitsAction } from './scope.ts'

const nothing = new Map<string, never>()
const action = new EntityUid('Action', 'read')
const team = (at: number): EntityUid => new EntityUid('Team', `${at}`)

/** Numbers of groups that scopes name: on both sides of what is told one by one, and of what an entity is in. */
const counts = [1, 2, 15, 16, 17, 18, 40]

/** What entities are in, each by another name: few and many, that scopes name and that none does. */
const memberships: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [0, 1],
  [39],
  [100],
  Array.from({ length: 40 }, (_, at) => at),
  Array.from({ length: 40 }, (_, at) => at + 100),
  Array.from({ length: 20 }, (_, at) => at * 3),
  [0],
  [],
]

const store = new EntityStore()
store.apply({
  put: ['User', 'Robot', 'Note'].flatMap((type) =>
    memberships.map((groups, at): Entity => ({
      uid: new EntityUid(type, `${at}`),
      parents: groups.map(team),
      attributes: nothing,
      tags: nothing,
    })),
  ),
})
const principals = ['User', 'Robot', 'Team'].flatMap((type) => memberships.map((_, at) => new EntityUid(type, `${at}`)))
const resources = memberships.map((_, at) => new EntityUid('Note', `${at}`))

/** Scopes over so many groups, for a principal or a resource. */
const scopes: Readonly<Record<string, (name: string, at: number) => string>> = {
  in: (name, at) => `${name} in Team::"${at}"`,
  'is in': (name, at) => `${name} is ${['User', 'Note', 'Robot'][at % 3]} in Team::"${at}"`,
  '==': (name, at) => `${name} == ${['User', 'Note', 'Team'][at % 3]}::"${at}"`,
  is: (name, at) => `${name} is ${['User', 'Note', 'Robot'][at % 3]}`,
}

function setOf(count: number, scopeOf: (at: number) => string): PolicySet {
  const texts = Array.from({ length: count }, (_, at) => `${at % 5 === 4 ? 'forbid' : 'permit'} (${scopeOf(at)});`)
  return PolicySet.fromJson({ staticPolicies: Object.fromEntries(readPolicies(texts.join('\n')).map(({ json }, at) => [`p${at}`, json])) })
}

/** The policies that determine an answer, found by going through all of them. */
function determining(set: PolicySet, { principal, resource }: Request): readonly string[] {
  const fitting = [...set.all()].filter(
    (policy) =>
      fits(policy.principal, principal, store) && fitsAction(policy.action, action, store) && fits(policy.resource, resource, store),
  )
  const forbids = fitting.filter(({ effect }) => effect === 'forbid')
  return (forbids.length > 0 ? forbids : fitting).map(({ id }) => id).sort()
}

function checkAll(set: PolicySet, requests: readonly Request[]): void {
  for (const request of requests) {
    const wanted = determining(set, request)
    const says = `${request.principal} ${request.resource}`
    const allows = wanted.length > 0 && wanted.every((id) => set.get(id)?.effect === 'permit')
    assert.equal(isAllowed(set, store, request), allows, says)
    assert.deepEqual(authorize(set, store, request).reasons, wanted, says)
    assert.equal(forPrincipal(set, store, request.principal).isAllowed(action, request.resource, nothing), allows, says)
  }
}

for (const [kind, scope] of Object.entries(scopes)) {
  for (const count of counts) {
    test(`${count} scopes of principals with ${kind} are found as going through all of them finds them`, () => {
      const set = setOf(count, (at) => `${scope('principal', at)}, action, resource`)
      checkAll(
        set,
        principals.map((principal) => ({ principal, action, resource: new EntityUid('Note', '0'), context: nothing })),
      )
    })
    test(`${count} scopes of resources with ${kind} are found as going through all of them finds them`, () => {
      const set = setOf(count, (at) => `principal, action, ${scope('resource', at)}`)
      checkAll(
        set,
        resources.map((resource) => ({ principal: new EntityUid('User', '0'), action, resource, context: nothing })),
      )
    })
  }
}

test('what was found of one entity is not taken for what another is in', () => {
  const set = setOf(40, (at) => `principal in Team::"${at}", action, resource in Team::"${at}"`)
  checkAll(
    set,
    principals.flatMap((principal) => resources.map((resource) => ({ principal, action, resource, context: nothing }))),
  )
})

test('a policy set that is asked about several stores answers about each', () => {
  const set = setOf(1, () => 'principal in Team::"1", action, resource')
  const principal = new EntityUid('User', '2')
  const asked = [store, new EntityStore(), store, new EntityStore()].map((entities) =>
    isAllowed(set, entities, { principal, action, resource: principal, context: nothing }),
  )
  assert.deepEqual(asked, [true, false, true, false])
})

test('names that one entity is in are not taken for those of the next, where scopes name fewer than it is in', () => {
  const all = Array.from({ length: 40 }, (_, at) => at)
  const set = setOf(40, (at) => (at < 17 ? `principal in Team::"${at}", action, resource` : `principal, action, resource in Team::"${at}"`))
  const others = all.slice(17)
  const entities = new EntityStore()
  const put = (id: string, groups: readonly number[]): Entity => ({
    uid: new EntityUid('User', id),
    parents: groups.map(team),
    attributes: nothing,
    tags: nothing,
  })
  entities.apply({ put: [put('none', others), put('first', [0, ...others])] })
  const allowed = ['none', 'first', 'none', 'first'].map((id) =>
    isAllowed(set, entities, { principal: new EntityUid('User', id), action, resource: team(100), context: nothing }),
  )
  assert.deepEqual(allowed, [false, true, false, true])
})
