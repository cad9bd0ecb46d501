/**
 * What a log may hold: lines of ours by route template, of use to whoever keeps
 * the process running. Personal data is planted and found in no line, neither of
 * the server nor of the gateway, at the level that says the most. Secrets, in
 * every place that a request has, are the matter of `planted-secrets.test.ts`.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { until } from '../metrics.ts'
import { goodPassword } from '../people.ts'
import { makeAdministrator, makeMember, startProduction, type Production } from '../production.ts'
import { signIn, Visitor } from '../visitor.ts'
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

test('what people and clients are called and ask for is in no log, and its lines are of use', { timeout: 120_000 }, async () => {
  const house = await started({ level: 'info' })
  const { issuer, app } = house
  const planted = 'PLANTED'
  const ada = { username: `ada-${planted}`, password: `${goodPassword}-${planted}` }
  await makeAdministrator(house, ada)
  await makeMember(house, ada.username)
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
  const tokens = await signIn(new Visitor(issuer), client, ada)
  assert.equal(tokens.status, 200)
  const person = new Traveller()
  assert.equal((await person.open(`${app}/notes/${planted}?q=${planted}`, ada)).text, 'the app')
  await person.ask(`${app}/broken/${planted}?${planted}`, { headers: { 'user-agent': planted, referer: `https://${planted}.example/` } })

  const seen = await until('both processes wrote lines of requests', async () => {
    const found = lines(house).filter(({ msg }) => msg === 'request')
    return found.some(({ part }) => part === 'server') && found.some(({ part, status }) => part === 'gateway' && status === 502) && found
  })
  const log = house.product.log()
  assert.deepEqual(
    log.split('\n').filter((line) => line.includes(planted)),
    [],
  )
  assert.doesNotMatch(log, /127\.0\.0\.1|::1/)

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
