/** Two servers and their gateways on one PostgreSQL: what happens on one holds on the other. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { reach, Roamer, startCluster, tokenAt, webClient, type Cluster, type Member } from '../cluster.ts'
import { missingPostgres, pausePostgres, stopPostgresAfterwards } from '../postgres.ts'
import { countersign } from '../product.ts'

stopPostgresAfterwards()

const password = 'several words that do not belong'
const redirect = 'http://127.0.0.1/callback'

suite('two servers on one PostgreSQL', { skip: missingPostgres(), timeout: 280_000 }, () => {
  let cluster: Cluster
  let one: Member
  let other: Member

  before(async () => {
    cluster = await startCluster({
      settings: {
        clients: [webClient(redirect)],
      },
    })
    ;[one, other] = cluster.members
  })
  after(async () => cluster.stop())

  async function person(username: string, ...roles: readonly string[]): Promise<{ id: string; username: string; password: string }> {
    const { id } = await one.admin<{ id: string }>('POST', '/users', { username, password })
    for (const role of roles) await one.admin('PUT', `/users/${id}/roles/${role}`)
    return { id, username, password }
  }

  async function sessionsOf(username: string, at: Member = one): Promise<readonly string[]> {
    const { items } = await at.admin<{ items: readonly { id: string; username?: string }[] }>('GET', '/sessions?limit=200')
    return items.filter((session) => session.username === username).map(({ id }) => id)
  }

  /** Signed in at both gateways by one central session. */
  async function signedIn(username: string): Promise<{ browser: Roamer; id: string; session: string }> {
    const who = await person(username, 'member')
    const browser = new Roamer(cluster)
    assert.equal((await browser.open(() => one, cluster.app, who)).body, 'the app')
    assert.equal((await browser.open(() => other, cluster.app)).body, 'the app', 'the cookie of one gateway opens at the other')
    const [session = ''] = await sessionsOf(username)
    return { browser, id: who.id, session }
  }

  async function code(who: { username: string; password: string }, scope: string, at: Member): Promise<{ code: string; verifier: string }> {
    const verifier = randomBytes(32).toString('base64url')
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: 'web',
      redirect_uri: redirect,
      scope,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const { username } = who
    const { headers } = await new Roamer(cluster).open(() => at, `${cluster.issuer}/authorize?${asked}`, { username, password })
    return { code: new URL(headers.location ?? '').searchParams.get('code') ?? '', verifier }
  }

  async function redeem(at: Member, given: { code: string; verifier: string }): ReturnType<typeof tokenAt> {
    const { verifier: code_verifier, code } = given
    return tokenAt(cluster, at, { grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, code, code_verifier })
  }

  async function refresh(at: Member, token: unknown): ReturnType<typeof tokenAt> {
    return tokenAt(cluster, at, { grant_type: 'refresh_token', client_id: 'web', refresh_token: String(token) })
  }

  async function userinfo(at: Member, token: unknown): Promise<number> {
    const { status } = await reach(at.port, new URL('/userinfo', cluster.issuer), { headers: { authorization: `Bearer ${String(token)}` } })
    return status
  }

  async function readiness(at: Member): Promise<{ status: number; body: string }> {
    return reach(at.port, new URL('/readyz', cluster.issuer))
  }

  async function until(says: string | (() => string), holds: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
    const end = performance.now() + withinMs
    while (!(await holds())) {
      assert.ok(performance.now() < end, `not in time: ${typeof says === 'string' ? says : says()}`)
      await wait(20)
    }
  }

  test('every step of a sign-in may be sent to the other server, and what one signs the other believes', async () => {
    const alice = await person('alice', 'member')
    let turn = 0
    const next = (): Member => (turn++ % 2 === 0 ? one : other)
    assert.equal((await new Roamer(cluster).open(next, cluster.app, alice)).body, 'the app')
    assert.ok(turn > 4)
    const jwks = await Promise.all([one, other].map(async ({ port }) => (await reach(port, new URL('/jwks', cluster.issuer))).body))
    assert.equal(jwks[0], jwks[1])
    assert.match(jwks[0] ?? '', /"kid"/)
    const given = await code(alice, 'openid', one)
    const tokens = await redeem(other, given)
    assert.equal(tokens.status, 200)
    assert.deepEqual([await userinfo(one, tokens['access_token']), await userinfo(other, tokens['access_token'])], [200, 200])
    assert.equal((await redeem(one, given)).status, 400, 'a code is good once')
    assert.deepEqual([await userinfo(one, tokens['access_token']), await userinfo(other, tokens['access_token'])], [401, 401])
  })

  test('a session that is ended on one is refused on the other from the first request sent after the answer', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { browser, session } = await signedIn(`bob-${round}`)
      const tokens = await redeem(one, await code({ username: `bob-${round}`, password }, 'openid', one))
      const [ending, refusing] = round % 2 === 0 ? [one, other] : [other, one]
      assert.equal(await userinfo(refusing, tokens['access_token']), 200)
      await ending.admin('DELETE', `/sessions/${session}`)
      const first = await browser.send(refusing, cluster.app)
      assert.equal(first.status, 303, 'the gateway of the other server let it in')
      const [latest = ''] = await sessionsOf(`bob-${round}`)
      await ending.admin('DELETE', `/sessions/${latest}`)
      assert.equal(await userinfo(refusing, tokens['access_token']), 401, 'the other server believed its token')
    }
  })

  test('a person who is disabled on one is refused on the other at once, and one whose role is taken too', async () => {
    const { browser, id } = await signedIn('carol')
    const dave = await signedIn('dave')
    await other.admin('DELETE', `/users/${dave.id}/roles/member`)
    assert.equal((await dave.browser.send(one, cluster.app)).status, 403)
    await one.admin('PATCH', `/users/${id}`, { state: 'disabled' })
    assert.notEqual((await browser.send(other, cluster.app)).status, 200)
    assert.notEqual((await dave.browser.send(other, cluster.app)).status, 200)
  })

  test('a refresh token spent on one has the same successor on the other, and one that comes back ends both', async () => {
    const erin = await person('erin')
    const tokens = await redeem(one, await code(erin, 'openid offline_access', one))
    const [here, there] = await Promise.all([refresh(one, tokens['refresh_token']), refresh(other, tokens['refresh_token'])])
    assert.deepEqual([here.status, there.status], [200, 200])
    assert.equal(here['refresh_token'], there['refresh_token'])
    const next = await refresh(other, here['refresh_token'])
    assert.equal(next.status, 200)
    assert.equal((await refresh(one, tokens['refresh_token'])).status, 400)
    assert.equal((await refresh(other, next['refresh_token'])).status, 400)
    assert.deepEqual([await userinfo(one, next['access_token']), await userinfo(other, next['access_token'])], [401, 401])
  })

  test('policies that are activated on one decide on the other and at its gateway from the first request after the answer', async () => {
    const { browser } = await signedIn('frank')
    writeFileSync(
      join(one.policies, 'today.cedar'),
      '@id("closed") @public_reason("Closed today.") forbid (principal, action, resource);\n',
    )
    await one.admin('POST', '/policies/reload')
    const closed = await browser.send(other, cluster.app)
    assert.equal(closed.status, 403)
    assert.match(closed.body, /Closed today\./)
    // The other one has the files as they were: reading them makes them decide again, on both.
    await other.admin('POST', '/policies/reload')
    assert.equal((await browser.send(one, cluster.app)).body, 'the app')
    assert.equal((await browser.send(other, cluster.app)).body, 'the app')
  })

  test('with the notification channel cut, what was ended is refused within the stated second', async () => {
    const { browser, session } = await signedIn('grace')
    const client = new Client(cluster.database.superuser)
    await client.connect()
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = x'43535450'::int")
    const ended = one.admin('DELETE', `/sessions/${session}`)
    await ended
    const answeredMs = performance.now()
    await until('it is refused', async () => (await browser.send(other, cluster.app)).status !== 200, 1_500)
    assert.ok(performance.now() - answeredMs < 1_500)
    await until('both are back', async () => {
      const { rows } = await client.query<{ count: string }>("SELECT count(*) FROM pg_locks WHERE classid = x'43535450'::int")
      return rows[0]?.count === '2'
    })
    await client.end()
  })

  test('with the database paused, both refuse, say that they are not ready, and come back by themselves', async () => {
    const { browser } = await signedIn('heidi')
    const tokens = await redeem(one, await code({ username: 'heidi', password }, 'openid', one))
    const resume = await pausePostgres()
    try {
      await wait(1_100)
      for (const member of [one, other]) {
        assert.equal((await browser.send(member, cluster.app)).status, 503, 'a gateway let somebody in')
        assert.equal((await readiness(member)).status, 503)
        assert.equal(await userinfo(member, tokens['access_token']), 503)
      }
    } finally {
      resume()
    }
    for (const member of [one, other]) {
      let last = ''
      await until(
        () => `ready again, but ${last}`,
        async () => {
          const { status, body } = await readiness(member)
          last = body
          return status === 200
        },
      )
    }
    for (const member of [one, other]) {
      await until('the app answers again', async () => (await browser.open(() => member, cluster.app)).body === 'the app')
      assert.equal(await userinfo(member, tokens['access_token']), 200)
    }
  })

  test('a server that is killed leaves nothing behind: the other one takes the log over, and answers at once', async () => {
    const judy = await signedIn('judy')
    // Whoever grew the tree last goes on to.
    await one.admin('GET', '/audit/events?limit=1')
    one.product?.child.kill('SIGKILL')
    const size = async (): Promise<number> => {
      const { checkpoint } = await other.admin<{ checkpoint: string }>('GET', '/audit/checkpoint')
      return Number(checkpoint.split('\n')[1])
    }
    const before = await size()
    const beganMs = performance.now()
    await other.admin('DELETE', `/sessions/${judy.session}`)
    assert.ok(performance.now() - beganMs < 3_000)
    assert.notEqual((await judy.browser.send(other, cluster.app)).status, 200)
    await until('the tree grows', async () => (await size()) > before)
    const verified = await countersign(['audit', 'verify', '--json', '--data', other.dataDir])
    assert.equal(verified.code, 0, verified.out + verified.err)
    await one.start()
    assert.equal((await readiness(one)).status, 200)
  })
})
