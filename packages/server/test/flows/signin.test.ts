import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '#kernel'
import type { Store } from '#store'
import { goodPassword, peopleMigrations } from '../people.ts'
import { recordingRecorder } from '../record.ts'
import { newTestBrowser, serveSignin, testBrowserCookie, type TestSignin } from '../signin.ts'
import { openTestStore } from '../store.ts'

const recording = recordingRecorder()
const store = await openTestStore(peopleMigrations, recording.recorder)
const alice = { username: 'alice', password: goodPassword }
const wrong = { username: 'alice', password: 'not her password at all' }

/** A house with alice in it; what was recorded before is forgotten. */
async function open(options: Parameters<typeof serveSignin>[1] = {}, over: Store = store) {
  const house = await serveSignin(over, options)
  const user = await house.identity.createUser(house.op(), { ...alice, name: 'Alice Moreau', email: 'alice@example.com' })
  recording.events.length = 0
  return { ...house, user }
}

/** A browser that the authorization endpoint has been to. */
const visitor = (address?: string) => newTestBrowser(address, { countersign_browser: testBrowserCookie })

test('a person who was sent by an app signs in and is sent on', async () => {
  const { ask, wait, user, sessions, op, served } = await open()
  const browser = visitor()
  const state = wait(browser, { loginHint: 'alice' })
  const page = await ask(browser, { url: `/sign-in?state=${state}` })
  assert.equal(page.statusCode, 200)
  assert.match(page.body, /<h1>Sign in to Notes<\/h1>/)
  assert.match(page.body, /name="username" value="alice"/)
  assert.match(String(page.headers['content-security-policy']), /form-action 'self' https:\/\/notes\.example\.test;/)
  assert.equal(page.headers['cache-control'], 'no-store')
  const answer = await ask(browser, { url: '/sign-in', form: { ...alice, state }, headers: { 'user-agent': 'Firefox/149.0 Linux' } })
  assert.equal(answer.statusCode, 303)
  assert.equal(answer.headers.location, `/authorize/resume?state=${state}`)
  const session = await sessions.find(op(), browser.cookies.get('countersign_session') ?? '')
  assert.equal(session?.user, user)
  assert.deepEqual([session?.acr, session?.amr], ['1fa', ['pwd']])
  assert.deepEqual(
    recording.events.map(({ what, about, outcome, actor }) => ({ what, about, outcome, actor: actor.is })),
    [
      { what: 'signin.succeeded', about: user, outcome: 'done', actor: 'user' },
      { what: 'session.started', about: session?.id, outcome: 'done', actor: 'user' },
    ],
  )
  assert.deepEqual(served.counted, [])
  assert.equal((await sessions.list(op(), { limit: 1 })).items[0]?.device, 'Firefox on Linux')
})

