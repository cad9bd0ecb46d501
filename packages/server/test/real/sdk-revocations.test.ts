/**
 * The SDK's verifier follows revocations of a server over HTTP: what was revoked
 * is refused from the moment at which the revoking call has answered, and when it
 * cannot know, it believes nobody.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { newId, type UserId } from '#kernel'
import { followRevocations, trustIssuer, verifyAccessToken, type Fetch, type Issuer, type Revocations } from '@countersign/sdk'
import { answered, basic, form, openHouse, pkce } from '../flows/oauth-house.ts'

const audience = 'https://api.example'
const redirectUri = 'https://app.example/cb'

let handle: RequestListener = (_, response) => void response.writeHead(503).end()
const server = createServer((request, response) => handle(request, response))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => {
  server.closeAllConnections()
  server.close()
})
const url = `http://localhost:${(server.address() as AddressInfo).port}`
const house = await openHouse({
  issuer: url,
  origins: [url],
  clock: { wallMs: Date.now, monotonicMs: () => performance.now(), forwardMs: () => {} },
})
handle = house.handle

const { client, secret } = await house.clients.create(house.op(), {
  name: 'App',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirectUris: [redirectUri],
  scopes: ['api', 'offline_access'],
  audiences: [audience],
  firstParty: true,
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const api = await house.clients.create(house.op(), {
  name: 'API',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  introspects: [audience],
})
const proof = { clientId: api.client.clientId as string, clientSecret: api.secret?.reveal() ?? '' }
const pair = pkce()

interface Given {
  readonly access: string
  readonly refresh: string
  readonly user: UserId
  readonly session: string
}

async function tokenOf(user: UserId = newId('usr'), scope = 'api'): Promise<Given> {
  house.people.set(user, { username: 'somebody' })
  const { cookie, session } = house.signIn(user)
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    resource: audience,
    code_challenge: pair.challenge,
    code_challenge_method: 'S256',
  })
  const code = answered(await house.inject({ method: 'GET', url: `/authorize?${asked}`, cookies: { countersign_session: cookie } }))
  const fields = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: pair.verifier }
  const answer = await house.inject(form('/token', { ...fields, code: code.searchParams.get('code') ?? '' }, headers))
  const { access_token: access, refresh_token: refresh } = answer.json<{ access_token: string; refresh_token: string }>()
  return { access, refresh, user, session: session.id }
}

function following(fetch?: Fetch): { readonly issuer: Issuer; readonly revocations: Revocations } {
  const issuer = trustIssuer(url, fetch === undefined ? {} : { fetch })
  const revocations = followRevocations(issuer, proof)
  after(() => revocations.close())
  return { issuer, revocations }
}

async function verdict(token: string, by: { readonly issuer: Issuer; readonly revocations: Revocations }): Promise<string> {
  try {
    await verifyAccessToken(token, { ...by, audience })
    return 'accepted'
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

const revoke = async (token: string): Promise<unknown> => house.inject(form('/revoke', { token }, headers))

test('what was revoked is refused from the moment at which the revoking call has answered', async () => {
  const verifier = following()
  const tookMs: number[] = []
  for (let round = 0; round < 40; round += 1) {
    const { access, refresh } = await tokenOf()
    assert.equal(await verdict(access, verifier), 'accepted')
    const beganMs = performance.now()
    await revoke(round % 2 === 0 ? access : refresh)
    tookMs.push(performance.now() - beganMs)
    assert.equal(await verdict(access, verifier), 'token.revoked', `round ${round}`)
  }
  // A second is the bound; nobody is silent here, so that nobody is waited for until then.
  assert.ok(
    tookMs
      .toSorted((one, other) => one - other)
      .slice(0, 20)
      .every((ms) => ms < 500),
    tookMs.join(' '),
  )
})

test('a session, a person and a client are ended, and what is newer is not', async () => {
  const verifier = following()
  const withSession = await tokenOf()
  await house.endSession(withSession.session as never)
  assert.equal(await verdict(withSession.access, verifier), 'token.revoked')
  for (const kind of ['user', 'client'] as const) {
    const before = await tokenOf(newId('usr'), 'api offline_access')
    const op = house.op()
    const id = kind === 'user' ? before.user : client.id
    await house.store.write(op, async (tx) => house.tokens.revocations.revoke(tx, op, { kind, id }))
    await house.tokens.revocations.announce(op)
    assert.equal(await verdict(before.access, verifier), 'token.revoked', kind)
    assert.equal(await verdict((await tokenOf(before.user)).access, verifier), 'accepted', kind)
  }
})

test('a verifier that was paused believes nobody, and holds up whoever revokes for a second and no longer', async () => {
  const gate = { paused: false }
  const verifier = following(async (address, init) => {
    while (gate.paused) await wait(20)
    return fetch(address, init)
  })
  const { access } = await tokenOf()
  assert.equal(await verdict(access, verifier), 'accepted')
  gate.paused = true
  await wait(450)
  const beganMs = performance.now()
  await revoke(access)
  const tookMs = performance.now() - beganMs
  assert.ok(tookMs < 1_700, `${tookMs} ms`)
  assert.notEqual(await verdict(access, verifier), 'accepted')
  await wait(1_100)
  assert.equal(await verdict(access, verifier), 'issuer.revocations_unknown')
  gate.paused = false
  await wait(700)
  assert.equal(await verdict(access, verifier), 'token.revoked')
})

test('while the server is away nobody is believed; when it is back everything is known', async () => {
  const verifier = following()
  const [kept, lost] = [await tokenOf(), await tokenOf()]
  assert.equal(await verdict(kept.access, verifier), 'accepted')
  handle = (_, response) => void response.writeHead(503).end()
  server.closeAllConnections()
  await revoke(lost.access)
  await wait(1_100)
  assert.equal(await verdict(kept.access, verifier), 'issuer.revocations_unknown')
  handle = house.handle
  await wait(1_200)
  assert.deepEqual([await verdict(kept.access, verifier), await verdict(lost.access, verifier)], ['accepted', 'token.revoked'])
})

test('whoever may not follow is told so, and believes nobody', async () => {
  const issuer = trustIssuer(url)
  const revocations = followRevocations(issuer, { ...proof, clientSecret: 'wrong' })
  const { access } = await tokenOf()
  setTimeout(() => revocations.close(), 500)
  assert.equal(await verdict(access, { issuer, revocations }), 'issuer.revocations_unknown')
  const other = followRevocations(trustIssuer(url), proof)
  await assert.rejects(verifyAccessToken(access, { issuer, revocations: other, audience }), TypeError)
  other.close()
})
