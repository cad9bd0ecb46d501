import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  authority,
  cookiesOf,
  get,
  issuer,
  navigating,
  openHouse,
  origin,
  pageOf,
  problemOf,
  signIn,
  until,
  type House,
} from './gateway-house.ts'

let house: House

before(async () => {
  house = await openHouse({
    app: (request, response) => response.end(`app saw ${request.method} ${request.url}`),
    moreHosts: (upstream) => [
      {
        origin: 'http://other.localhost:9001',
        name: 'Other',
        policyStore: 'notes',
        upstream,
        clientId: 'other-gateway',
        routes: [{ path: '/*', action: 'read', resource: { type: 'Collection', id: 'notes' } }],
      },
    ],
  })
})
after(async () => house.close())

test('somebody who opens an address is sent to the identity server, with code flow, PKCE, state and nonce', async () => {
  const answer = await get(house.port, '/notes?x=1', { headers: navigating })
  assert.equal(answer.status, 303)
  const to = new URL(answer.headers.location ?? '')
  assert.equal(`${to.origin}${to.pathname}`, `${issuer}/authorize`)
  const { state = '', nonce = '', code_challenge = '', ...rest } = Object.fromEntries(to.searchParams)
  assert.deepEqual(rest, {
    response_type: 'code',
    client_id: 'notes-gateway',
    redirect_uri: `${origin}/.countersign/callback`,
    scope: 'openid',
    code_challenge_method: 'S256',
  })
  assert.match(state, /^[0-9A-Za-z]{22}$/)
  assert.match(nonce, /^[0-9A-Za-z]{22}$/)
  assert.match(code_challenge, /^[\w-]{43}$/)
  assert.match(answer.headers['set-cookie']?.[0] ?? '', /^countersign_flow_0=w1\.[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/)
  assert.equal(answer.headers['cache-control'], 'no-store')
})

test('who comes back is signed in, returns to where they wanted to go, and the sign-in is recorded', async () => {
  const alice = house.server.begin('editor', 'alice')
  const begun = await get(house.port, '/notes?x=1', { headers: navigating })
  const back = house.server.authorize(begun.headers.location ?? '', alice)
  const done = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
  assert.equal(done.status, 303)
  assert.equal(done.headers.location, `${origin}/notes?x=1`)
  assert.deepEqual(
    done.headers['set-cookie']?.map((line) => line.replace(/=g1\.[\w-]+/, '=g1.…')),
    ['countersign_gateway=g1.…; Path=/; HttpOnly; SameSite=Lax', 'countersign_flow_0=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'],
  )
  const answer = await get(house.port, '/notes?x=1', { headers: { ...navigating, cookie: cookiesOf(done) } })
  assert.equal(answer.body, 'app saw GET /notes?x=1')
  const [event] = house.server.events.filter(({ event: { what }, actor }) => what === 'gateway.signed_in' && actor?.session === alice.id)
  assert.equal(event?.event.about, origin)
})

for (const [says, method, headers] of [
  ['a script', 'GET', { accept: '*/*', 'sec-fetch-mode': 'cors' }],
  ['a program', 'GET', {}],
  ['a script that asks for a page', 'GET', { accept: 'text/html', 'sec-fetch-mode': 'cors' }],
  ['HEAD', 'HEAD', navigating],
] as const) {
  test(`${says} is told 401 and not redirected`, async () => {
    const answer = await get(house.port, '/notes', { method, headers })
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.location, undefined)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    assert.equal(answer.headers['set-cookie'], undefined)
    if (method === 'GET') assert.equal(problemOf(answer), 'gateway.not_signed_in')
  })
}

test('a form that is posted by nobody is told 401 on a page, and its body goes nowhere', async () => {
  const answer = await get(house.port, '/notes', {
    method: 'POST',
    headers: { ...navigating, 'sec-fetch-site': 'same-origin' },
    body: 'text=x',
  })
  assert.equal(answer.status, 401)
  assert.equal(pageOf(answer)['heading'], 'Sign in first')
})

test('strangers are counted, not recorded one by one', async () => {
  const refused = (): number => house.server.events.filter(({ event }) => event.outcome === 'refused').length
  const before = refused()
  const known = house.server.strangers.get('gateway.not_signed_in') ?? 0
  await get(house.port, '/notes')
  await until(() => (house.server.strangers.get('gateway.not_signed_in') ?? 0) > known)
  assert.equal(refused(), before)
})

test('a callback with a state that nobody began is refused', async () => {
  const answer = await get(house.port, `/.countersign/callback?code=c&state=${'a'.repeat(22)}&iss=${encodeURIComponent(issuer)}`, {
    headers: navigating,
  })
  assert.equal(answer.status, 400)
  assert.equal(pageOf(answer)['code'], 'gateway.unknown_sign_in')
  assert.equal(answer.headers['set-cookie'], undefined)
})

