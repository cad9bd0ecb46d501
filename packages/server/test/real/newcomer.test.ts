/**
 * From a fresh clone to a production-shaped https set-up, by the commands of the
 * production guide alone: they are taken from the guide and run in their order.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as openid from 'openid-client'
import { makeAuthority } from '../http-certificates.ts'
import { openMachine } from '../new-machine.ts'
import { missing } from '../parts.ts'
import { goodPassword } from '../people.ts'
import { freePort } from '../product.ts'
import { Traveller } from '../traveller.ts'

const guide = readFileSync(fileURLToPath(new URL('../../../../docs/guides/production.md', import.meta.url)), 'utf8')
const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands = '']) => commands)

const issuer = 'https://id.example.com'
const app = 'https://notes.example.com'
const needed = ['nginx', 'git', 'curl', 'openssl'].map(missing).find((reason) => reason !== false) ?? false

/** `fetch` as a library asks for it, to names that are all this machine. */
function fetchBy(traveller: () => Traveller): openid.CustomFetch {
  return async (url, { method, headers, body }) => {
    const form = body instanceof URLSearchParams ? { form: Object.fromEntries(body) } : {}
    const found = await traveller().ask(url, { method, headers: { accept: 'application/json', ...headers }, ...form })
    return new Response(found.text, { status: found.status, headers: { 'content-type': found.headers['content-type'] ?? '' } })
  }
}

test('a newcomer gets there by the guide alone', { skip: needed, timeout: 280_000 }, async () => {
  const upstream = createServer((request, response) => response.end(JSON.stringify(request.headers))).listen(0, '127.0.0.1')
  upstream.unref()
  const authority = makeAuthority()
  const ports = {
    80: await freePort(),
    443: await freePort(),
    9000: await freePort(),
    9001: await freePort(),
    9464: await freePort(),
    9465: await freePort(),
  }
  const machine = openMachine(ports, authority, [new URL(issuer).host, new URL(app).host])
  after(async () => machine.close())
  const browser = (): Traveller => new Traveller({ authority: authority.certificate, port: ports[443] })
  const left = [...blocks]
  /** Runs the next block of the guide, which is the one that does this. */
  const follow = async (what: string): Promise<string> => {
    const block = left.shift() ?? ''
    assert.ok(block.includes(what), `the next block of the guide has no ${what}:\n${block}`)
    return machine.run(block)
  }

  await follow('ID=id.example.com')
  await machine.run(`UPSTREAM=http://127.0.0.1:${(upstream.address() as AddressInfo).port} REPOSITORY='${join(machine.folder, 'source')}'`)
  await follow('git clone')
  await follow('useradd')
  await follow('countersign init')
  await follow('systemctl enable --now countersign')
  assert.match(await follow('nginx -t'), /"status":"ok"/)

  // The administrator opens the link.
  const link = new URL((await follow('first-administrator')).trim())
  assert.equal(link.origin, issuer)
  const root = { username: 'root', password: goodPassword }
  const page = await browser().ask(link.href.replace(/#.*/, ''))
  assert.equal(page.status, 200)
  const made = await browser().ask(`${issuer}/setup`, { form: { token: link.hash.slice(1), ...root } })
  assert.equal(made.status, 200, made.text)
  assert.notEqual((await browser().ask(`${issuer}/setup`, { form: { token: link.hash.slice(1), ...root } })).status, 200)
  const administrator = browser()
  assert.equal((await administrator.open(`${issuer}/sign-in`, root)).url.pathname, '/signed-in')

  // alice, and the app behind the gateway.
  assert.match(await follow('users create alice'), /alice/)
  const alice = { username: 'alice', password: readFileSync(join(machine.folder, 'opt/countersign/alice.password'), 'utf8').trim() }
  const person = browser()
  const seen = await person.open(`${app}/hello`, alice)
  assert.equal(seen.status, 200, seen.text)
  const told = JSON.parse(seen.text) as Readonly<Record<string, string>>
  assert.equal(told['x-forwarded-proto'], 'https')
  assert.equal(told['countersign-assertion']?.split('.').length, 3)
  const denied = await administrator.open(`${app}/hello`, root)
  assert.deepEqual([denied.status, /Members may/.test(denied.text)], [403, true], 'an administrator is no member')

  // The client of OpenID Connect signs alice in.
  const secret = /cs1_\S+/.exec(await follow('clients create Ledger'))?.[0] ?? ''
  const redirectUri = 'https://ledger.example.com/callback'
  const config = await openid.discovery(new URL(issuer), 'ledger', secret, undefined, { [openid.customFetch]: fetchBy(browser) })
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const asked = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    state: 'kept',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const back = await person.open(asked, alice, redirectUri)
  const tokens = await openid.authorizationCodeGrant(config, back.url, { pkceCodeVerifier, expectedState: 'kept', idTokenExpected: true })
  const { sub } = tokens.claims() ?? { sub: '' }
  assert.match(sub, /^usr_/)
  assert.equal((await openid.fetchUserInfo(config, tokens.access_token, sub)).sub, sub)
  const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
  assert.equal((await openid.fetchUserInfo(config, fresh.access_token, sub)).sub, sub)

  // The record tells it, and verifies; metrics are there after a restart that nobody notices; there is a backup.
  const record = await follow('audit verify')
  for (const event of ['signin.succeeded', 'client.created', 'gateway.allowed'])
    assert.ok(record.includes(event), `${event} is not in ${record}`)
  const measured = await follow('metrics')
  assert.match(measured, /countersign_ready 1$/m)
  assert.match(measured, /^countersign_gateway_channel_fresh /m)
  assert.match(measured, /backup-\d{8}T/)
  assert.equal((await person.open(`${app}/hello`)).status, 200, 'who was signed in before the restart still is')

  // An upgrade, and the way back; who was signed in stays so.
  machine.release('v0.2.0')
  const released = join(machine.folder, 'opt/countersign/RELEASED')
  assert.match(await follow('git checkout --quiet "$VERSION"'), /"status":"ok"/)
  assert.equal(readFileSync(released, 'utf8'), 'v0.2.0')
  assert.equal((await person.open(`${app}/hello`)).status, 200)
  assert.match(await follow('git checkout --quiet "$FORMER"'), /"status":"ok"/)
  assert.ok(!existsSync(released))
  assert.equal((await person.open(`${app}/hello`)).status, 200)
  assert.deepEqual(left, [], 'a block of the guide was not followed')
})
