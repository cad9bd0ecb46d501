import assert from 'node:assert/strict'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { trustIssuer, verifyAssertion, type Assertion } from '@countersign/sdk'
import { exchange } from '../http-raw.ts'
import {
  authority,
  get,
  issuer,
  navigating,
  open,
  openHouse,
  origin,
  pageOf,
  problemOf,
  signIn,
  until,
  type House,
} from './gateway-house.ts'

let house: House
let alice = ''
let bob = ''
/** What the app was asked, newest last. */
const seen: IncomingMessage[] = []
let respond: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end('ok')

before(async () => {
  house = await openHouse({
    app: (request, response) => {
      seen.push(request)
      respond(request, response)
    },
    host: { addHeaders: { 'x-frame-options': 'DENY' }, tellName: true },
    upstreams: { connectMs: 500, answerMs: 600, idleMs: 600, mostUnderWay: 8, mostForOne: 6 },
  })
  alice = await signIn(house, house.server.begin('editor', 'alice'))
  bob = await signIn(house, house.server.begin('viewer', 'bob'))
})
after(async () => house.close())

const plainly = (): void => {
  respond = (_request, response) => response.end('ok')
}

async function verify(request: IncomingMessage, changes: { method?: string; path?: string; audience?: string } = {}): Promise<Assertion> {
  const { d: _private, ...jwk } = house.server.assertionKey
  const documents: Readonly<Record<string, object>> = {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      countersign_assertion_jwks_uri: `${issuer}/gateway-jwks`,
    },
    [`${issuer}/gateway-jwks`]: { keys: [{ ...jwk, use: 'sig' }] },
  }
  const trusted = trustIssuer(issuer, {
    fetch: async (url) => new Response(JSON.stringify(documents[url]), { headers: { 'content-type': 'application/json' } }),
  })
  const { method = request.method ?? '', path = request.url ?? '', audience = origin } = changes
  return verifyAssertion(request.headers['countersign-assertion'], { method, url: `${origin}${path}` }, { issuer: trusted, audience })
}

test('an allowed request reaches the app with an assertion that the SDK verifies, and is recorded', async () => {
  plainly()
  const answer = await get(house.port, '/notes?x=1', { headers: { cookie: alice } })
  assert.equal(answer.status, 200)
  const request = seen.at(-1)
  assert.ok(request)
  const said = await verify(request)
  assert.equal(said.name, 'alice')
  assert.deepEqual(said.roles, ['editor'])
  assert.deepEqual(said.decision.policies, ['editors-read-and-change'])
  assert.equal(said.decision.action, 'read')
  assert.equal(said.expiresAtMs - said.issuedAtMs, 60_000)
  const recorded = (): boolean =>
    house.server.events.some(({ event, actor }) => event.what === 'gateway.allowed' && actor?.user === said.subject)
  await until(recorded, 1_000)
})

test('an assertion is good for its method, URL, query and app alone', async () => {
  plainly()
  await get(house.port, '/notes?x=1', { headers: { cookie: alice } })
  const request = seen.at(-1)
  assert.ok(request)
  for (const changes of [
    { method: 'POST' },
    { path: '/notes' },
    { path: '/notes?x=2' },
    { path: '/?x=1' },
    { audience: 'http://other.localhost' },
  ]) {
    await assert.rejects(verify(request, changes), { name: 'VerificationError' }, JSON.stringify(changes))
  }
})

