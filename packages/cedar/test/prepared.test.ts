import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorize, enforce, EntityUid, forPrincipal, isAllowed, readPlainEntities, readPolicies, PolicySet } from '../src/index.ts'
import { mostActions } from '../src/prepared.ts'
import { anyWorld } from './differential/any-world.ts'
import { Random } from './differential/random.ts'
import { anyEntities } from './differential/world.ts'
import { alice, note, read, storeOf } from './judge.ts'

function setOf(text: string): PolicySet {
  return PolicySet.fromJson({ staticPolicies: Object.fromEntries(readPolicies(text).map(({ json }, at) => [`p${at}`, json])) })
}

const rows: readonly [policies: string, isAllowed: boolean][] = [
  ['', false],
  ['permit (principal, action, resource);', true],
  ['permit (principal, action, resource); forbid (principal, action, resource);', false],
  ['permit (principal, action, resource); forbid (principal, action, resource) when { context.missing };', false],
  ['permit (principal, action, resource) when { context.missing };', false],
  ['permit (principal, action, resource) when { context.missing }; permit (principal, action, resource);', true],
  ['permit (principal is User, action, resource); forbid (principal is Team, action, resource);', true],
]

for (const [text, expected] of rows) {
  test(`${text || 'no policy'} ${expected ? 'allows' : 'does not allow'}`, () => {
    const [set, store, context] = [setOf(text), storeOf([]), new Map<string, never>()]
    const request = { principal: alice, action: read, resource: note, context }
    assert.equal(isAllowed(set, store, request), expected)
    assert.equal(forPrincipal(set, store, alice).isAllowed(read, note, context), expected)
    assert.equal(enforce(authorize(set, store, request)), expected ? 'allow' : 'deny')
  })
}

test('nothing is asked after the policy that settles it', () => {
  const set = setOf(`
    permit (principal, action, resource);
    permit (principal, action, resource) when { principal.late };
    forbid (principal, action, resource) when { principal.early };
  `)
  const store = storeOf([])
  const asked: string[] = []
  const watched = {
    find: (uid: EntityUid) => {
      asked.push(String(uid))
      return undefined
    },
    isIn: store.isIn.bind(store),
    ancestors: store.ancestors.bind(store),
  }
  assert.equal(isAllowed(set, watched, { principal: alice, action: read, resource: note, context: new Map() }), false)
  assert.deepEqual(asked, ['User::"alice"'])
})

test('a prepared principal sees each change of the store', () => {
  const set = setOf('permit (principal in Team::"writers", action, resource);')
  const store = storeOf([])
  const prepared = forPrincipal(set, store, alice)
  const says = (): boolean => prepared.isAllowed(read, note, new Map())
  assert.equal(says(), false)
  const [team, all] = [
    { type: 'Team', id: 'mine' },
    { type: 'Team', id: 'writers' },
  ]
  store.apply({ put: readPlainEntities([{ uid: { type: 'User', id: 'alice' }, attrs: {}, parents: [team] }]) })
  assert.equal(says(), false)
  store.apply({ put: readPlainEntities([{ uid: team, attrs: {}, parents: [all] }]) })
  assert.equal(says(), true)
  store.apply({ remove: [new EntityUid('Team', 'mine')] })
  assert.equal(says(), false)
  const move = (parent: typeof team): void =>
    store.apply({ put: readPlainEntities([{ uid: { type: 'User', id: 'alice' }, attrs: {}, parents: [parent] }]) })
  move(all)
  assert.equal(says(), true)
  move(team)
  assert.equal(says(), false)
})

test('a prepared principal follows a source that counts no changes', () => {
  const set = setOf('permit (principal in Team::"writers", action in Action::"reading", resource);')
  const store = storeOf([])
  const uncounted = { find: store.find.bind(store), isIn: store.isIn.bind(store), ancestors: store.ancestors.bind(store) }
  const prepared = forPrincipal(set, uncounted, alice)
  const says = (): boolean => prepared.isAllowed(read, note, new Map())
  assert.equal(says(), false)
  const [writers, reading] = [
    { type: 'Team', id: 'writers' },
    { type: 'Action', id: 'reading' },
  ]
  store.apply({ put: readPlainEntities([{ uid: { type: 'User', id: 'alice' }, attrs: {}, parents: [writers] }]) })
  assert.equal(says(), false)
  store.apply({ put: readPlainEntities([{ uid: { type: 'Action', id: 'read' }, attrs: {}, parents: [reading] }]) })
  assert.equal(says(), true)
  store.apply({ remove: [alice] })
  assert.equal(says(), false)
})

