import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayHost, GatewayRoute } from '../config.ts'
import { hostHeaders, routeTable, type Match } from './route-table.ts'
import { readTarget } from './target.ts'

const host = (routes: readonly GatewayRoute[]): GatewayHost => ({
  origin: 'http://notes.localhost:9001',
  name: 'Notes',
  policyStore: 'notes',
  upstream: 'http://127.0.0.1:1',
  clientId: 'notes-gateway',
  routes,
})

const table = routeTable(
  host([
    { path: '/', action: 'home' },
    { path: '/notes', methods: ['GET'], action: 'read' },
    { path: '/notes', methods: ['POST'], action: 'write' },
    { path: '/notes/*', methods: ['DELETE'], action: 'delete' },
    { path: '/notes/drafts/*', action: 'draft' },
    { path: '/notes/drafts/shared', action: 'shared' },
    { path: '/assets/*', open: 'anyone' },
    { path: '/caf%C3%A9', action: 'drink' },
    { path: '/api/*', action: 'call' },
  ]),
)

const shown = (match: Match): string => {
  if (match.is === 'route') return match.route.action ?? 'open'
  return match.is === 'other-method' ? `only ${match.allow.join(' ')}` : match.is
}

const cases = [
  ['GET', '/', 'home'],
  ['GET', '/notes', 'read'],
  ['GET', '/notes/', 'read'],
  ['GET', '/notes?x=1', 'read'],
  ['HEAD', '/notes', 'read'],
  ['POST', '/notes', 'write'],
  ['POST', '/notes/', 'write'],
  ['GET', '/n%6Ftes', 'read'],
  ['PUT', '/notes', 'only GET HEAD POST'],
  ['OPTIONS', '/notes', 'only GET HEAD POST'],
  ['TRACE', '/assets/a', 'only GET HEAD POST PUT PATCH DELETE OPTIONS'],
  ['DELETE', '/notes/1', 'delete'],
  ['GET', '/notes/1', 'only DELETE'],
  ['GET', '/notes/drafts', 'draft'],
  ['GET', '/notes/drafts/7', 'draft'],
  ['GET', '/notes/drafts/shared', 'shared'],
  ['GET', '/notes/drafts/shared/x', 'draft'],
  ['GET', '/notes/draftsmen', 'only DELETE'],
  ['GET', '/assets', 'open'],
  ['GET', '/assets/a/b/c.css', 'open'],
  ['GET', '/assetsx', 'unknown'],
  ['GET', '/caf%c3%a9', 'drink'],
  ['GET', '/admin', 'unknown'],
  ['GET', '/NOTES', 'ambiguous'],
  ['GET', '/Assets/a', 'ambiguous'],
  ['GET', '/assets/A', 'open'],
  ['GET', '/notes/Drafts/7', 'ambiguous'],
  ['GET', '/api/V1', 'call'],
] as const

for (const [method, path, expected] of cases) {
  test(`${method} ${path} takes the route: ${expected}`, () => {
    const target = readTarget(path)
    assert.ok(target)
    assert.equal(shown(table.match(target, method)), expected)
  })
}

test('without routes nothing is found', () => {
  const target = readTarget('/')
  assert.ok(target)
  assert.deepEqual(routeTable(host([])).match(target, 'GET'), { is: 'unknown' })
})

const mistaken: readonly (readonly [string, readonly GatewayRoute[], RegExp])[] = [
  ['neither an action nor open', [{ path: '/a' }], /either an action or open/],
  ['both an action and open', [{ path: '/a', action: 'x', open: 'anyone' }], /either an action or open/],
  [
    'two routes for one method',
    [
      { path: '/a', action: 'x' },
      { path: '/a', methods: ['GET'], action: 'y' },
    ],
    /two routes for GET/,
  ],
  [
    'a slash at the end beside the same without',
    [
      { path: '/a', action: 'x' },
      { path: '/a/', action: 'y' },
    ],
    /two routes/,
  ],
  [
    'paths that differ in case',
    [
      { path: '/a', action: 'x' },
      { path: '/A', action: 'y' },
    ],
    /upper and lower case/,
  ],
  ['a path that can be read in two ways', [{ path: '/a/../b', action: 'x' }], /neither a path nor a prefix/],
  ['a star in the middle', [{ path: '/a/*/b', action: 'x' }], /neither a path nor a prefix/],
  ['a query', [{ path: '/a?b', action: 'x' }], /neither a path nor a prefix/],
  ['our own path', [{ path: '/.countersign/callback', open: 'anyone' }], /own/],
  ['TRACE', [{ path: '/a', methods: ['TRACE'], action: 'x' }], /not forwarded/],
]

for (const [says, routes, message] of mistaken) {
  test(`routes with ${says} are no routes`, () => assert.throws(() => routeTable(host(routes)), message))
}

test('a host is known by its Host header, with the port where it is not the own one of the scheme', () => {
  assert.deepEqual(hostHeaders('http://notes.localhost:9001'), ['notes.localhost:9001'])
  assert.deepEqual(hostHeaders('https://notes.example.test'), ['notes.example.test', 'notes.example.test:443'])
})