test('a viewer reads, and is refused writing on a page that says why and who may', async () => {
  plainly()
  assert.equal((await get(house.port, '/notes', { headers: { cookie: bob } })).status, 200)
  const asked = seen.length
  const headers = { ...navigating, 'sec-fetch-site': 'same-origin', cookie: bob, 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await get(house.port, '/notes?secret=1', { method: 'POST', headers, body: 'text=hello' })
  assert.equal(answer.status, 403)
  const { requestId, ...page } = pageOf(answer)
  assert.deepEqual(page, {
    status: 403,
    code: 'gateway.denied',
    heading: 'You may not write notes',
    sentence: 'Nothing allows viewers to write notes. Editors may.',
    app: 'Notes',
    stylesheet: '/.countersign/countersign.css',
    back: '/',
    who: 'bob',
    signOut: '/.countersign/sign-out',
    asked: 'POST /notes',
  })
  assert.equal(answer.headers['x-request-id'], requestId)
  assert.equal(seen.length, asked, 'the app was asked')
  const event = house.server.events.find(({ requestId: id }) => id === requestId)?.event
  assert.equal(event?.what, 'gateway.refused')
  assert.deepEqual(event?.facts, { code: 'gateway.denied', method: 'POST' })
  assert.equal(event?.decision?.effect, 'deny')
})

test('a program that is refused reads a problem with the reason that the policy says in public', async () => {
  const answer = await get(house.port, '/archive', { method: 'POST', headers: { cookie: alice, accept: 'application/json' } })
  assert.equal(answer.status, 403)
  const problem = JSON.parse(answer.body) as Record<string, unknown>
  assert.equal(problem['title'], 'The archive is closed. Its notes can be read, not changed.')
  assert.equal(problem['code'], 'gateway.denied')
})

test('what no route names is refused, to strangers and to people that are known', async () => {
  const asked = seen.length
  assert.equal((await get(house.port, '/admin')).status, 401)
  const unknown = await get(house.port, '/admin', { headers: { cookie: alice } })
  assert.equal(unknown.status, 404)
  assert.equal(problemOf(unknown), 'route.unknown')
  const method = await get(house.port, '/notes', { method: 'PATCH', headers: { cookie: alice } })
  assert.equal(method.status, 405)
  assert.equal(method.headers.allow, 'GET, HEAD, POST, PUT')
  assert.equal((await get(house.port, '/NOTES', { headers: { cookie: alice } })).status, 400)
  assert.equal(seen.length, asked)
})

test('an open route needs nobody, and brings no assertion', async () => {
  plainly()
  assert.equal((await get(house.port, '/assets/a.css')).status, 200)
  assert.equal((await get(house.port, '/assets/a.css', { headers: { cookie: alice } })).status, 200)
  assert.equal(seen.at(-1)?.headers['countersign-assertion'], undefined)
  assert.equal(seen.at(-1)?.headers.cookie, undefined)
})

test('the app sees no cookie and no header of ours that the caller sent, and our word about where it came from', async () => {
  plainly()
  await get(house.port, '/notes', {
    headers: {
      cookie: `a=1; ${alice}; b=2`,
      'countersign-assertion': 'forged',
      Countersign_Assertion: 'forged',
      'x-countersign-user': 'root',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.test',
      'x-http-method-override': 'DELETE',
      authorization: 'Bearer of-the-app',
    },
  })
  const request = seen.at(-1)
  assert.equal(request?.headers.cookie, 'a=1; b=2')
  assert.equal(request?.headers.authorization, 'Bearer of-the-app')
  assert.equal(request?.headers.host, authority)
  assert.equal(request?.headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(request?.headers['x-forwarded-proto'], 'http')
  assert.equal(request?.headers['x-forwarded-host'], authority)
  assert.equal(request?.headers['x-countersign-user'], undefined)
  assert.equal(request?.headers['x-http-method-override'], undefined)
  const assertions = request?.rawHeaders.filter((name, at) => at % 2 === 0 && /countersign.assertion/i.test(name))
  assert.deepEqual(assertions, ['Countersign-Assertion'])
})

test('the browser sees no cookie and no header of ours that the app sent; missing headers are added', async () => {
  respond = (_request, response) => {
    response.writeHead(200, [
      'Set-Cookie',
      'countersign_gateway=evil',
      'Set-Cookie',
      'a=1',
      'Countersign-X',
      '1',
      'Alt-Svc',
      'h3=":1"',
      'X-Other',
      'y',
    ])
    response.end()
  }
  const { headers } = await get(house.port, '/notes', { headers: { cookie: alice } })
  assert.deepEqual(headers['set-cookie'], ['a=1'])
  assert.equal(headers['countersign-x'], undefined)
  assert.equal(headers['alt-svc'], undefined)
  assert.equal(headers['x-other'], 'y')
  assert.equal(headers['x-frame-options'], 'DENY')
})

test('what was decided is forwarded byte for byte', async () => {
  plainly()
  await get(house.port, '/n%6ftes?a=%2e%2e/%00&b', { headers: { cookie: alice } })
  assert.equal(seen.at(-1)?.url, '/n%6ftes?a=%2e%2e/%00&b')
})

test('an answer is passed on while it is being made', async () => {
  let finish = (): void => undefined
  respond = (_request, response) => {
    response.write('first ')
    finish = () => response.end('last')
  }
  const answer = await open(house.port, '/stream/down', { headers: { cookie: alice } })
  const chunks: string[] = []
  answer.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  await until(() => chunks.join('') === 'first ')
  finish()
  await until(() => chunks.join('') === 'first last')
})

test('a body is passed on while it is being sent, and answers may come before its end', async () => {
  let arrived = ''
  respond = (request, response) => {
    request.on('data', (chunk: Buffer) => {
      arrived += chunk.toString()
      response.write(chunk.toString().toUpperCase())
    })
    request.on('end', () => response.end('.'))
  }
  const out = ask({
    host: '127.0.0.1',
    port: house.port,
    path: '/stream/both',
    method: 'POST',
    agent: false,
    headers: { host: authority, cookie: alice },
  })
  let back = ''
  out.on('response', (answer) => answer.on('data', (chunk: Buffer) => (back += chunk.toString())))
  out.write('one ')
  await until(() => arrived === 'one ' && back === 'ONE ')
  out.end('two')
  await until(() => arrived === 'one two' && back === 'ONE TWO.')
})

test('a reader that is slow slows the app down: nothing is kept in between', async () => {
  let written = 0
  const full = Promise.withResolvers<void>()
  respond = (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024)
    const write = (): void => {
      while (response.write(chunk)) written += chunk.length
      full.resolve()
    }
    write()
    response.on('drain', write)
  }
  const answer = await open(house.port, '/stream/flood', { headers: { cookie: alice } })
  answer.pause()
  await full.promise
  let before = -1
  while (before !== written) {
    before = written
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.ok(written < 32 * 1024 * 1024, `${written} bytes were taken from the app`)
  answer.destroy()
})

test('a client that goes away takes the request to the app with it', async () => {
  const gone = Promise.withResolvers<void>()
  respond = (_request, response) => {
    response.on('close', () => gone.resolve())
    response.write('x')
  }
  const answer = await open(house.port, '/stream/left', { headers: { cookie: alice } })
  answer.destroy()
  await gone.promise
})

test('lengths, empty bodies, HEAD, 204 and 304 keep their meaning', async () => {
  respond = (request, response) => {
    const status = Number((request.url ?? '').split('/').at(-1))
    response.writeHead(status, status === 200 ? { 'content-length': '5' } : {})
    response.end(status === 200 && request.method !== 'HEAD' ? 'hello' : undefined)
  }
  const head = await get(house.port, '/stream/200', { method: 'HEAD', headers: { cookie: alice } })
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '5', ''])
  const whole = await get(house.port, '/stream/200', { headers: { cookie: alice } })
  assert.deepEqual([whole.headers['content-length'], whole.body], ['5', 'hello'])
  for (const status of [204, 304]) assert.equal((await get(house.port, `/stream/${status}`, { headers: { cookie: alice } })).status, status)
  plainly()
  await get(house.port, '/notes', { method: 'POST', headers: { cookie: alice } })
  assert.equal(seen.at(-1)?.headers['content-length'], '0')
  assert.equal(seen.at(-1)?.headers['transfer-encoding'], undefined)
})

