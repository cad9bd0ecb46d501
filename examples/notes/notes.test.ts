import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as ask, type IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPretendIssuer, type PretendIssuer } from './pretend-issuer.ts'

const publicOrigin = 'http://notes.localhost:9001'
const audience = `${publicOrigin}/api`
const alice = 'usr_alice'
const folder = mkdtempSync(join(tmpdir(), 'countersign-notes-'))

let issuing: PretendIssuer
let issuer = ''
let idToken = ''
const children: ChildProcess[] = []
const ports = { api: 0, app: 0 }

before(async () => {
  issuing = await openPretendIssuer()
  issuing.onToken = () => ({ body: { token_type: 'Bearer', expires_in: 900, access_token: accessToken(), id_token: idToken } })
  issuer = issuing.url
  const shared = { issuer, publicOrigin, audience, listen: { host: '127.0.0.1', port: 0 } }
  ports.api = await start('api.ts', { ...shared, dataDir: folder })
  ports.app = await start('app.ts', { ...shared, apiUrl: `http://127.0.0.1:${ports.api}`, client_id: 'notes', client_secret: 'secret' })
})
after(async () => {
  for (const child of children) child.stdin?.end()
  await Promise.all(
    children.map(async (child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve))),
  )
  await issuing.close()
  rmSync(folder, { recursive: true, force: true })
})

function accessToken(changes: object = {}): string {
  const claims = {
    iss: issuer,
    aud: audience,
    sub: alice,
    client_id: 'notes',
    jti: randomBytes(16).toString('hex'),
    scope: 'notes:read notes:write',
  }
  return issuing.jwt('token', 'at+jwt', { ...claims, ...changes })
}

function assertion(method: string, path: string, changes: object = {}): string {
  const [before = '', query] = path.split('?')
  return issuing.jwt('assertion', 'countersign-assertion+jwt', {
    iss: issuer,
    aud: publicOrigin,
    jti: randomBytes(16).toString('hex'),
    sub: alice,
    sid: 'ses_1',
    acr: '1fa',
    amr: ['pwd'],
    auth_time: 1,
    roles: ['editor'],
    name: 'Alice <Moreau>',
    htm: method,
    htu: `${publicOrigin}${before}`,
    ...(query === undefined ? {} : { htq: createHash('sha256').update(query).digest('base64url') }),
    dec: { store: 'notes', digest: 'd', action: 'read', policies: [] },
    ...changes,
  })
}

async function start(program: string, settings: object): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  children.push(child)
  child.stdin.write(`${JSON.stringify(settings)}\n`)
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())))
  return (JSON.parse(line) as { readonly port: number }).port
}

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    out.on('error', reject)
    out.end(body)
  })
}

const json = { 'content-type': 'application/json' }
const write = async (headers: Readonly<Record<string, string>>, text: unknown = 'A note'): Promise<Answered> =>
  send(ports.api, 'POST', '/notes', { ...json, ...headers }, JSON.stringify({ text }))
const bearer = (changes: object = {}): { authorization: string } => ({ authorization: `Bearer ${accessToken(changes)}` })
const asserted = (method: string, path: string, changes: object = {}): { 'countersign-assertion': string } => ({
  'countersign-assertion': assertion(method, path, changes),
})

for (const [says, headers, status, code] of [
  ['nothing', () => ({}), 401, 'token.missing'],
  ['a token for somebody else', () => bearer({ aud: 'https://other.test' }), 401, 'token.wrong_audience'],
  ['a token of another issuer', () => bearer({ iss: 'https://evil.test' }), 401, 'token.wrong_issuer'],
  ['a token that is over', () => bearer({ exp: 1 }), 401, 'token.expired'],
  ['an assertion in the place of a token', () => ({ authorization: `Bearer ${assertion('GET', '/notes')}` }), 401, 'token.wrong_type'],
  ['a token without the scope', () => bearer({ scope: 'openid' }), 403, 'token.insufficient_scope'],
] as const) {
  test(`the API shows no notes to who brings ${says}`, async () => {
    const answer = await send(ports.api, 'GET', '/notes', headers())
    assert.equal(answer.status, status)
    assert.equal((JSON.parse(answer.body) as { code: string }).code, code)
  })
}