test('the cookies of a sign-in: hidden from scripts, for this host alone, the session only until the browser closes', async () => {
  const { ask } = await open()
  const cookies = (await ask(newTestBrowser(), { url: '/sign-in', form: alice })).headers['set-cookie']
  assert.ok(Array.isArray(cookies))
  assert.match(cookies[0] ?? '', /^countersign_session=s1\.[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  assert.match(cookies[1] ?? '', /^countersign_browser=[A-Za-z0-9_-]{22}; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Lax$/)
  const secure = await open({ origin: 'https://id.example.test' })
  const secured = (await secure.ask(newTestBrowser(), { url: '/sign-in', form: alice })).headers['set-cookie']
  assert.ok(Array.isArray(secured))
  assert.equal(secured.length, 2)
  for (const cookie of secured) assert.match(cookie, /^__Host-countersign_[a-z]+=[^;]+; Path=\/;.* HttpOnly; Secure; SameSite=Lax$/)
})

test('without an app to go to, a person is told that they are signed in, and may sign out', async () => {
  const { ask, user, sessions, op } = await open()
  const browser = newTestBrowser()
  assert.equal((await ask(browser, { url: '/signed-in' })).headers.location, '/sign-in')
  assert.match((await ask(browser, { url: '/sign-in' })).body, /<h1>Sign in<\/h1>/)
  assert.equal((await ask(browser, { url: '/sign-in', form: alice })).headers.location, '/signed-in')
  assert.match((await ask(browser, { url: '/signed-in' })).body, /<strong><bdi>Alice Moreau<\/bdi><\/strong>/)
  assert.equal((await ask(browser, { url: '/sign-in' })).headers.location, '/signed-in')
  recording.events.length = 0
  const out = await ask(browser, { url: '/sign-out', form: {} })
  assert.equal(out.headers.location, '/signed-out')
  assert.equal(browser.cookies.has('countersign_session'), false)
  assert.match((await ask(browser, { url: '/signed-out' })).body, /You are signed out/)
  assert.deepEqual((await sessions.list(op(), { limit: 1 })).items, [])
  const [ended] = recording.events
  assert.deepEqual([ended?.what, ended?.facts, ended?.actor.is], ['session.ended', { user, why: 'signed_out' }, 'user'])
  assert.equal((await ask(browser, { url: '/sign-out', form: {} })).headers.location, '/signed-out', 'a second time is no mistake')
})

test('a wrong password and an unknown name have one answer, and neither is written down', async () => {
  const writes = countingWrites(await openTestStore(peopleMigrations, recording.recorder))
  const { ask, served } = await open({}, writes.store)
  const before = writes.count()
  const pages = []
  for (const username of ['alice', 'nobody', 'a b\u202e', 'nobody@example.com']) {
    const answer = await ask(newTestBrowser(), { url: '/sign-in', form: { username, password: wrong.password } })
    assert.equal(answer.statusCode, 401)
    assert.deepEqual(answer.cookies, [])
    pages.push(answer.body.replace(/value="[^"]*"/, 'value=""'))
  }
  assert.match(pages[0] ?? '', /role="alert">That name and password do not go together\. Check both\.</)
  assert.equal(new Set(pages).size, 1)
  assert.equal(writes.count(), before, 'a stranger wrote a row')
  assert.deepEqual(recording.events, [])
  assert.deepEqual(
    served.counted,
    Array.from({ length: 4 }, () => 'signin.not_together'),
  )
})

test('the name is kept for the next try, as text', async () => {
  const { ask } = await open()
  const answer = await ask(newTestBrowser(), { url: '/sign-in', form: { username: '"><script>alert(1)</script>', password: 'x' } })
  assert.match(answer.body, /name="username" value="&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;"/)
  assert.doesNotMatch(answer.body, /<script|value="x"/)
})

test('a disabled person cannot sign in', async () => {
  const { ask, identity, op, user } = await open()
  await identity.changeUser(op(), user, { state: 'disabled' })
  assert.equal((await ask(newTestBrowser(), { url: '/sign-in', form: alice })).statusCode, 401)
})

test('a state of another browser, an old one or a made-up one leads nowhere, whatever the password', async () => {
  const { ask, wait, sessions, op, served } = await open()
  const state = wait(visitor())
  const attempts = [
    { browser: newTestBrowser(), state },
    { browser: newTestBrowser('192.0.2.1', { countersign_browser: 'BBBBBBBBBBBBBBBBBBBBBA' }), state },
    { browser: visitor(), state: 'f1.made-up' },
  ]
  for (const { browser, state } of attempts) {
    for (const answer of [
      await ask(browser, { url: `/sign-in?state=${state}` }),
      await ask(browser, { url: '/sign-in', form: { ...alice, state } }),
    ]) {
      assert.equal(answer.statusCode, 400)
      assert.match(answer.body, /This sign-in took too long/)
      assert.deepEqual(answer.cookies, [])
    }
  }
  assert.deepEqual((await sessions.list(op(), { limit: 1 })).items, [])
  assert.deepEqual(new Set(served.counted), new Set(['signin.state_lost']))
})

const foreign = [
  { says: 'another site, by Sec-Fetch-Site', headers: { 'sec-fetch-site': 'cross-site' } },
  { says: 'another host of the same site', headers: { 'sec-fetch-site': 'same-site' } },
  { says: 'another origin', headers: { origin: 'https://evil.example' } },
  { says: 'no origin at all', headers: { origin: 'null' } },
] as const
for (const { says, headers } of foreign) {
  test(`nobody is signed in, or out, by a form from ${says}`, async () => {
    const { ask, sessions, op } = await open()
    const browser = newTestBrowser()
    assert.equal((await ask(browser, { url: '/sign-in', form: alice, headers })).statusCode, 403)
    assert.deepEqual((await sessions.list(op(), { limit: 1 })).items, [])
    await ask(browser, { url: '/sign-in', form: alice, headers: { 'sec-fetch-site': 'same-origin' } })
    assert.equal((await ask(browser, { url: '/sign-out', form: {}, headers })).statusCode, 403)
    assert.equal((await sessions.list(op(), { limit: 1 })).items.length, 1)
  })
}

test('a session cookie that somebody planted is never taken over (session fixation)', async () => {
  const { ask, sessions, op, identity } = await open()
  await identity.createUser(op(), { username: 'mallory', password: goodPassword })
  const mallory = newTestBrowser()
  await ask(mallory, { url: '/sign-in', form: { ...alice, username: 'mallory' } })
  const planted = mallory.cookies.get('countersign_session') ?? ''
  const victim = newTestBrowser('192.0.2.9', { countersign_session: planted })
  await ask(victim, { url: '/sign-in', form: alice })
  assert.notEqual(victim.cookies.get('countersign_session'), planted)
  assert.equal(await sessions.find(op(), planted), undefined, 'the planted session is over')
  const invented = newTestBrowser('192.0.2.9', { countersign_session: `s1.${'A'.repeat(43)}` })
  await ask(invented, { url: '/sign-in', form: alice })
  assert.notEqual(invented.cookies.get('countersign_session'), `s1.${'A'.repeat(43)}`)
})

test('too many wrong passwords from one network have to wait, right ones included, and know for how long', async () => {
  const { ask, served, pass } = await open({ guesses: { accountFromNetwork: { burst: 2, perSecond: 1 / 300 } } })
  for (let count = 0; count < 2; count += 1) assert.equal((await ask(newTestBrowser(), { url: '/sign-in', form: wrong })).statusCode, 401)
  for (const form of [wrong, alice]) {
    const answer = await ask(newTestBrowser(), { url: '/sign-in', form })
    assert.equal(answer.statusCode, 429)
    assert.equal(answer.headers['retry-after'], '300')
    assert.match(answer.body, /Wait 5 minutes, then try again\./)
    assert.match(answer.body, /<form method="post"/)
  }
  assert.equal((await ask(newTestBrowser('198.51.100.1'), { url: '/sign-in', form: alice })).statusCode, 303, 'another network')
  pass(300_000)
  assert.equal((await ask(newTestBrowser(), { url: '/sign-in', form: alice })).statusCode, 303)
  assert.deepEqual(served.counted, ['signin.not_together', 'signin.not_together', 'signin.too_many_attempts', 'signin.too_many_attempts'])
})

test('right passwords cost no attempts', async () => {
  const { ask } = await open({ guesses: { accountFromNetwork: { burst: 2, perSecond: 1 / 300 } } })
  for (let count = 0; count < 5; count += 1) assert.equal((await ask(newTestBrowser(), { url: '/sign-in', form: alice })).statusCode, 303)
})

test('the name and the address of one account share its attempts', async () => {
  const { ask } = await open({ guesses: { accountFromNetwork: { burst: 2, perSecond: 1 / 300 } } })
  const statuses = []
  for (const username of ['alice', 'Alice@EXAMPLE.com', 'ALICE']) {
    statuses.push((await ask(newTestBrowser(), { url: '/sign-in', form: { ...wrong, username } })).statusCode)
  }
  assert.deepEqual(statuses, [401, 401, 429])
})

test('of guesses that are sent at once no more are tried than of guesses one after the other', async () => {
  const { ask } = await open({ guesses: { accountFromNetwork: { burst: 3, perSecond: 1 / 300 } } })
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(newTestBrowser(), { url: '/sign-in', form: wrong })))
  assert.equal(answers.filter((answer) => answer.statusCode === 401).length, 3)
  assert.equal(answers.filter((answer) => answer.statusCode === 429).length, 9)
})

test('strangers who guess at an account do not keep its owner out of a browser that is known', async () => {
  const rates = { accountFromNetwork: { burst: 2, perSecond: 1 / 300 }, account: { burst: 3, perSecond: 1 / 300 } }
  const { ask } = await open({ guesses: rates })
  const own = newTestBrowser()
  await ask(own, { url: '/sign-in', form: alice })
  await ask(own, { url: '/sign-out', form: {} })
  const statuses = []
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await ask(newTestBrowser(`198.51.100.${count}`), { url: '/sign-in', form: wrong })).statusCode)
  }
  assert.deepEqual(statuses, [401, 401, 401, 429])
  assert.equal((await ask(newTestBrowser(), { url: '/sign-in', form: alice })).statusCode, 429, 'a browser nobody knows')
  assert.equal((await ask(own, { url: '/sign-in', form: alice })).statusCode, 303)
  const other = newTestBrowser('198.51.100.9', { countersign_browser: testBrowserCookie })
  assert.equal((await ask(other, { url: '/sign-in', form: alice })).statusCode, 429, 'a cookie that somebody made up')
})