test('trailers of an answer are passed on, trailers of a request are not', async () => {
  let trailers: readonly string[] = ['?']
  respond = (request, response) => {
    request.resume()
    request.on('end', () => {
      trailers = request.rawTrailers
      response.writeHead(200, { trailer: 'X-Sum' })
      response.write('x')
      response.addTrailers({ 'X-Sum': '7', 'Countersign-X': '1' })
      response.end()
    })
  }
  const out = ask({
    host: '127.0.0.1',
    port: house.port,
    path: '/notes',
    method: 'POST',
    agent: false,
    headers: { host: authority, cookie: alice, trailer: 'X-Admin' },
  })
  const answered = new Promise<IncomingMessage>((resolve) => out.on('response', resolve))
  out.write('x')
  out.addTrailers({ 'X-Admin': '1' })
  out.end()
  const answer = await answered
  answer.resume()
  await new Promise((resolve) => answer.on('end', resolve))
  assert.deepEqual(answer.rawTrailers, ['X-Sum', '7'])
  assert.deepEqual(trailers, [])
})

test('early hints are passed on, and so is what follows', async () => {
  respond = (_request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('done'))
  }
  const out = ask({ host: '127.0.0.1', port: house.port, path: '/notes', agent: false, headers: { host: authority, cookie: alice } })
  const hint = new Promise<number>((resolve) => out.on('information', ({ statusCode }) => resolve(statusCode)))
  const answered = new Promise<number>((resolve) => out.on('response', ({ statusCode }) => resolve(statusCode ?? 0)))
  out.end()
  assert.deepEqual([await hint, await answered], [103, 200])
})