for (const [says, headers, status] of [
  ['no assertion', () => bearer(), 401],
  ['the assertion of another method', () => ({ ...bearer(), ...asserted('GET', '/notes') }), 401],
  ['the assertion of another address', () => ({ ...bearer(), ...asserted('POST', '/notes/1/delete') }), 401],
  ['the assertion of another app', () => ({ ...bearer(), ...asserted('POST', '/notes', { aud: 'https://other.test' }) }), 401],
  ['the assertion of another person', () => ({ ...bearer(), ...asserted('POST', '/notes', { sub: 'usr_bob' }) }), 403],
  ['a token that may only read', () => ({ ...bearer({ scope: 'notes:read' }), ...asserted('POST', '/notes') }), 403],
] as const) {
  test(`the API writes nothing with ${says}`, async () => {
    assert.equal((await write(headers())).status, status)
    const { notes } = JSON.parse((await send(ports.api, 'GET', '/notes', bearer())).body) as { notes: unknown[] }
    assert.equal(notes.length, 0)
  })
}

test('the API takes notes of 1 to 2,000 characters', async () => {
  const headers = (): Record<string, string> => ({ ...bearer(), ...asserted('POST', '/notes') })
  for (const text of ['', '  \r\n ', 'x'.repeat(2_001), 7, null]) assert.equal((await write(headers(), text)).status, 422)
  const ids: string[] = []
  for (const text of ['x', 'x'.repeat(2_000)]) {
    const answer = await write(headers(), text)
    assert.equal(answer.status, 201)
    ids.push((JSON.parse(answer.body) as { id: string }).id)
  }
  for (const id of ids) {
    const path = `/notes/${id}/delete`
    assert.equal((await send(ports.api, 'POST', path, { ...bearer(), ...asserted('POST', path) })).status, 204)
    assert.equal((await send(ports.api, 'POST', path, { ...bearer(), ...asserted('POST', path) })).status, 404)
  }
})

test('the app answers nobody who does not come through the gateway', async () => {
  for (const path of ['/', '/list', '/oidc/callback?code=c&state=s']) {
    assert.equal((await send(ports.app, 'GET', path)).status, 401, path)
    assert.equal((await send(ports.app, 'GET', path, asserted('GET', '/elsewhere'))).status, 401, path)
  }
  assert.equal((await send(ports.app, 'POST', '/notes')).status, 401)
  assert.equal((await send(ports.app, 'GET', '/assets/notes.css')).status, 200)
})

test('somebody whom the app has no token for is sent to sign in by code and PKCE, and comes back to their notes', async () => {
  const begun = await send(ports.app, 'GET', '/', asserted('GET', '/'))
  assert.equal(begun.status, 303)
  const to = new URL(begun.headers.location ?? '')
  assert.equal(`${to.origin}${to.pathname}`, `${issuer}/authorize`)
  assert.equal(to.searchParams.get('code_challenge_method'), 'S256')
  assert.equal(to.searchParams.get('redirect_uri'), `${publicOrigin}/oidc/callback`)

  const nonce = to.searchParams.get('nonce')
  idToken = issuing.jwt('token', 'JWT', { iss: issuer, aud: 'notes', sub: alice, nonce })
  const callback = `/oidc/callback?code=c&state=${to.searchParams.get('state') ?? ''}&iss=${encodeURIComponent(issuer)}`
  const back = await send(ports.app, 'GET', callback, asserted('GET', callback))
  assert.equal(back.headers.location, '/')

  const page = await send(ports.app, 'GET', '/', asserted('GET', '/'))
  assert.equal(page.status, 200)
  assert.match(page.body, /Nothing is written yet/)
  assert.match(page.body, /Alice &lt;Moreau&gt;/)
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*script-src 'self'/)

  const form = { 'content-type': 'application/x-www-form-urlencoded', ...asserted('POST', '/notes') }
  const posted = await send(ports.app, 'POST', '/notes', form, `text=${encodeURIComponent('<script>alert(1)</script>')}`)
  assert.equal(posted.headers.location, '/')
  const written = await send(ports.app, 'GET', '/', asserted('GET', '/'))
  assert.match(written.body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
  assert.doesNotMatch(written.body, /<script>alert/)
  const viewer = await send(ports.app, 'GET', '/', asserted('GET', '/', { roles: ['viewer'] }))
  assert.doesNotMatch(viewer.body, /\/delete"/)
})

test('what is no id of a note is no part of an address of the API: there is no such note', async () => {
  for (const id of ['%20', '..%2f..%2fnotes', '1', 'x'.repeat(24), '%3fq=']) {
    const path = `/notes/${id}/delete`
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...asserted('POST', path) }
    assert.equal((await send(ports.app, 'POST', path, form)).status, 404, path)
  }
})

