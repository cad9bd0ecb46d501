/** Routes of the gateway, on each engine. @module */

import assert from 'node:assert/strict'
import { newId, systemOperation, type Operation } from '#kernel'
import { migrations, openRouting, routeVersion, type AppRoute, type Route, type Routing, type RoutingParts, type Settled } from '#routing'
import type { Store } from '#store'
import { eachEngine } from '../store.ts'

const app = (name: string): AppRoute => ({
  origin: `https://${name}.example`,
  name,
  policyStore: 'app',
  upstream: 'http://127.0.0.1:3000',
  paths: [{ path: '/*', action: 'use' }],
})

interface Told {
  readonly words: string[]
  /** Origins whose client is gone. */
  readonly lost: Set<string>
  /** What is wrong with the routes of some origins. */
  readonly contradicting: Map<string, keyof AppRoute>
  readonly parts: RoutingParts
}

/** What the routing asks of others is written down; nothing is wrong with any route but with one named `wrong`. */
function partsOver(store: Store, configured: readonly AppRoute[] | undefined = [app('configured')]): Told {
  const words: string[] = []
  const lost = new Set<string>()
  const contradicting = new Map<string, keyof AppRoute>()
  const parts: RoutingParts = {
    store,
    configured,
    check: ({ name, origin }) => {
      const member = name === 'wrong' ? 'name' : contradicting.get(origin)
      return member === undefined ? [] : [{ member, says: 'it is wrong' }]
    },
    clients: {
      put: async (_tx, _op, { origin, name }) => void words.push(`client ${origin} ${name}`),
      remove: async (_tx, _op, origin) => void words.push(`no client ${origin}`),
      have: async () => (origin) => !lost.has(origin),
    },
    others: {
      mark: async () => void words.push('mark'),
      tell: async () => void words.push('tell'),
    },
    warn: (_says, { origin = '' }) => void words.push(`warn ${origin}`),
  }
  return { words, lost, contradicting, parts }
}

const operation = (): Operation => systemOperation('test', newId('ten'), () => {})
const originsOf = (routes: readonly Route[]): readonly string[] => routes.map(({ origin }) => origin)

async function made(routing: Routing, op: Operation, route: AppRoute): Promise<Route> {
  const settled = await routing.create(op, route)
  assert.ok(settled.is === 'done')
  return settled.route
}

/** Of attempts at once: how many were made, and the codes of the others. */
async function outcomes(attempts: readonly Promise<Settled>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(attempts)
  return settled.map((one) => (one.status === 'fulfilled' ? one.value.is : String((one.reason as { code?: string }).code))).sort()
}

eachEngine(
  'a route is written with its client, its event and its news, and belongs to its tenant',
  [migrations],
  async (store, recording) => {
    const [ours, theirs] = [operation(), operation()]
    const { words, parts } = partsOver(store)
    const routing = await openRouting(ours, parts)
    const route = await made(routing, ours, app('wiki'))
    assert.deepEqual(words.splice(0), ['client https://wiki.example wiki', 'mark', 'tell'])
    assert.deepEqual(recording.names(), ['route.created'])
    assert.deepEqual(await routing.find(ours, route.id), route)
    assert.equal(await routing.find(theirs, route.id), undefined)
    assert.deepEqual(originsOf((await routing.list(theirs, { limit: 10 })).items), ['https://configured.example'])
    await assert.rejects(routing.update(theirs, route.id, { name: 'Mine' }, routeVersion(route)), { code: 'routes.unknown' })
    assert.equal(await routing.remove(theirs, route.id), false)
    await made(routing, theirs, app('wiki'))
    words.length = 0

    assert.equal((await routing.update(ours, route.id, { name: 'wrong' }, routeVersion(route))).is, 'mistaken')
    assert.deepEqual(words, [], 'what is wrong is told to nobody')
    assert.equal(await routing.remove(ours, route.id, routeVersion(route)), true)
    assert.deepEqual(words.splice(0), ['no client https://wiki.example', 'mark', 'tell'])
    assert.equal(await routing.remove(ours, route.id), false)
    assert.deepEqual(recording.names(), ['route.created', 'route.created', 'route.deleted'])
  },
)

eachEngine('of two who make the same route, or change what they read once, one succeeds', [migrations], async (store) => {
  const op = operation()
  const routing = await openRouting(op, partsOver(store).parts)
  for (let round = 0; round < 10; round += 1) {
    const route = app(`round-${round}`)
    assert.deepEqual(await outcomes([routing.create(op, route), routing.create(op, route)]), ['done', 'routes.taken'])
    const { items } = await routing.list(op, { limit: 50 })
    const found = items.find(({ origin }) => origin === route.origin) ?? assert.fail()
    const seen = routeVersion(found)
    const changes = ['one', 'other'].map(async (name) => routing.update(op, found.id, { name }, seen))
    assert.deepEqual(await outcomes(changes), ['done', 'routes.changed'])
    await assert.rejects(routing.remove(op, found.id, seen), { code: 'routes.changed' })
  }
})

