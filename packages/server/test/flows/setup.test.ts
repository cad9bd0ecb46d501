/**
 * The first administrator: a link that works once, for an hour, while there is
 * none, on the whole house.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Response as InjectedResponse } from 'light-my-request'
import { createHouseSetup } from '../../src/app/house-setup.ts'
import { openTestHouse, openVisitor, type TestHouse } from '../house.ts'
import { goodPassword } from '../people.ts'

interface SetupHouse extends TestHouse {
  readonly issueLink: () => Promise<string>
  /** Posts the form. What is absent is as it should be. */
  readonly post: (token: string, typed?: Readonly<Record<string, string>>) => Promise<InjectedResponse>
  readonly names: () => Promise<readonly string[]>
}

async function openSetupHouse(settings: Readonly<Record<string, unknown>> = {}): Promise<SetupHouse> {
  const house = await openTestHouse({ settings })
  const { ground, identity, operation } = house.house
  const setup = createHouseSetup(ground.store, identity)
  const base = new URL(house.issuer).pathname.replace(/\/$/, '')
  return {
    ...house,
    issueLink: async () => setup.issueLink(operation('test')),
    post: async (token, typed = {}) =>
      openVisitor(house.inject).post(`${base}/setup`, { token, username: 'ada', name: 'Ada Lovelace', password: goodPassword, ...typed }),
    names: async () => (await house.events()).map(({ what }) => what),
  }
}

/** One house with a link that nobody here has. */
const strangers = await openSetupHouse()
await strangers.issueLink()

const notValid = /This link does not work/
const done = /There is an administrator already/

describe('the link from init', () => {
  test('makes the first administrator, once', async () => {
    const house = await openSetupHouse()
    const token = await house.issueLink()
    assert.match(token, /^b1\.[A-Za-z0-9_-]{43}$/)
    const made = await house.post(token)
    assert.equal(made.statusCode, 200)
    assert.match(made.body, /You are the administrator/)

    const [ada] = (await house.house.identity.listUsers(house.house.operation('test'), { limit: 10 })).items
    assert.deepEqual([ada?.username, ada?.name, ada?.roles], ['ada', 'Ada Lovelace', ['owner']])
    const events = (await house.events()).filter(({ what }) => /^(setup|user|role)\./.test(what))
    assert.deepEqual(
      events.map(({ what, about }) => [what, about]),
      [
        ['setup.link_issued', house.house.ground.tenant],
        ['user.created', ada?.id],
        ['role.assigned', ada?.id],
        ['setup.finished', ada?.id],
      ],
    )
    const owner = await house.tokenOf({ id: ada?.id ?? ('' as never), username: 'ada', password: goodPassword })
    assert.equal((await house.get('/admin/v1/users', owner)).statusCode, 200)

    const again = await house.post(token, { username: 'mallory' })
    assert.equal(again.statusCode, 400)
    assert.match(again.body, notValid)
    assert.equal((await house.house.identity.listUsers(house.house.operation('test'), { limit: 10 })).items.length, 1)
  })

  test('works a moment before its hour is over, and not after', async () => {
    for (const [ms, status] of [
      [3_600_000 - 1, 200],
      [3_600_000, 400],
    ] as const) {
      const house = await openSetupHouse()
      const token = await house.issueLink()
      house.clock.forwardMs(ms)
      assert.equal((await house.post(token)).statusCode, status)
    }
  })

  test('is replaced by the next one', async () => {
    const house = await openSetupHouse()
    const first = await house.issueLink()
    const second = await house.issueLink()
    assert.match((await house.post(first)).body, notValid)
    assert.equal((await house.post(second)).statusCode, 200)
  })

  test('is not made and does not work while somebody is an administrator', async () => {
    const house = await openSetupHouse()
    const token = await house.issueLink()
    await house.user('earlier', 'owner')
    assert.match((await house.post(token)).body, done)
    await assert.rejects(house.issueLink(), { code: 'setup.done' })
  })

  test('of two that are posted at once, one makes an administrator', async () => {
    const house = await openSetupHouse()
    const token = await house.issueLink()
    const both = await Promise.all([house.post(token, { username: 'ada' }), house.post(token, { username: 'mallory' })])
    assert.deepEqual(new Set(both.map(({ statusCode }) => statusCode)), new Set([200, 400]))
    assert.equal((await house.house.identity.listUsers(house.house.operation('test'), { limit: 10 })).items.length, 1)
  })
})