test('a full password pool sends strangers away with a time to come back, costs them no attempt, and lets known browsers in', async () => {
  const rates = { accountFromNetwork: { burst: 2, perSecond: 1 / 300 } }
  const { ask } = await open({ pool: { atOnce: 1, places: 1, placesForKnown: 2 }, guesses: rates })
  const own = newTestBrowser()
  await ask(own, { url: '/sign-in', form: alice })
  const flood = Array.from({ length: 6 }, (_, index) => ask(newTestBrowser(`198.51.100.${index}`), { url: '/sign-in', form: alice }))
  const [answers, known] = await Promise.all([Promise.all(flood), ask(own, { url: '/sign-in', form: alice })])
  const shed = answers.filter((answer) => answer.statusCode === 503)
  assert.equal(answers.filter((answer) => answer.statusCode === 303).length, 2)
  assert.equal(shed.length, 4)
  for (const answer of shed) {
    assert.equal(answer.headers['retry-after'], '2')
    assert.match(answer.body, /not available right now/)
  }
  assert.equal(known.statusCode, 303)
  const late = newTestBrowser('198.51.100.5')
  const statuses = []
  for (const form of [wrong, wrong, wrong]) statuses.push((await ask(late, { url: '/sign-in', form })).statusCode)
  assert.deepEqual(statuses, [401, 401, 429], 'being sent away cost an attempt')
})

