/** Claims by mapping: what an operator has a scope tell, in each token and answer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import { answered, basic, claimsOf, form, openHouse, pkce } from './oauth-house.ts'

const house = await openHouse({
  claimMappings: {
    teams: { groups: { from: 'groups' }, roles: { from: 'roles', in: ['access_token'] } },
    profile: { nickname: { from: 'username', in: ['userinfo'] } },
  },
})
const api = 'https://api.example'
const redirectUri = 'https://app.example/cb'
const { client, secret } = await house.clients.create(house.op(), {
  name: 'Crew',
  kind: 'confidential',
  grantTypes: ['authorization_code'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'profile', 'teams'],
  audiences: [api],
  introspects: [api],
  firstParty: true,
})
const headers = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
const alice = newId('usr')
house.people.set(alice, { username: 'alice', groups: ['Crew', 'Night'], roles: ['editor', 'owner'] })

async function tokensFor(scope: string): Promise<{ readonly id: Record<string, unknown>; readonly access: string }> {
  const pair = pkce()
  const asked = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, scope, code_challenge: pair.challenge }
  const url = `/authorize?${new URLSearchParams({ ...asked, code_challenge_method: 'S256' }).toString()}`
  const { cookie } = house.signIn(alice)
  const code = answered(await house.inject({ method: 'GET', url, cookies: { countersign_session: cookie } })).searchParams.get('code') ?? ''
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }
  const tokens = (await house.inject(form('/token', exchange, headers))).json<{ id_token: string; access_token: string }>()
  return { id: claimsOf(tokens.id_token), access: tokens.access_token }
}

const mapped = (said: Record<string, unknown>) => [said['groups'], said['roles'], said['nickname']]

test('a scope tells its mapped claims in the ID token, at UserInfo and in the access token, as the operator says', async () => {
  const { id, access } = await tokensFor('openid profile teams')
  const userinfo = await house.inject({ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${access}` } })
  assert.deepEqual(mapped(id), [['Crew', 'Night'], undefined, undefined])
  assert.deepEqual(mapped(userinfo.json()), [['Crew', 'Night'], undefined, 'alice'])
  assert.deepEqual(mapped(claimsOf(access)), [undefined, ['editor', 'owner'], undefined])
  const asked = (await house.inject(form('/introspect', { token: access }, headers))).json<Record<string, unknown>>()
  assert.deepEqual([asked['active'], ...mapped(asked)], [true, undefined, ['editor', 'owner'], undefined])
})

test('what was not granted is not told, and metadata names what may be', async () => {
  const { id, access } = await tokensFor('openid')
  assert.deepEqual(
    [...mapped(id), ...mapped(claimsOf(access))].filter((value) => value !== undefined),
    [],
  )
  const { claims_supported: names } = (await house.inject({ method: 'GET', url: '/.well-known/openid-configuration' })).json<{
    claims_supported: string[]
  }>()
  for (const name of ['groups', 'roles', 'nickname', 'email']) assert.ok(names.includes(name), name)
})