test('who waits for 100 Continue gets it after the decision, and who is refused never sends the body', async () => {
  plainly()
  const post = async (cookie: string): Promise<{ continued: boolean; status: number }> => {
    const out = ask({
      host: '127.0.0.1',
      port: house.port,
      path: '/notes',
      method: 'POST',
      agent: false,
      headers: { host: authority, cookie, expect: '100-continue', 'content-length': '5' },
    })
    let continued = false
    out.on('continue', () => {
      continued = true
      out.end('hello')
    })
    out.on('error', () => undefined)
    return new Promise((resolve) => {
      out.on('response', ({ statusCode }) => {
        resolve({ continued, status: statusCode ?? 0 })
        out.destroy()
      })
      out.flushHeaders()
    })
  }
  assert.deepEqual(await post(alice), { continued: true, status: 200 })
  assert.equal(seen.at(-1)?.headers.expect, undefined)
  assert.deepEqual(await post(bob), { continued: false, status: 403 })
})

test('an app that is not there gives 502, one that is slow 504, one that breaks off a cut answer', async () => {
  respond = (request) => void request.socket.destroy()
  const broken = await get(house.port, '/notes', { headers: { cookie: alice } })
  assert.equal(broken.status, 502)
  assert.equal(problemOf(broken), 'upstream.unreachable')
  respond = () => undefined
  const slow = await get(house.port, '/notes', { headers: { cookie: alice } })
  assert.equal(slow.status, 504)
  respond = (request, response) => {
    response.writeHead(200, { 'content-length': '10' })
    response.write('half', () => request.socket.destroy())
  }
  await assert.rejects(get(house.port, '/notes', { headers: { cookie: alice } }), /aborted/)
  respond = (_request, response) => void response.write('and then nothing')
  await assert.rejects(get(house.port, '/stream/silent', { headers: { cookie: alice } }), /aborted/)
})

test('an app that has too much to do is not asked for more', async () => {
  const held: ServerResponse[] = []
  respond = (_request, response) => {
    response.write('.')
    held.push(response)
  }
  const asked = async (cookie: string, count: number): Promise<readonly IncomingMessage[]> =>
    Promise.all(Array.from({ length: count }, async () => open(house.port, '/stream/busy', { headers: { cookie } })))
  const answers = [...(await asked(alice, 6)), ...(await asked(bob, 2))]
  const more = await get(house.port, '/stream/busy', { headers: { cookie: bob } })
  assert.equal(more.status, 503)
  assert.equal(problemOf(more), 'upstream.too_busy')
  for (const response of held) response.end()
  for (const answer of answers) answer.resume()
  await Promise.all(answers.map(async (answer) => new Promise((resolve) => answer.on('end', resolve))))
  plainly()
  assert.equal((await get(house.port, '/stream/busy', { headers: { cookie: alice } })).status, 200)
})

test('nobody takes every place at the app (a stranger did, with one connection that asked without waiting for answers)', async () => {
  const held: ServerResponse[] = []
  respond = (request, response) => {
    if (request.url === '/assets/slow') held.push(response)
    else response.end('ok')
  }
  const greedy = connect(house.port, '127.0.0.1')
  greedy.on('error', () => undefined).resume()
  greedy.write(`GET /assets/slow HTTP/1.1\r\nHost: ${authority}\r\n\r\n`.repeat(20))
  await until(() => held.length === 6)
  assert.equal((await get(house.port, '/notes', { headers: { cookie: alice } })).status, 200)
  assert.equal((await get(house.port, '/assets/x')).status, 503)
  assert.equal(held.length, 6)
  greedy.destroy()
  await until(() => held.every((response) => response.destroyed))
  plainly()
  assert.equal((await get(house.port, '/assets/x')).status, 200)
})

test('an idle connection that the app closed just now is noticed by nobody', async () => {
  const app = createServer((_request, response) => response.end('ok'))
  const other = await openHouse({ app })
  const cookie = await signIn(other, other.server.begin('editor', 'alice'))
  assert.equal((await get(other.port, '/notes', { headers: { cookie } })).status, 200)
  // The app answers one request on each connection, and closes it when the second arrives.
  const served = new WeakSet<object>()
  app.removeAllListeners('request')
  app.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (served.has(request.socket)) request.socket.resetAndDestroy()
    else {
      served.add(request.socket)
      response.end('ok')
    }
  })
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await get(other.port, '/notes', { headers: { cookie } })).status, 200)
  await other.close()
})

const head = (line: string, ...headers: readonly string[]): string =>
  [line, `Host: ${authority}`, `Cookie: ${alice}`, ...headers, '', ''].join('\r\n')

