/**
 * What a stranger may send, each as dear as they can make it: the list that
 * tests of its cost and of what it leaves behind go through.
 *
 * @module
 */

import { createHash, randomBytes } from 'node:crypto'

/** What anybody can find out about a server: its metadata, and a sign-in begun at it. */
export interface OpenFacts {
  readonly host: string
  readonly publicClient: string
  readonly redirectUri: string
  readonly confidentialClient: string
  readonly accessKeyId: string
  readonly idKeyId: string
  /** Of an authorization request that this stranger began, with the cookie that it is bound to. */
  readonly state: string
  readonly browser: string
  readonly username: string
}

export interface StrangerRequest {
  readonly says: string
  /** Fresh at each call, so that nothing remembered helps. */
  readonly bytes: () => Uint8Array
}

/** Letters of base64url, of which the last has no bits that must be zero. */
export function letters(count: number): string {
  return `${randomBytes(count)
    .toString('base64url')
    .slice(0, count - 1)}A`
}

const formType = 'application/x-www-form-urlencoded'
const largest = 64 * 1024

/** A request line, its headers and no body. */
export function bare(host: string, method: string, target: string, headers: Readonly<Record<string, string>> = {}): Uint8Array {
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n${lines(headers)}\r\n`, 'latin1')
}

export function withBody(
  host: string,
  target: string,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array {
  const bytes = Buffer.from(body)
  const head = `POST ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${type}\r\n${lines(headers)}content-length: ${bytes.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

/** A token of ours in everything but its signature. */
function forged(algorithm: 'ES256' | 'RS256', keyId: string, type: string, size: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signature = randomBytes(algorithm === 'ES256' ? 64 : 256).toString('base64url')
  return `${part({ alg: algorithm, kid: keyId, typ: type })}.${part({ iss: 'x', pad: letters(size) })}.${signature}`
}

export function strangerRequests(facts: OpenFacts): readonly StrangerRequest[] {
  return [...plainRequests(facts), ...authorizeRequests(facts), ...signInRequests(facts), ...tokenRequests(facts), ...adminRequests(facts)]
}

function plainRequests({ host }: OpenFacts): readonly StrangerRequest[] {
  const get = (target: string, headers?: Readonly<Record<string, string>>) => () => bare(host, 'GET', target, headers)
  const html = { accept: 'text/html' }
  const open = ['/livez', '/readyz', '/jwks', '/assertion-jwks', '/.well-known/openid-configuration', '/openapi.json']
  const pages = ['/assets/countersign.css', '/assets/setup.js', '/setup', '/sign-in', '/signed-in', '/signed-out', '/logout']
  const ours = Array.from({ length: 700 }, (_, at) => `countersign_${at.toString(36)}=1`).join('; ')
  const crumbs = (target: string, count: number) => () =>
    Buffer.from(
      `POST ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${formType}\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(count)}0\r\n\r\n`,
    )
  return [
    ...[...open, ...pages].map((path) => ({ says: `GET ${path}`, bytes: get(path) })),
    { says: 'nothing there, as a page', bytes: get('/nowhere', html) },
    { says: 'a long path of escapes', bytes: get(`/${'%41'.repeat(4_000)}`, html) },
    { says: 'a path of slashes', bytes: get(`/a${'/'.repeat(12_000)}`) },
    { says: 'a long parameter of a path', bytes: get(`/admin/v1/users/${'%41'.repeat(600)}`) },
    { says: 'another method, as a page', bytes: () => bare(host, 'DELETE', '/token', html) },
    { says: 'a preflight', bytes: () => bare(host, 'OPTIONS', '/token', { origin: 'https://a.example' }) },
    { says: 'many headers', bytes: () => Buffer.from(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n${'a: b\r\n'.repeat(400)}\r\n`) },
    { says: 'a head that is too large', bytes: get('/livez', { a: 'x'.repeat(17_000) }) },
    { says: 'cookies of somebody else', bytes: get('/sign-in', { cookie: `${'a=b;'.repeat(3_800)}countersign_a=1` }) },
    { says: 'cookies named like ours', bytes: get('/sign-in', { cookie: ours }) },
    { says: 'no HTTP', bytes: () => Buffer.from('hello\r\n\r\n') },
    { says: 'a body in crumbs', bytes: crumbs('/sign-in', 65_000) },
    { says: 'as many crumbs as are taken', bytes: crumbs('/sign-in', 256) },
    { says: 'a body in crumbs that nobody wants', bytes: crumbs('/nowhere', 65_000) },
  ]
}

function authorizeRequests(facts: OpenFacts): readonly StrangerRequest[] {
  const { host, browser, state } = facts
  const get = (target: string, headers?: Readonly<Record<string, string>>) => () => bare(host, 'GET', target, headers)
  const query = (more: Readonly<Record<string, string>> = {}): string =>
    new URLSearchParams({
      response_type: 'code',
      client_id: facts.publicClient,
      redirect_uri: facts.redirectUri,
      scope: 'openid',
      code_challenge: createHash('sha256').update('x').digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    }).toString()
  const cookie = { cookie: `countersign_browser=${browser}` }
  const wide = { state: '<'.repeat(2_048), nonce: '&'.repeat(512) }
  const long = { state: 's'.repeat(2_048), nonce: 'n'.repeat(512), login_hint: 'h'.repeat(320), prompt: 'login consent' }
  const hint = `id_token_hint=${forged('RS256', facts.idKeyId, 'JWT', 5_500)}`
  return [
    { says: 'an authorization', bytes: get(`/authorize?${query()}`) },
    {
      says: 'an authorization under made-up cookies',
      bytes: () => bare(host, 'GET', `/authorize?${query()}`, { cookie: `countersign_session=s1.${letters(43)}; ${cookie.cookie}` }),
    },
    { says: 'the largest authorization', bytes: get(`/authorize?${query(long)}`) },
    { says: 'an authorization of escapes', bytes: get(`/authorize?${query(wide)}`) },
    { says: 'an unknown client', bytes: () => bare(host, 'GET', `/authorize?${query({ client_id: letters(2_000) })}`) },
    { says: 'a strange redirect_uri', bytes: get(`/authorize?${query({ redirect_uri: `https://${'a.'.repeat(900)}b/` })}`) },
    { says: 'an error for the client', bytes: get(`/authorize?${query({ ...wide, response_type: 'token' })}`) },
    { says: 'many scopes', bytes: get(`/authorize?${query({ scope: 'a '.repeat(500).trim() })}`) },
    { says: 'many parameters', bytes: get(`/authorize?${Array.from({ length: 64 }, (_, at) => `p${at}=${'%41'.repeat(70)}`).join('&')}`) },
    {
      says: 'an authorization as the largest form',
      bytes: () => withBody(host, '/authorize', formType, query({ ...wide, request: '<'.repeat(19_000) })),
    },
    { says: 'a state of ours, resumed', bytes: get(`/authorize/resume?state=${encodeURIComponent(state)}`, cookie) },
    { says: 'a made-up state, resumed', bytes: () => bare(host, 'GET', `/authorize/resume?state=f1.${letters(15_000)}`, cookie) },
    { says: 'a state of ours, on the form', bytes: get(`/sign-in?state=${encodeURIComponent(state)}`, cookie) },
    { says: 'a made-up state, on the form', bytes: () => bare(host, 'GET', `/sign-in?state=f1.${letters(15_000)}`, cookie) },
    {
      says: 'a made-up session for consent',
      bytes: () => bare(host, 'GET', '/consent?state=x', { cookie: `countersign_session=s1.${letters(43)}` }),
    },
    { says: 'a sign-out with a forged hint', bytes: get(`/logout?client_id=${facts.publicClient}&${hint}`) },
    {
      says: 'a sign-out as a form',
      bytes: () => withBody(host, '/logout', formType, `state=${'%3C'.repeat(2_048)}&x=${'%3C'.repeat(15_000)}&${hint}`),
    },
    {
      says: 'a made-up state for the sign-out',
      bytes: () => withBody(host, '/logout/confirm', formType, `state=f1.${letters(16_300)}`, cookie),
    },
  ]
}

function signInRequests({ host, browser, username }: OpenFacts): readonly StrangerRequest[] {
  const post = (form: () => Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>) => () =>
    withBody(host, '/sign-in', formType, new URLSearchParams(form()).toString(), headers)
  const raw = (body: string | Uint8Array) => () => withBody(host, '/sign-in', formType, body)
  // Each of these letters becomes three when it is brought into its normal form.
  const wide = '\u1e9b\u0323'
  return [
    { says: 'an unknown name', bytes: post(() => ({ username: letters(12), password: letters(20) })) },
    { says: 'a wrong password', bytes: post(() => ({ username, password: letters(20) })) },
    {
      says: 'a name that is dear to compare',
      bytes: post(() => ({ username: wide.repeat(60) + letters(9), password: wide.repeat(500) })),
    },
    {
      says: 'an address of many labels',
      bytes: post(() => ({ username: `${letters(9)}@${'ü.'.repeat(30)}de`, password: '👩‍👩‍👧'.repeat(120) })),
    },
    {
      says: 'a made-up state with a password',
      bytes: post(() => ({ username, password: 'x', state: `f1.${letters(16_000)}` }), { cookie: `countersign_browser=${browser}` }),
    },
    {
      says: 'the largest form of many',
      bytes: raw(
        Array.from({ length: 64 }, (_, at) => `p${at}=${'%41'.repeat(335)}`)
          .join('&')
          .slice(0, largest),
      ),
    },
    { says: 'the largest form of one', bytes: raw(`a=${'%c3%bc'.repeat(10_900)}`) },
    { says: 'the largest form of pluses', bytes: raw(`a=${'+%20'.repeat(16_000)}`) },
    { says: 'the largest form of nothing', bytes: raw('&'.repeat(largest)) },
    { says: 'a form that is no text at its end', bytes: raw(Buffer.concat([Buffer.from('a'.repeat(65_000)), Buffer.from([0xff])])) },
    { says: 'a sign-out', bytes: () => withBody(host, '/sign-out', formType, `state=${'x'.repeat(16_000)}`) },
    {
      says: 'a made-up link',
      bytes: () =>
        withBody(host, '/setup', formType, `token=b1.${letters(43)}&username=${'%3C'.repeat(255)}&name=${'%22'.repeat(255)}&password=x`),
    },
  ]
}

function tokenRequests(facts: OpenFacts): readonly StrangerRequest[] {
  const { host, publicClient, confidentialClient, accessKeyId, idKeyId, redirectUri } = facts
  const post = (path: string, form: () => Readonly<Record<string, string>>) => () =>
    withBody(host, path, formType, new URLSearchParams(form()).toString())
  const bearer = (path: string, token: () => string) => () => bare(host, 'GET', path, { authorization: `Bearer ${token()}` })
  const basic = { authorization: `Basic ${Buffer.from(`x:${'%41'.repeat(1_900)}`).toString('base64')}` }
  const grant = { grant_type: 'client_credentials' }
  return [
    { says: 'no client', bytes: post('/token', () => grant) },
    {
      says: 'an unknown client and its secret',
      bytes: post('/token', () => ({ ...grant, client_id: letters(2_000), client_secret: letters(1_000) })),
    },
    {
      says: 'a wrong secret',
      bytes: post('/token', () => ({ ...grant, client_id: confidentialClient, client_secret: `cs1_${letters(43)}` })),
    },
    { says: 'a long Basic', bytes: () => withBody(host, '/token', formType, 'grant_type=client_credentials', basic) },
    {
      says: 'a made-up code',
      bytes: post('/token', () => ({
        grant_type: 'authorization_code',
        client_id: publicClient,
        code: `c1.${letters(43)}`,
        redirect_uri: redirectUri,
        code_verifier: letters(128),
      })),
    },
    {
      says: 'a made-up refresh token',
      bytes: post('/token', () => ({ grant_type: 'refresh_token', client_id: publicClient, refresh_token: `r1.${letters(43)}` })),
    },
    {
      says: 'the largest token request',
      bytes: () => withBody(host, '/token', formType, `client_id=${publicClient}&x=${'%41'.repeat(21_000)}`),
    },
    { says: 'a revocation of a made-up token', bytes: post('/revoke', () => ({ client_id: publicClient, token: `r1.${letters(43)}` })) },
    {
      says: 'a revocation of a forged token',
      bytes: post('/revoke', () => ({ client_id: publicClient, token: forged('ES256', accessKeyId, 'at+jwt', 5_000) })),
    },
    { says: 'a forged access token', bytes: bearer('/userinfo', () => forged('ES256', accessKeyId, 'at+jwt', 200)) },
    { says: 'the largest forged access token', bytes: bearer('/userinfo', () => forged('ES256', accessKeyId, 'at+jwt', 9_000)) },
    { says: 'a token forged for another key', bytes: bearer('/userinfo', () => forged('RS256', idKeyId, 'at+jwt', 9_000)) },
    { says: 'a token of dots', bytes: bearer('/userinfo', () => `${'a.'.repeat(6_000)}a`) },
    { says: 'a forged token in a form', bytes: post('/userinfo', () => ({ access_token: forged('ES256', accessKeyId, 'at+jwt', 5_500) })) },
    { says: 'a forged token for the admin API', bytes: bearer('/admin/v1/users', () => forged('ES256', accessKeyId, 'at+jwt', 9_000)) },
  ]
}

/** Documents are read before it is known who sends them. */
function adminRequests({ host, accessKeyId }: OpenFacts): readonly StrangerRequest[] {
  const post = (json: string, headers?: () => Readonly<Record<string, string>>) => () =>
    withBody(host, '/admin/v1/users', 'application/json', json, headers?.())
  const names = Array.from({ length: 500 }, (_, at) => `"\\u0061${at}${'\\u0041'.repeat(18)}":1`).join(',')
  const many = Array.from({ length: 680 }, (_, at) => `"k${at}":[]`).join(',')
  const numbers = Array.from({ length: 1_900 }, () => `0.${'1234567890'.repeat(3)}`).join(',')
  return [
    { says: 'nobody at the admin API', bytes: () => bare(host, 'GET', '/admin/v1/users') },
    { says: 'a document of many names', bytes: post(`{${many}}`) },
    { says: 'a document of escapes', bytes: post(`{"a":"${'\\u0041'.repeat(10_900)}"}`) },
    { says: 'a document of names that are escaped', bytes: post(`{${names}}`) },
    { says: 'a document of numbers', bytes: post(`[${numbers}]`) },
    { says: 'a document of one number', bytes: post(`[${'9'.repeat(65_000)}]`) },
    { says: 'a document of spaces', bytes: post(`${' '.repeat(65_000)}{}`) },
    { says: 'a document of one word', bytes: post(JSON.stringify({ a: 'ü'.repeat(32_000) })) },
    {
      says: 'a document under a forged token',
      bytes: post(`{${names}}`, () => ({ authorization: `Bearer ${forged('ES256', accessKeyId, 'at+jwt', 7_000)}` })),
    },
  ]
}