test('an answer that comes to another browser than the one that began is refused, and the code is not spent', async () => {
  const mallory = house.server.begin('editor', 'mallory')
  const begun = await get(house.port, '/', { headers: navigating })
  const back = house.server.authorize(begun.headers.location ?? '', mallory)
  const victim = await get(house.port, '/', { headers: navigating })
  const answer = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(victim) } })
  assert.equal(answer.status, 400)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal(house.server.codes.has(back.searchParams.get('code') ?? ''), true)
})

test('an answer of another issuer is refused, RFC 9207 section 2.4, and so is one that names none', async () => {
  const alice = house.server.begin('editor', 'alice')
  for (const iss of ['https://evil.test', undefined]) {
    const begun = await get(house.port, '/', { headers: navigating })
    const back = house.server.authorize(begun.headers.location ?? '', alice)
    if (iss === undefined) back.searchParams.delete('iss')
    else back.searchParams.set('iss', iss)
    const answer = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
    assert.equal(pageOf(answer)['code'], 'gateway.wrong_issuer')
    assert.equal(house.server.codes.has(back.searchParams.get('code') ?? ''), true)
  }
})

test('a code that was issued for another request (another nonce) signs nobody in', async () => {
  const mallory = house.server.begin('editor', 'mallory')
  const begun = await get(house.port, '/', { headers: navigating })
  const mixed = new URL(begun.headers.location ?? '')
  mixed.searchParams.set('nonce', 'another')
  const back = house.server.authorize(mixed.href, mallory)
  const answer = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
  assert.equal(pageOf(answer)['code'], 'gateway.sign_in_failed')
  assert.equal(answer.headers['set-cookie'], undefined)
})

test('a callback that is opened a second time is refused', async () => {
  const alice = house.server.begin('editor', 'alice')
  const begun = await get(house.port, '/', { headers: navigating })
  const back = house.server.authorize(begun.headers.location ?? '', alice)
  const cookie = cookiesOf(begun)
  const first = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie } })
  assert.equal(first.status, 303)
  const second = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie } })
  assert.equal(pageOf(second)['code'], 'gateway.sign_in_failed')
  const third = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(first, cookie) } })
  assert.equal(pageOf(third)['code'], 'gateway.unknown_sign_in')
})

test('a sign-in that the person or the server refused ends on a page, without a word of the query', async () => {
  const begun = await get(house.port, '/', { headers: navigating })
  const state = new URL(begun.headers.location ?? '').searchParams.get('state') ?? ''
  const query = new URLSearchParams({ error: 'access_denied', error_description: 'planted-words', state, iss: issuer })
  const answer = await get(house.port, `/.countersign/callback?${query.toString()}`, {
    headers: { ...navigating, cookie: cookiesOf(begun) },
  })
  assert.equal(answer.status, 403)
  assert.equal(pageOf(answer)['code'], 'gateway.sign_in_refused')
  assert.doesNotMatch(answer.body, /planted-words/)
})

const unreadable = [
  { says: 'longer than any', code: 'a'.repeat(257) },
  { says: 'very long', code: 'a'.repeat(6_000) },
  { says: 'with a control character', code: '%01' },
  { says: 'with a line end', code: 'a%0ab' },
  { says: 'of other letters', code: '%C3%BC' },
  { says: 'empty', code: '' },
]
for (const { says, code } of unreadable) {
  test(`a code that is ${says} goes no further (a stranger cut the channel of everybody with it)`, async () => {
    const begun = await get(house.port, '/', { headers: navigating })
    const state = new URL(begun.headers.location ?? '').searchParams.get('state') ?? ''
    const target = `/.countersign/callback?state=${state}&iss=${encodeURIComponent(issuer)}&code=${code}`
    const answer = await get(house.port, target, { headers: { ...navigating, cookie: cookiesOf(begun) } })
    assert.deepEqual([answer.status, pageOf(answer)['code']], [400, 'request.malformed'])
    assert.equal(house.channel.connected, 1)
  })
}

for (const query of ['code=a&code=b&state=s', 'state=s&state=t&code=c', 'code=c', 'state=s', 'code=c&error=e&state=s']) {
  test(`a callback with ?${query} is malformed`, async () => {
    const answer = await get(house.port, `/.countersign/callback?${query}`, { headers: navigating })
    assert.equal(answer.status, 400)
    assert.match(pageOf(answer)['code'] ?? '', /^request\./)
  })
}

test('five tabs can be signed in at once; the oldest of them gives way', async () => {
  let cookie = ''
  const locations: string[] = []
  for (let tab = 0; tab < 5; tab += 1) {
    const begun = await get(house.port, `/notes?tab=${tab}`, { headers: { ...navigating, ...(cookie === '' ? {} : { cookie }) } })
    locations.push(begun.headers.location ?? '')
    cookie = cookiesOf(begun, cookie)
  }
  assert.equal(cookie.split('; ').length, 4)
  const alice = house.server.begin('editor', 'alice')
  const outcomes: string[] = []
  for (const location of locations) {
    const back = house.server.authorize(location, alice)
    const done = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie } })
    outcomes.push(done.headers.location ?? String(done.status))
  }
  assert.deepEqual(outcomes, ['400', ...[1, 2, 3, 4].map((tab) => `${origin}/notes?tab=${tab}`)])
})