test('a token of another person than the gateway let in is not used', async () => {
  const bob = { sub: 'usr_bob', sid: 'ses_2' }
  const begun = await send(ports.app, 'GET', '/', asserted('GET', '/', bob))
  const to = new URL(begun.headers.location ?? '')
  idToken = issuing.jwt('token', 'JWT', { iss: issuer, aud: 'notes', sub: alice, nonce: to.searchParams.get('nonce') })
  const callback = `/oidc/callback?code=c&state=${to.searchParams.get('state') ?? ''}&iss=${encodeURIComponent(issuer)}`
  const back = await send(ports.app, 'GET', callback, asserted('GET', callback, bob))
  assert.equal(back.status, 403)
  assert.match(back.body, /signed in as two people/)
  assert.equal((await send(ports.app, 'GET', '/', asserted('GET', '/', bob))).status, 303)
})

/** Asks for the live updates; the connection where that is taken, and the status where it is not. */
async function openLive(changes: Readonly<Record<string, string>> = {}): Promise<Duplex | number> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const headers = { ...upgrade, origin: publicOrigin, ...asserted('GET', '/live'), ...changes }
  return new Promise((resolve, reject) => {
    const out = ask({ host: '127.0.0.1', port: ports.app, path: '/live', headers, agent: false })
    out.on('upgrade', (_answer, socket) => resolve(socket.on('error', () => undefined)))
    out.on('response', (answer) => resolve(answer.resume().statusCode ?? 0))
    out.on('error', reject)
    out.end()
  })
}

/** What comes next; rejects when the connection ends without it. */
async function nextOn(socket: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('close', () => reject(new Error('the connection ended and nothing was said')))
  })
}

test('a page hears of what was written, and is told when the app ends', async () => {
  for (const [changes, status] of [
    [{ 'countersign-assertion': assertion('GET', '/') }, 401],
    [{ origin: 'http://evil.localhost:9001' }, 403],
    [{ 'sec-websocket-version': '8' }, 426],
  ] as const) {
    assert.equal(await openLive(changes), status)
  }
  const socket = await openLive()
  assert.ok(typeof socket !== 'number')
  const form = { 'content-type': 'application/x-www-form-urlencoded', ...asserted('POST', '/notes') }
  const heard = nextOn(socket)
  assert.equal((await send(ports.app, 'POST', '/notes', form, 'text=News')).status, 303)
  assert.equal((await heard).subarray(2).toString(), 'changed')

  const app = children[1]
  assert.ok(app)
  const ended = new Promise((resolve) => app.once('exit', (code, signal) => resolve([code, signal])))
  const last = nextOn(socket)
  app.kill('SIGTERM')
  assert.equal((await last).toString('hex'), '880203e9')
  assert.deepEqual(await ended, [0, null])
})