const malformed = [
  { says: 'without a password', form: { username: 'alice' } },
  { says: 'without a name', form: { password: 'x' } },
  { says: 'with a field that nobody asked for', form: { ...alice, admin: 'true' } },
  { says: 'with a name of 321 characters', form: { ...alice, username: 'a'.repeat(321) } },
  { says: 'with a password of 1,025 characters', form: { ...alice, password: 'a'.repeat(1_025) } },
  { says: 'with an empty state', form: { ...alice, state: '' } },
  { says: 'with a NUL', form: { ...alice, username: 'a\0' } },
] as const
for (const { says, form } of malformed) {
  test(`a sign-in form ${says} is refused`, async () => {
    const { ask } = await open()
    const answer = await ask(newTestBrowser(), { url: '/sign-in', form })
    assert.equal(answer.statusCode, 400)
    assert.match(answer.body, /<h1>This cannot continue<\/h1>/)
  })
}

async function atConsent(house: TestSignin) {
  const browser = visitor()
  const state = house.wait(browser, {
    clientName: 'Ledger',
    scopes: ['openid', 'profile', 'email'],
    redirectUri: 'https://ledger.example/cb',
  })
  await house.ask(browser, { url: '/sign-in', form: { ...alice, state } })
  return { browser, state }
}

test('a person is asked in plain words, and what they decide is carried on', async () => {
  const house = await open()
  const { browser, state } = await atConsent(house)
  const page = await house.ask(browser, { url: `/consent?state=${state}` })
  assert.equal(page.statusCode, 200)
  assert.match(page.body, /<strong><bdi>Ledger<\/bdi><\/strong> at <strong><bdi>ledger\.example<\/bdi><\/strong> wants to:/)
  assert.match(page.body, /See your email address<small><bdi>alice@example\.com<\/bdi><\/small>/)
  assert.match(page.body, /Signed in as <strong><bdi>alice<\/bdi><\/strong>/)
  assert.match(String(page.headers['content-security-policy']), /form-action 'self' https:\/\/ledger\.example;/)
  for (const decision of ['allow', 'deny']) {
    const answer = await house.ask(browser, { url: '/consent', form: { state, decision } })
    assert.equal(answer.headers.location, `https://ledger.example/cb?decision=${decision}`)
  }
  assert.deepEqual(house.decided, [`allow ${house.user} open`, `deny ${house.user} open`])
})