test('what could be read in two ways never reaches the app', async () => {
  plainly()
  const smuggled = 'GET /assets/smuggled HTTP/1.1\r\nHost: notes.localhost:9001\r\n\r\n'
  const attacks: readonly (readonly [string, string])[] = [
    ['a length beside chunks', `${head('POST /notes HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['two lengths', `${head('POST /notes HTTP/1.1', 'Content-Length: 0', 'Content-Length: 60')}${smuggled}`],
    ['a list of lengths', `${head('POST /notes HTTP/1.1', 'Content-Length: 0, 60')}${smuggled}`],
    ['a length with a sign', `${head('POST /notes HTTP/1.1', 'Content-Length: +0')}${smuggled}`],
    ['chunks that are not last', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: chunked, identity')}0\r\n\r\n${smuggled}`],
    ['another coding before chunks', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n${smuggled}`],
    ['a hidden chunked', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`],
    ['a space before the colon', `${head('POST /notes HTTP/1.1', 'Transfer-Encoding : chunked')}0\r\n\r\n${smuggled}`],
    ['a folded line', `${head('POST /notes HTTP/1.1', 'X-A: b\r\n Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['a bare line feed', `POST /notes HTTP/1.1\nHost: ${authority}\nCookie: ${alice}\n\n`],
    ['a bare carriage return', head('GET /notes HTTP/1.1', 'X-A: b\rX-B: c')],
    ['two hosts', head('GET /notes HTTP/1.1', 'Host: evil.test')],
    ['no host', `GET /notes HTTP/1.1\r\nCookie: ${alice}\r\n\r\n`],
    ['the absolute form', head(`GET http://${authority}/notes HTTP/1.1`, 'Connection: close')],
    ['the absolute form of elsewhere', head('GET http://evil.test/notes HTTP/1.1', 'Connection: close')],
    ['NUL in a header', head('GET /notes HTTP/1.1', 'X-A: b\0c')],
    ['a chunk size that is none', `${head('POST /assets/x HTTP/1.1', 'Transfer-Encoding: chunked')}zz\r\n${smuggled}`],
    ['chunks in HTTP/1.0', `${head('POST /notes HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['a parent segment', head('GET /assets/../notes HTTP/1.1', 'Connection: close')],
    ['CONNECT', head('CONNECT 127.0.0.1:22 HTTP/1.1')],
    ['a cleartext HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ]
  for (const [says, bytes] of attacks) {
    const before = seen.length
    const answers = await exchange(house.port, bytes)
    assert.ok(answers.length <= 1, `${says}: ${answers.length} answers`)
    assert.ok((answers[0]?.status ?? 400) >= 400, `${says}: ${String(answers[0]?.status)}`)
    const reached = seen.slice(before).filter((request) => request.url !== '/assets/x')
    assert.deepEqual(
      reached.map((request) => request.url),
      [],
      says,
    )
  }
})

test('an offer of another protocol is ignored and not passed on', async () => {
  plainly()
  const [answer] = await exchange(
    house.port,
    head('GET /notes HTTP/1.1', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'),
  )
  assert.equal(answer?.status, 200)
  assert.equal(seen.at(-1)?.headers.upgrade, undefined)
  assert.equal(seen.at(-1)?.headers['http2-settings'], undefined)
})

test('a second request on the connection of a refused one is not read as its body', async () => {
  plainly()
  const before = seen.length
  const bytes = `${head('POST /notes HTTP/1.1', 'Content-Length: 400').replace(alice, bob)}${head('GET /assets/second HTTP/1.1')}`
  const answers = await exchange(house.port, bytes)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [403],
  )
  assert.equal(seen.length, before)
})

test('an app whose answer can be read in two ways is not passed on', async () => {
  const raws = [
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'nonsense\r\n\r\n',
  ]
  for (const raw of raws) {
    respond = (request) => void request.socket.end(raw)
    const answer = await get(house.port, '/notes', { headers: { cookie: alice } })
    assert.equal(answer.status, 502, raw)
  }
})

test('what another origin sends under the cookie is refused', async () => {
  plainly()
  const headers = { cookie: alice, origin: 'http://evil.notes.localhost:9001' }
  const answer = await get(house.port, '/notes', { method: 'POST', headers: { ...headers, 'sec-fetch-site': 'same-site' } })
  assert.equal(problemOf(answer), 'request.cross_site')
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers })).status, 403)
  assert.equal((await get(house.port, '/notes', { method: 'POST', headers: { cookie: alice, origin } })).status, 200)
})