describe('what strangers try', () => {
  const tokens = ['', 'b1.', 'b1.AAAA', `b1.${'A'.repeat(43)}`, `b2.${'A'.repeat(43)}`, `b1.${'é'.repeat(22)}`, 'x'.repeat(256)]
  for (const token of tokens) {
    test(`the token ${JSON.stringify(token.slice(0, 12))} makes nobody, tells nothing and writes no row`, async () => {
      const before = await strangers.names()
      const answer = await strangers.post(token)
      assert.equal(answer.statusCode, 400)
      assert.match(answer.body, notValid)
      assert.deepEqual(await strangers.names(), before)
    })
  }

  test('a token too long for one of ours, and a field too many, are malformed', async () => {
    assert.equal((await strangers.post('x'.repeat(257))).statusCode, 400)
    assert.equal((await strangers.post('x', { role: 'owner' })).statusCode, 400)
  })

  test('a page of another site cannot post the form', async () => {
    const answer = await strangers.inject({
      method: 'POST',
      url: '/setup',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
      payload: 'token=x&username=a&password=b',
    })
    assert.equal(answer.statusCode, 403)
  })
})

describe('a form that was wrong', () => {
  for (const row of [
    { says: 'a short password', typed: { password: 'short' }, problem: /at least 15 characters/ },
    {
      says: 'a password made of the name',
      typed: { username: 'adalovelace', password: 'adalovelaceadalovelace' },
      problem: /too easy to guess/,
    },
    { says: 'a user name that cannot be', typed: { username: 'a b' }, problem: /A user name has 1 to 64/ },
    { says: 'a name that cannot be', typed: { name: 'a\u202eb' }, problem: /That name is too long or holds/ },
  ]) {
    test(`with ${row.says} says so, keeps what was typed but the password, and gives the link back`, async () => {
      const house = await openSetupHouse()
      const token = await house.issueLink()
      const refused = await house.post(token, row.typed)
      assert.equal(refused.statusCode, 400)
      assert.match(refused.body, row.problem)
      assert.match(refused.body, new RegExp(`<input type="hidden" name="token" value="${token.replace('.', '\\.')}">`))
      assert.ok(!refused.body.includes(row.typed.password ?? goodPassword))
      assert.equal((await house.post(token)).statusCode, 200)
    })
  }

  test('shows what was typed as text', async () => {
    const house = await openSetupHouse()
    const { body } = await house.post('"><script>alert(1)</script>', { username: '<b>', name: '"\'&' })
    assert.doesNotMatch(body, /<script>alert|<b>/)
    assert.match(body, /value="&lt;b&gt;"/)
  })
})

test('a link that was claimed by a process that died works again after a minute', async () => {
  const house = await openSetupHouse()
  const token = await house.issueLink()
  const { store } = house.house.ground
  let dies = true
  const setup = createHouseSetup(store, {
    ...house.house.identity,
    createUser: async (op, person) => (dies ? new Promise(() => {}) : house.house.identity.createUser(op, person)),
  })
  const op = () => house.house.operation('test')
  void setup.finish(op(), token, { username: 'ada', password: goodPassword })
  await claimed()
  dies = false
  house.clock.forwardMs(59_999)
  await assert.rejects(setup.finish(op(), token, { username: 'ada', password: goodPassword }), { code: 'setup.link_not_valid' })
  house.clock.forwardMs(1)
  await setup.finish(op(), token, { username: 'ada', password: goodPassword })

  /** Waits until the claim has committed. */
  async function claimed(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const rows = await store.read(op(), async (db) =>
        db.withTables<{ setup_link: { claimed_until_ms: number | null } }>().selectFrom('setup_link').select('claimed_until_ms').execute(),
      )
      if (rows.some(({ claimed_until_ms: until }) => until !== null)) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('the link was never claimed')
  }
})

test('below a path of the issuer, the page, its script and its form are there', async () => {
  const house = await openSetupHouse({ issuer: 'http://localhost:9000/id' })
  const token = await house.issueLink()
  const page = await house.get('/id/setup')
  assert.equal(page.statusCode, 200)
  const [, script = ''] = /<script src="([^"]+)"/.exec(page.body) ?? []
  assert.equal((await house.get(script)).statusCode, 200)
  assert.match(page.body, /action="\/id\/setup"/)
  const made = await house.post(token)
  assert.match(made.body, /href="\/id\/sign-in"/)
  assert.equal((await house.get('/id/sign-in')).statusCode, 200)
})

test('the script is let in by the page’s policy, and nothing else is', async () => {
  const house = await openSetupHouse()
  const page = await house.get('/setup')
  const policy = String(page.headers['content-security-policy'])
  const [, nonce = ''] = /<script src="[^"]+" nonce="([^"]+)"/.exec(page.body) ?? []
  assert.ok(nonce.length >= 20)
  assert.match(policy, new RegExp(`script-src 'nonce-${nonce.replace(/[+/]/g, '\\$&')}'`))
  assert.doesNotMatch(policy, /unsafe/)
  const script = await house.get('/assets/setup.js')
  assert.match(String(script.headers['content-type']), /^text\/javascript/)
  assert.equal(script.headers['x-content-type-options'], 'nosniff')
})