test('a prepared principal sees where an action was put', () => {
  const set = setOf('permit (principal, action in Action::"reading", resource); forbid (principal, action in Action::"secret", resource);')
  const store = storeOf([])
  const prepared = forPrincipal(set, store, alice)
  const says = (): boolean => prepared.isAllowed(read, note, new Map())
  const putRead = (...groups: readonly string[]): void => {
    const parents = groups.map((id) => ({ type: 'Action', id }))
    store.apply({ put: readPlainEntities([{ uid: { type: 'Action', id: 'read' }, attrs: {}, parents }]) })
  }
  assert.equal(says(), false)
  putRead('reading')
  assert.equal(says(), true)
  putRead('reading', 'secret')
  assert.equal(says(), false)
  putRead('secret')
  assert.equal(says(), false)
  putRead('reading')
  assert.equal(says(), true)
})

test('a prepared principal tells actions of one id and two types apart', () => {
  const set = setOf('permit (principal, action == Action::"read", resource);')
  const prepared = forPrincipal(set, storeOf([]), alice)
  const other = new EntityUid('Mail::Action', 'read')
  const says = [read, other, new EntityUid('Action', 'read'), other].map((action) => prepared.isAllowed(action, note, new Map()))
  assert.deepEqual(says, [true, false, true, false])
  assert.equal(forPrincipal(set, storeOf([]), alice).isAllowed(other, note, new Map()), false)
})

test('a prepared principal answers for more actions than it keeps apart, and follows the store for all of them', () => {
  const set = setOf(
    'permit (principal in Team::"writers", action == Action::"70", resource); permit (principal, action, resource is Page);',
  )
  const store = storeOf([])
  const prepared = forPrincipal(set, store, alice)
  const allowed = (resource: EntityUid): readonly number[] =>
    Array.from({ length: mostActions + 10 }, (_, at) => at).filter((at) =>
      prepared.isAllowed(new EntityUid('Action', `${at}`), resource, new Map()),
    )
  assert.deepEqual(allowed(note), [])
  assert.equal(allowed(new EntityUid('Page', '1')).length, mostActions + 10)
  const parents = [{ type: 'Team', id: 'writers' }]
  store.apply({ put: readPlainEntities([{ uid: { type: 'User', id: 'alice' }, attrs: {}, parents }]) })
  assert.deepEqual(allowed(note), [70])
  store.apply({ remove: [alice] })
  assert.deepEqual(allowed(note), [])
})

test('in random worlds that change, yes and no are those of authorize', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const { set, store, request } = anyWorld(seed)
    const random = new Random(seed + 1_000_000)
    const requests = Array.from({ length: 8 }, request)
    const uncounted = { find: store.find.bind(store), isIn: store.isIn.bind(store), ancestors: store.ancestors.bind(store) }
    const prepared = requests.map(({ principal }) => [store, uncounted].map((entities) => forPrincipal(set, entities, principal)))
    for (let change = 0; change < 3; change += 1) {
      for (const [at, asked] of requests.entries()) {
        const wanted = enforce(authorize(set, store, asked)) === 'allow'
        const { action, resource, context } = asked
        assert.equal(isAllowed(set, store, asked), wanted, `seed ${seed}`)
        for (const one of prepared[at] ?? []) assert.equal(one.isAllowed(action, resource, context), wanted, `seed ${seed}, prepared`)
      }
      const next = readPlainEntities(anyEntities(random))
      const removed = requests.flatMap(({ principal, resource }) => (random.once(3) ? [principal, resource] : []))
      store.apply({ remove: removed, put: next })
    }
  }
})

test('an erring policy is told without a stack, and errors of others keep theirs', () => {
  const set = setOf('permit (principal, action, resource) when { context.missing };')
  const request = { principal: alice, action: read, resource: note, context: new Map() }
  const [erring] = authorize(set, storeOf([]), request).erring
  assert.equal(erring?.error.message, 'the record has no "missing"')
  assert.ok(!erring?.error.stack?.includes('\n    at '))
  assert.ok(new Error('another').stack?.includes('\n    at '))
})

test('teams of a principal times teams of a resource: every policy is found once', () => {
  const many = Array.from({ length: 40 }, (_, at) => at)
  const set = setOf(
    many.flatMap((team) => many.map((at) => `permit (principal in Team::"${team}", action, resource in Team::"x${at}");`)).join('\n'),
  )
  const parents = [...many.map((at) => `${at}`), ...Array.from({ length: 900 }, (_, at) => `other ${at}`)].map((id) => ({
    type: 'Team',
    id,
  }))
  const store = storeOf([
    { uid: { type: 'User', id: 'alice' }, attrs: {}, parents },
    { uid: { type: 'Note', id: '1' }, attrs: {}, parents: parents.map(({ id }) => ({ type: 'Team', id: `x${id}` })) },
  ])
  const request = { principal: alice, action: read, resource: note, context: new Map() }
  assert.equal(authorize(set, store, request).reasons.length, 1_600)
  assert.ok(isAllowed(set, store, request))
})

