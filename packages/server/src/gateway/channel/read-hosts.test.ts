import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayHost } from '../config.ts'
import { readHosts } from './read-hosts.ts'

const host: GatewayHost = {
  origin: 'https://wiki.example',
  name: 'Wiki',
  policyStore: 'app',
  upstream: 'http://127.0.0.1:3000',
  clientId: 'gateway wiki.example',
  audience: 'wiki',
  routes: [
    { path: '/*', methods: ['GET'], action: 'use', resource: { type: 'Page', id: 'all' } },
    { path: '/open', open: 'anyone' },
  ],
  tellName: true,
  addHeaders: { 'x-frame-options': 'DENY' },
}
const [route] = host.routes

test('hosts come out as they went in, and what is absent stays absent', () => {
  const { audience: _audience, tellName: _tellName, addHeaders: _addHeaders, ...least } = host
  assert.deepEqual(readHosts(JSON.parse(JSON.stringify([host, least]))), [host, { ...least, addHeaders: {} }])
})

const wrong: readonly (readonly [string, unknown])[] = [
  ['no object', 7],
  ['a list', [host]],
  ['no origin', { ...host, origin: undefined }],
  ['a name of two lines', { ...host, name: 'a\nb' }],
  ['an audience that is none', { ...host, audience: 7 }],
  ['no routes', { ...host, routes: undefined }],
  ['too many routes', { ...host, routes: Array.from({ length: 1_025 }, () => route) }],
  ['a route that is none', { ...host, routes: [route, null] }],
  ['methods that are none', { ...host, routes: [{ ...route, methods: 'GET' }] }],
  ['an action that is none', { ...host, routes: [{ path: '/*', open: 'anyone', action: 7 }] }],
  ['a resource that is none', { ...host, routes: [{ ...route, resource: { type: 'Page' } }] }],
  ['what is open to somebody', { ...host, routes: [{ path: '/*', open: 'everybody' }] }],
  ['headers that are none', { ...host, addHeaders: ['x'] }],
  ['a header of two lines', { ...host, addHeaders: { a: 'b\r\nc: d' } }],
  ['too many headers', { ...host, addHeaders: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`h${at}`, 'x'])) }],
]

for (const [says, value] of wrong)
  test(`a host with ${says} is left out whole, and takes no other with it`, () => assert.deepEqual(readHosts([value, host]), [host]))

test('what is no list of hosts is nothing at all', () => {
  for (const value of [undefined, null, {}, 'hosts', Array.from({ length: 1_025 }, () => host)]) assert.equal(readHosts(value), undefined)
})
