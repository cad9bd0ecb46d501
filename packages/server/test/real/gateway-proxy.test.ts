import assert from 'node:assert/strict'
import { request as ask, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { trustIssuer, verifyAssertion, type Assertion } from '@countersign/sdk'
import { alice, app, bob, house, plainly, seen } from './gateway-app.ts'
import { authority, get, issuer, navigating, open, origin, pageOf, problemOf, until } from './gateway-house.ts'

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
  app.respond = (_request, response) => {
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
  app.respond = (_request, response) => {
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
  app.respond = (request, response) => {
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
  app.respond = (_request, response) => {
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
  app.respond = (_request, response) => {
    response.on('close', () => gone.resolve())
    response.write('x')
  }
  const answer = await open(house.port, '/stream/left', { headers: { cookie: alice } })
  answer.destroy()
  await gone.promise
})

test('lengths, empty bodies, HEAD, 204 and 304 keep their meaning', async () => {
  app.respond = (request, response) => {
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
  app.respond = (request, response) => {
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
  app.respond = (_request, response) => {
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