test('a sign-in leads back to the host it began on, whatever the address says', async () => {
  const alice = house.server.begin('editor', 'alice')
  for (const path of ['/notes?next=https://evil.test', '/notes?//evil.test', '/@evil.test', '/notes?\\evil']) {
    const begun = await get(house.port, path, { headers: navigating })
    if (begun.status === 400) continue
    const back = house.server.authorize(begun.headers.location ?? '', alice)
    const done = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
    assert.equal(new URL(done.headers.location ?? '').origin, origin)
  }
  for (const path of ['//evil.test/', '/\\evil.test', '/%2f/evil.test', 'http://evil.test/']) {
    assert.equal((await get(house.port, path, { headers: navigating })).status, 400, path)
  }
})

test('a very long address is not returned to', async () => {
  const alice = house.server.begin('editor', 'alice')
  const begun = await get(house.port, `/notes?${'x'.repeat(2_000)}`, { headers: navigating })
  const back = house.server.authorize(begun.headers.location ?? '', alice)
  const done = await get(house.port, `${back.pathname}${back.search}`, { headers: { ...navigating, cookie: cookiesOf(begun) } })
  assert.equal(done.headers.location, `${origin}/`)
})

test('a session of one host is nothing on another', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  assert.equal((await get(house.port, '/', { headers: { cookie } })).status, 200)
  const other = await get(house.port, '/', { headers: { host: 'other.localhost:9001', cookie } })
  assert.equal(other.status, 401)
})

test('a changed, cut or made-up session cookie is nothing, and two of them are refused', async () => {
  const cookie = await signIn(house, house.server.begin('editor', 'alice'))
  const flipped = cookie.endsWith('A') ? `${cookie.slice(0, -1)}B` : `${cookie.slice(0, -1)}A`
  for (const bad of [flipped, cookie.slice(0, -4), cookie.replace('g1.', 'g2.'), 'countersign_gateway=g1.', 'countersign_gateway=x']) {
    assert.equal((await get(house.port, '/', { headers: { cookie: bad } })).status, 401, bad)
  }
  assert.equal((await get(house.port, '/', { headers: { cookie: `${cookie}; ${cookie}` } })).status, 400)
})

test('signing out ends the central session and removes the cookie', async () => {
  const alice = house.server.begin('editor', 'alice')
  const cookie = await signIn(house, alice)
  const headers = { ...navigating, 'sec-fetch-site': 'same-origin', origin: `http://${authority}`, cookie }
  const answer = await get(house.port, '/.countersign/sign-out', { method: 'POST', headers })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, `${issuer}/signed-out`)
  assert.equal(cookiesOf(answer, cookie), '')
  assert.equal(house.server.sessions.has(alice.id), false)
  assert.equal((await get(house.port, '/', { headers: { cookie } })).status, 401)
  assert.equal(
    house.server.events.some(({ event, actor }) => event.what === 'gateway.signed_out' && actor?.session === alice.id),
    true,
  )
})

test('another site cannot sign anybody out: the identity server asks first', async () => {
  const alice = house.server.begin('editor', 'alice')
  const cookie = await signIn(house, alice)
  const posted = await get(house.port, '/.countersign/sign-out', {
    method: 'POST',
    headers: { ...navigating, 'sec-fetch-site': 'cross-site', cookie },
  })
  assert.equal(posted.status, 403)
  const linked = await get(house.port, '/.countersign/sign-out', { headers: { ...navigating, 'sec-fetch-site': 'cross-site', cookie } })
  assert.match(linked.headers.location ?? '', new RegExp(`^${issuer}/logout\\?client_id=notes-gateway&post_logout_redirect_uri=`))
  assert.equal(house.server.sessions.has(alice.id), true)
  const own = await get(house.port, '/.countersign/sign-out', { headers: { ...navigating, 'sec-fetch-site': 'same-origin', cookie } })
  assert.equal(own.headers.location, `${issuer}/signed-out`)
  assert.equal(house.server.sessions.has(alice.id), false)
})

test('hosts that are not ours get 421, before anything else is looked at', async () => {
  for (const host of ['evil.test', 'notes.localhost', 'notes.localhost:9002', 'notes.localhost.:9001', '']) {
    const answer = await get(house.port, '/', { headers: { ...navigating, host } })
    assert.equal(answer.status, 421, host)
  }
  assert.equal((await get(house.port, '/', { headers: { ...navigating, host: 'NOTES.localhost:9001' } })).status, 303)
})

test('our own pages have the headers of WEB-3', async () => {
  const { headers } = await get(house.port, '/.countersign/callback', { headers: navigating })
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/)
  assert.equal(headers['x-frame-options'], 'DENY')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  const style = await get(house.port, '/.countersign/countersign.css')
  assert.equal(style.headers['content-type'], 'text/css; charset=utf-8')
  assert.equal((await get(house.port, '/.countersign/else')).status, 404)
})
