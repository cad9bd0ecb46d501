/**
 * What a log may hold: lines of ours by route template. Secrets and personal
 * data are planted in every place that a request has, and are found in no line,
 * neither of the server nor of the gateway, at the level that says the most.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { until } from '../metrics.ts'
import { goodPassword } from '../people.ts'
import { makeAdministrator, makeMember, startProduction, type Production } from '../production.ts'
import { exchange, signIn, Visitor } from '../visitor.ts'
import { Traveller } from '../traveller.ts'

type Line = Readonly<Record<string, unknown>>

async function started(log: object): Promise<Production & { readonly issuer: string; readonly app: string }> {
  const production = await startProduction({
    app: (incoming, response) => {
      if ((incoming.url ?? '').includes('broken')) response.destroy()
      else response.end('the app')
    },
    settings: { log },
  })
  after(async () => production.product.stop('SIGKILL'))
  return {
    ...production,
    issuer: `http://localhost:${production.port}`,
    app: `http://notes.localhost:${production.gatewayPort}`,
  }
}

/** The lines about requests, each an object on a line of its own. */
function lines(production: Production): readonly Line[] {
  return production.product
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** Bytes as a client that obeys nothing sends them. */
async function sendRaw(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve()).once('close', () => resolve())
    socket.setTimeout(2_000, () => socket.destroy())
    socket.resume().end(text)
  })
}

test('planted secrets and personal data are in no log', { timeout: 120_000 }, async () => {
  const house = await started({ level: 'info' })
  const { issuer, app, port, gatewayPort } = house
  const planted = 'PLANTED'
  const ada = { username: `ada-${planted}`, password: `${goodPassword}-${planted}` }
  await makeAdministrator(house, ada)
  await makeMember(house, ada.username)

  // The ways that go well, with everything that is secret about them.
  const made = (await house.admin('POST', '/clients', {
    clientId: 'plain',
    name: `Name ${planted}`,
    kind: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: ['http://127.0.0.1:4999/callback'],
    scopes: ['openid', 'profile'],
    audiences: ['https://api.example'],
  })) as { readonly secret: string }
  const client = { client_id: 'plain', client_secret: made.secret, redirect_uri: 'http://127.0.0.1:4999/callback', scope: 'openid profile' }
  const visitor = new Visitor(issuer)
  const tokens = await signIn(visitor, client, ada)
  const fresh = await exchange(issuer, client, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
  const again = await exchange(issuer, client, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
  const own = await exchange(issuer, client, { grant_type: 'client_credentials' })
  const person = new Traveller()
  assert.equal((await person.open(`${app}/notes/${planted}?q=${planted}`, ada)).text, 'the app')
  const secrets = [made.secret, house.setupToken, ...visitor.cookies.values(), ...person.cookiesOf(new URL(app).host).split(/[=;]\s*/)]
  for (const answer of [tokens, fresh, again, own])
    secrets.push(answer.access_token ?? '', answer.refresh_token ?? '', answer.id_token ?? '')

  // And those that do not.
  const junk = {
    authorization: `Bearer ${planted}.${planted}.${planted}`,
    cookie: `countersign_session=${planted}; other=${planted}`,
    'x-forwarded-for': `203.0.113.7, ${planted}`,
    'user-agent': `Mozilla ${planted}`,
    referer: `https://${planted}.example/`,
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    'x-request-id': planted,
  }
  const stranger = new Traveller()
  for (const where of [issuer, app]) {
    await stranger.ask(`${where}/${planted}?token=${planted}`, { headers: junk })
    await stranger.ask(`${where}/sign-in?state=${planted}`, { headers: junk })
    await stranger.ask(`${where}/.countersign/callback?code=${planted}&state=${planted}&error=${planted}`, { headers: junk })
    await stranger.ask(`${where}/admin/v1/users/${planted}`, { headers: junk })
    await stranger.ask(`${where}/token`, {
      form: { grant_type: planted, client_id: planted, client_secret: planted, code: planted },
      headers: junk,
    })
    await stranger.ask(`${where}/sign-in`, { form: { username: planted, password: planted } })
  }
  await person.ask(`${app}/broken/${planted}?${planted}`, { headers: { 'user-agent': planted } })
  for (const to of [port, gatewayPort]) {
    await sendRaw(to, `GET /${planted} HTTP/1.1\r\nHost: ${planted}.example\r\n\r\n`)
    await sendRaw(to, `${planted} /${planted} HTTP/9.9\r\n${planted}\r\n\r\n`)
    await sendRaw(to, `GET / HTTP/1.1\r\nHost: localhost:${to}\r\nX: a\nb: ${planted}\r\n\r\n`)
    // A line of the log's own making, were the target ever written as it is.
    await sendRaw(to, `GET /%0a{"level":30,"msg":"${planted}"} HTTP/1.1\r\nHost: localhost:${to}\r\n\r\n`)
  }

  const seen = await until('both processes wrote lines of requests', async () => {
    const found = lines(house).filter(({ msg }) => msg === 'request')
    return found.some(({ part }) => part === 'server') && found.some(({ part, status }) => part === 'gateway' && status === 502) && found
  })
  const log = house.product.log()
  assert.deepEqual(
    log.split('\n').filter((line) => line.includes(planted)),
    [],
  )
  for (const secret of secrets.filter((one) => one.length > 8 && !one.startsWith('__') && !one.startsWith('countersign')))
    assert.ok(!log.includes(secret), `a secret was logged: ${secret.slice(0, 6)}…`)
  assert.doesNotMatch(log, /127\.0\.0\.1|203\.0\.113|::1/)

  // Lines are of use: which route, how it went, how long it took, and the id that leads to the record.
  const signedIn = seen.find(({ route, status }) => route === '/sign-in' && status === 303)
  assert.ok(signedIn)
  assert.deepEqual(Object.keys(signedIn).sort(), ['durationMs', 'level', 'method', 'msg', 'part', 'requestId', 'route', 'status', 'time'])
  assert.match(String(signedIn['requestId']), /^req_/)
  assert.ok(Number(signedIn['durationMs']) > 0)
  const forwarded = seen.find(({ part, status }) => part === 'gateway' && status === 200)
  assert.deepEqual([forwarded?.['app'], forwarded?.['route'], forwarded?.['method']], [app, '/*', 'GET'])
})

test('addresses are in the lines of requests where the configuration says so', { timeout: 60_000 }, async () => {
  const house = await started({ level: 'info', addresses: true })
  await new Traveller({ from: '127.0.0.3' }).ask(`${house.issuer}/livez`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
  await new Traveller({ from: '127.0.0.4' }).ask(`${house.app}/`)
  await until('both lines are there', async () => {
    const found = lines(house)
    return (
      found.some(({ part, address }) => part === 'server' && address === '127.0.0.3') &&
      found.some(({ part, address }) => part === 'gateway' && address === '127.0.0.4')
    )
  })
  assert.ok(!house.product.log().includes('203.0.113'))
})

test('at the usual level, requests that go well leave no line', { timeout: 60_000 }, async () => {
  const house = await started({ level: 'warn' })
  assert.equal((await new Traveller().ask(`${house.issuer}/livez`)).status, 200)
  assert.equal(await house.product.stop(), 0)
  assert.equal(house.product.log(), '')
})