test('nobody decides without a session, without the state, or with another word', async () => {
  const house = await open()
  const { browser, state } = await atConsent(house)
  const stranger = visitor()
  for (const request of [{ url: `/consent?state=${state}` }, { url: '/consent', form: { state, decision: 'allow' } }]) {
    const answer = await house.ask(stranger, request)
    assert.equal(answer.statusCode, 401)
    assert.match(answer.body, /href="\/sign-in"/)
  }
  assert.match((await house.ask(browser, { url: '/consent?state=f1.gone' })).body, /took too long/)
  assert.equal((await house.ask(browser, { url: '/consent' })).statusCode, 400)
  for (const form of [{ state }, { decision: 'allow' }, { state, decision: 'yes' }, { state, decision: 'allow', scope: 'admin' }]) {
    assert.equal((await house.ask(browser, { url: '/consent', form })).statusCode, 400)
  }
  assert.deepEqual(house.decided, [])
})

test('whoever is not the one who is signed in may sign in as themself and goes on with the same request', async () => {
  const house = await open()
  const { browser, state } = await atConsent(house)
  const answer = await house.ask(browser, { url: '/sign-out', form: { state } })
  assert.equal(answer.headers.location, `/sign-in?state=${state}`)
  assert.deepEqual((await house.sessions.list(house.op(), { limit: 1 })).items, [])
  assert.match((await house.ask(browser, { url: `/sign-in?state=${state}` })).body, /Sign in to Ledger/)
})

test('the stylesheet is kept for a year at the address that pages link to, and asked about elsewhere', async () => {
  const { ask } = await open()
  const browser = newTestBrowser()
  const [, href = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec((await ask(browser, { url: '/sign-in' })).body) ?? []
  const kept = await ask(browser, { url: href })
  assert.equal(kept.statusCode, 200)
  assert.equal(kept.headers['content-type'], 'text/css; charset=utf-8')
  assert.equal(kept.headers['cache-control'], 'public, max-age=31536000, immutable')
  const etag = String(kept.headers.etag)
  for (const url of ['/assets/countersign.css', '/assets/countersign.css?v=old']) {
    assert.equal((await ask(browser, { url })).headers['cache-control'], 'public, no-cache')
    const same = await ask(browser, { url, headers: { 'if-none-match': etag } })
    assert.equal(same.statusCode, 304)
    assert.equal(same.body, '')
  }
})

/** A store that counts its writes. */
function countingWrites(inner: Store): { readonly store: Store; readonly count: () => number } {
  let count = 0
  const write: Store['write'] = async (op: Operation, work) => {
    count += 1
    return inner.write(op, work)
  }
  const store = new Proxy(inner, {
    get: (target, name) => {
      if (name === 'write') return write
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { store, count: () => count }
}
