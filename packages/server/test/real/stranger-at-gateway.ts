/**
 * What a stranger may send to the gateway, each as dear as they can make it.
 *
 * @module
 */

import { bare, letters, withBody, type StrangerRequest } from './stranger-requests.ts'

const formType = 'application/x-www-form-urlencoded'

export function gatewayRequests(host: string): readonly StrangerRequest[] {
  return [...openRequests(host), ...cookieRequests(host), ...ambiguousRequests(host), ...bodyRequests(host)]
}

type Headers = Readonly<Record<string, string>>

const html = { accept: 'text/html' }

function openRequests(host: string): readonly StrangerRequest[] {
  const get = (target: string, headers?: Headers) => () => bare(host, 'GET', target, headers)
  const socket = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  return [
    { says: 'a file of the app', bytes: get('/assets/notes.css') },
    {
      says: 'a file of the app with many headers',
      bytes: () => Buffer.from(`GET /assets/notes.css HTTP/1.1\r\nhost: ${host}\r\n${'a-b: c\r\n'.repeat(400)}\r\n`),
    },
    {
      says: 'a file of the app and what is taken away',
      bytes: get('/assets/notes.css', { connection: 'a, '.repeat(2_000), cookie: 'a=b; '.repeat(1_500) }),
    },
    { says: 'the stylesheet of the gateway', bytes: get('/.countersign/countersign.css') },
    { says: 'a page, to begin a sign-in', bytes: get('/', html) },
    { says: 'a page with the longest query', bytes: get(`/?${'%41'.repeat(2_600)}`, html) },
    { says: 'a page that is refused', bytes: () => withBody(host, '/notes', formType, 'text=a', html) },
    { says: 'nobody, as a program', bytes: get('/notes') },
    { says: 'another host', bytes: () => bare(`${letters(40)}.example`, 'GET', '/', html) },
    { says: 'a WebSocket of nobody', bytes: get('/live', socket) },
    { says: 'a sign-out of nobody', bytes: get('/.countersign/sign-out', html) },
  ]
}

function cookieRequests(host: string): readonly StrangerRequest[] {
  const get = (target: string, cookie: () => string) => () => bare(host, 'GET', target, { ...html, cookie: cookie() })
  const flows = (size: number): string => [0, 1, 2, 3].map((at) => `countersign_flow_${at}=w1.${letters(size)}`).join('; ')
  return [
    { says: 'a made-up session', bytes: get('/', () => `countersign_gateway=g1.${letters(200)}`) },
    { says: 'the largest made-up session', bytes: get('/', () => `countersign_gateway=g1.${letters(4_000)}`) },
    { says: 'made-up sign-ins under way', bytes: get('/', () => flows(3_500)) },
    {
      says: 'an answer to made-up sign-ins',
      bytes: get(`/.countersign/callback?state=${letters(22)}&code=${letters(46)}&iss=http://a`, () => flows(3_500)),
    },
    {
      says: 'an answer with many parameters',
      bytes: get(`/.countersign/callback?state=a&code=b&${Array.from({ length: 1_500 }, (_, at) => `p${at}=`).join('&')}`, () =>
        flows(200),
      ),
    },
    {
      says: 'many cookies named like ours',
      bytes: get('/', () => Array.from({ length: 600 }, (_, at) => `countersign_${at.toString(36)}=1`).join('; ')),
    },
    { says: 'many cookies of others', bytes: get('/assets/notes.css', () => `${'a=b;'.repeat(3_700)}countersign_a=1`) },
  ]
}

function ambiguousRequests(host: string): readonly StrangerRequest[] {
  const get = (target: string) => () => bare(host, 'GET', target)
  return [
    { says: 'a long path of escapes', bytes: get(`/${'%41'.repeat(1_100)}`) },
    { says: 'a long path of escaped escapes', bytes: get(`/${'%25'.repeat(1_100)}`) },
    { says: 'a long path of segments', bytes: get('/a'.repeat(1_700)) },
    { says: 'a path of slashes', bytes: get(`/a${'/'.repeat(7_000)}`) },
    { says: 'a target that is too long', bytes: get(`/${'a'.repeat(12_000)}`) },
    { says: 'a head that is too large', bytes: () => bare(host, 'GET', '/', { a: 'x'.repeat(17_000) }) },
    { says: 'two hosts', bytes: () => bare(host, 'GET', '/', { Host: 'evil.example' }) },
    { says: 'no HTTP', bytes: () => Buffer.from('hello\r\n\r\n') },
    { says: 'many addresses that it came by', bytes: () => bare(host, 'GET', '/notes', { 'x-forwarded-for': '1.2.3.4,'.repeat(1_900) }) },
  ]
}

/** What strangers send as a body goes nowhere, unless the route is open. */
function bodyRequests(host: string): readonly StrangerRequest[] {
  const crumbs = (target: string, count: number) => () =>
    Buffer.from(`POST ${target} HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`)
  return [
    { says: 'a large body of nobody', bytes: () => withBody(host, '/notes', formType, `text=${'a'.repeat(64 * 1024)}`) },
    { says: 'a body in crumbs', bytes: crumbs('/notes', 65_000) },
    { says: 'as many crumbs as are taken', bytes: crumbs('/notes', 256) },
    { says: 'crumbs for an open route', bytes: crumbs('/assets/notes.css', 65_000) },
  ]
}