eachEngine('a server follows what another one wrote, and one that cannot serves nothing that it was told', [migrations], async (store) => {
  const op = operation()
  const [one, other] = [await openRouting(op, partsOver(store).parts), await openRouting(op, partsOver(store).parts)]
  const heard: (readonly string[])[] = []
  other.onChange(() => void heard.push(originsOf(other.served)))
  const route = await made(one, op, app('wiki'))
  assert.deepEqual(originsOf(other.served), [])
  await other.follow(op)
  assert.deepEqual(heard, [['https://wiki.example']])

  const written = async (settings: string): Promise<void> =>
    store.write(op, async (tx) => {
      await tx.withTables<{ gateway_route: { settings: string } }>().updateTable('gateway_route').set({ settings }).execute()
    })
  await written('{"version":2}')
  await assert.rejects(other.follow(op), /version 2/)
  assert.equal(other.isLost(), true)
  const { origin: _origin, ...settings } = app('wiki')
  await written(JSON.stringify({ version: 1, ...settings }))
  await other.follow(op)
  assert.equal(other.isLost(), false)
  await one.remove(op, route.id)
  await other.follow(op)
  assert.deepEqual(other.served, [])
})

eachEngine('the configuration wins over a route that was there before, and keeps its client', [migrations], async (store) => {
  const op = operation()
  const before = partsOver(store)
  const route = await made(await openRouting(op, before.parts), op, app('wiki'))
  const after = partsOver(store, [app('wiki')])
  const routing = await openRouting(op, after.parts)
  assert.deepEqual([originsOf(routing.served), after.words.splice(0)], [[], ['warn https://wiki.example']])
  assert.equal((await routing.find(op, route.id))?.served, false)
  assert.equal(await routing.remove(op, route.id), true)
  assert.deepEqual(after.words, ['mark', 'tell'], 'the client is the configuration’s by now')

  const thief = await made(routing, op, { ...app('thief'), audience: 'ledger' })
  const later = await openRouting(op, partsOver(store, [{ ...app('ledger'), audience: 'ledger' }]).parts)
  assert.equal((await later.find(op, thief.id))?.served, false, 'the audience of an app that the configuration got later')

  const without = await openRouting(op, { ...partsOver(store).parts, configured: undefined })
  await assert.rejects(without.create(op, app('blog')), { code: 'routes.no_gateway' })
})

eachEngine('a route whose client was taken away is not served until it is changed', [migrations], async (store) => {
  const op = operation()
  const { words, lost, parts } = partsOver(store)
  const routing = await openRouting(op, parts)
  const route = await made(routing, op, app('wiki'))
  lost.add(route.origin)
  words.length = 0
  await routing.follow(op)
  assert.deepEqual([routing.served, words.splice(0)], [[], ['warn https://wiki.example']])
  assert.equal((await routing.find(op, route.id))?.served, false)
  await routing.update(op, route.id, { name: 'wiki' }, routeVersion(route))
  assert.equal(words[0], 'client https://wiki.example wiki', 'though nothing else changed')
  lost.clear()
  await routing.follow(op)
  assert.deepEqual(originsOf(routing.served), [route.origin])
})

eachEngine(
  'a route that the configuration contradicts since is there and not served, by its origin and by its app',
  [migrations],
  async (store) => {
    const op = operation()
    const { words, contradicting, parts } = partsOver(store)
    const routing = await openRouting(op, parts)
    const route = await made(routing, op, app('wiki'))
    for (const member of ['origin', 'upstream'] as const) {
      contradicting.set(route.origin, member)
      words.length = 0
      await routing.follow(op)
      assert.deepEqual([routing.served, words], [[], ['warn https://wiki.example']])
      assert.equal((await routing.find(op, route.id))?.served, false)
    }
    contradicting.set(route.origin, 'paths')
    await routing.follow(op)
    assert.deepEqual(originsOf(routing.served), [route.origin], 'what its policies lack can never be allowed anyway')
  },
)

eachEngine('gateways are told of so many routes, and of so long ones', [migrations], async (store) => {
  const op = operation()
  const routing = await openRouting(op, partsOver(store).parts)
  const paths = Array.from({ length: 1_024 }, (_, at) => ({ path: `/${at}/${'x'.repeat(1_000)}`, action: 'a'.repeat(128) }))
  let many = 0
  for (; many < 20; many += 1) {
    const [refused] = await outcomes([routing.create(op, { ...app(`long-${many}`), paths })])
    if (refused === 'routes.too_many') break
    assert.equal(refused, 'done')
  }
  assert.equal(many, 7, 'eight million characters')
  await made(routing, op, app('short'))
})