test('a question within a question, and one after a question that failed, are answered each for itself', () => {
  const set = setOf('permit (principal == User::"alice", action, resource) when { resource has a || true };')
  const store = storeOf([])
  const bob = new EntityUid('User', 'bob')
  const ask = (principal: EntityUid, find: () => undefined): boolean =>
    isAllowed(set, { ...bound, find }, { principal, action: read, resource: note, context: new Map() })
  const bound = { isIn: store.isIn.bind(store), ancestors: store.ancestors.bind(store) }
  const nothing = (): undefined => undefined
  const within: boolean[] = []
  assert.equal(
    ask(alice, () => void within.push(ask(bob, nothing), ask(alice, nothing))),
    true,
  )
  assert.deepEqual(within, [false, true])
  assert.throws(() => ask(alice, () => assert.fail('the store is gone')), /the store is gone/)
  assert.equal(ask(bob, nothing), false)
  assert.equal(ask(alice, nothing), true)
})

test('a question goes on as it began after another was asked within it', () => {
  const set = setOf(`
    permit (principal, action, resource) when { resource has a };
    permit (principal == User::"alice", action, resource);
  `)
  const store = storeOf([])
  const bob = new EntityUid('User', 'bob')
  const bound = { isIn: store.isIn.bind(store), ancestors: store.ancestors.bind(store) }
  const asking = { principal: alice, action: read, resource: note, context: new Map<string, never>() }
  const find = (): undefined => void isAllowed(set, store, { ...asking, principal: bob })
  assert.equal(isAllowed(set, { ...bound, find }, asking), true)
})

test('of many policies for one action those decide that hold', () => {
  const many = (effect: string, condition: string): string =>
    Array.from({ length: 40 }, (_, at) => `${effect} (principal, action, resource in Folder::"${at}") when { ${condition} };`).join('\n')
  const store = storeOf([{ uid: { type: 'Note', id: '1' }, attrs: {}, parents: [{ type: 'Folder', id: '1' }] }])
  const allowed = (text: string): boolean => forPrincipal(setOf(text), store, alice).isAllowed(read, note, new Map())
  assert.equal(allowed(many('permit', 'true')), true)
  assert.equal(allowed(many('permit', 'resource == principal')), false)
  assert.equal(allowed(`${many('permit', 'true')}\n${many('forbid', 'resource == principal')}`), true)
  assert.equal(allowed(`${many('permit', 'true')}\n${many('forbid', 'context.none')}`), false)
})

test('what errs is named in its text', () => {
  const text = (condition: string): string | undefined => {
    const set = setOf(`permit (principal, action, resource) when { ${condition} };`)
    const known = storeOf([{ uid: { type: 'User', id: 'alice' }, attrs: {}, parents: [] }])
    return authorize(set, known, { principal: alice, action: read, resource: note, context: new Map() }).erring[0]?.error.message
  }
  assert.equal(text('principal.none'), 'User::"alice" has no "none"')
  assert.equal(text('context.none'), 'the record has no "none"')
  assert.equal(text('resource.none'), 'Note::"1" is not known')
  assert.equal(text('principal.getTag("t") == 1'), 'User::"alice" has no tag "t"')
})

test('yes or no makes few objects a question', () => {
  const set = setOf(
    'permit (principal in Team::"writers", action == Action::"read", resource in Folder::"a") when { principal != resource };',
  )
  const parent = (type: string, id: string) => [{ type, id }]
  const store = storeOf([
    { uid: { type: 'User', id: 'alice' }, attrs: {}, parents: parent('Team', 'writers') },
    { uid: { type: 'Note', id: '1' }, attrs: {}, parents: parent('Folder', 'a') },
  ])
  const request = { principal: alice, action: read, resource: note, context: new Map() }
  const bytesEach = (count: number): number => {
    const before = process.memoryUsage().heapUsed
    for (let asked = 0; asked < count; asked += 1) isAllowed(set, store, request)
    return (process.memoryUsage().heapUsed - before) / count
  }
  bytesEach(50_000)
  // The least of several: others allocate too, and a collection between takes away.
  const least = Math.min(...Array.from({ length: 9 }, () => bytesEach(20_000)).filter((bytes) => bytes >= 0))
  assert.ok(least < 320, `${least} bytes each`)
})
