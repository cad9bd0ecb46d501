/** What a deletion would break, asked before it. @module */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Operation } from '#kernel'
import type { AskingHouse } from './asking.ts'

const none = { count: 0, more: false }
const one = { count: 1, more: false }

export function impactsAreSaid(house: AskingHouse): void {
  const { identity } = house.house
  const op = (): Operation => house.house.operation('test')

  test('of a user: their own roles, groups, live sessions and sign-ins to apps', async () => {
    const person = await house.user('impact-person', 'auditor')
    const group = await identity.createGroup(op(), { name: 'Impact' })
    await identity.assignRole(op(), { to: group, role: 'editor' })
    await identity.addToGroup(op(), { group, user: person.id })
    const path = `/users/${person.id}`
    const asked = await house.ask('GET', `${path}/impact`)
    assert.deepEqual(asked.json, { roles: ['auditor'], groups: 1, sessions: none, tokenFamilies: none })
    await house.signIn(person)
    await house.tokenOf(person)
    const impact = await house.ask('GET', `${path}/impact`)
    assert.deepEqual([impact.json['sessions'], impact.json['tokenFamilies']], [{ count: 2, more: false }, one])
    assert.equal(impact.etag, (await house.ask('GET', path)).etag, 'what is looked at is what is deleted')
    await house.change(path, { name: 'Changed' })
    assert.equal((await house.ask('DELETE', path, undefined, undefined, impact.etag)).code, 'identity.user_changed')
  })

  test('of the last owner: that it would be refused, and it is', async () => {
    const path = `/users/${house.owner.id}`
    const second = await house.user('impact-owner', 'owner')
    assert.equal((await house.ask('GET', `${path}/impact`)).json['refused'], undefined)
    for (const { id } of (await identity.listUsers(op(), { role: 'owner', limit: 200 })).items)
      if (id !== house.owner.id) await identity.withdrawRole(op(), { to: id, role: 'owner' })
    assert.equal((await house.ask('GET', `${path}/impact`)).json['refused'], 'identity.last_holder')
    assert.equal((await house.ask('DELETE', path)).code, 'identity.last_holder')
    assert.equal((await house.ask('GET', `/users/${second.id}/impact`)).json['refused'], undefined)
  })

  test('of a group: who loses which roles, counted as far as 200', async () => {
    const id = await identity.createGroup(op(), { name: 'Impacted' })
    await identity.assignRole(op(), { to: id, role: 'editor' })
    const path = `/groups/${id}`
    const members = async (): Promise<unknown> => (await house.ask('GET', `${path}/impact`)).json['members']
    assert.deepEqual((await house.ask('GET', `${path}/impact`)).json, { roles: ['editor'], members: none })
    for (const at of Array(201).keys()) {
      if (at === 200) assert.deepEqual(await members(), { count: 200, more: false })
      const user = await identity.createUser(op(), { username: `impacted-${at}` })
      await identity.addToGroup(op(), { group: id, user })
    }
    assert.deepEqual(await members(), { count: 200, more: true })
    const { etag } = await house.ask('GET', `${path}/impact`)
    await house.change(path, { name: 'Renamed since' })
    assert.equal((await house.ask('DELETE', path, undefined, undefined, etag)).code, 'identity.group_changed')
  })

  test('of a client: its roles, where people come back to, their sign-ins and consents', async () => {
    const person = await house.user('impact-consenting')
    const redirectUri = 'https://impact.example/cb'
    const registered = {
      name: 'Impact',
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: [redirectUri],
      scopes: ['openid'],
    }
    const made = (await house.ask('POST', '/clients', registered)).json as {
      readonly client: { readonly id: string; readonly clientId: string }
    }
    const path = `/clients/${made.client.id}`
    await house.ask('PUT', `${path}/roles/editor`)
    const asked = await house.ask('GET', `${path}/impact`)
    assert.deepEqual(asked.json, { roles: ['editor'], redirectUris: [redirectUri], tokenFamilies: none, consents: none })
    await consent(person, made.client.clientId, redirectUri)
    const impact = await house.ask('GET', `${path}/impact`)
    assert.deepEqual([impact.json['consents'], impact.json['tokenFamilies']], [one, one])
    await house.change(path, { name: 'Changed' })
    const late = await house.ask('DELETE', path, undefined, undefined, impact.etag)
    assert.deepEqual([late.code, (await house.ask('GET', path)).json['roles']], ['client.changed', ['editor']], 'nothing was half-done')
  })

  /** Signs somebody in to a client that is not our own, and allows it what it asks for. */
  const consent = async (person: Parameters<AskingHouse['signIn']>[0], clientId: string, redirectUri: string): Promise<void> => {
    const browser = await house.signIn(person)
    const verifier = 'v'.repeat(43)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const asked = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope: 'openid' }
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    const page = await browser.open(`/authorize?${new URLSearchParams({ ...asked, ...pkce }).toString()}`)
    const state = new URL(page.headers.location ?? '', house.issuer).searchParams.get('state') ?? ''
    const allowed = await browser.post('/consent', { state, decision: 'allow' })
    const code = new URL(allowed.headers.location ?? '', house.issuer).searchParams.get('code') ?? ''
    const exchange = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code, code_verifier: verifier }
    const payload = new URLSearchParams(exchange).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal((await house.inject({ method: 'POST', url: '/token', headers, payload })).statusCode, 200)
  }

  test('of a client that is declared elsewhere: where, and that it would be refused', async () => {
    const own = await house.house.clients.ensure(op(), {
      clientId: 'countersign-cli',
      name: 'Command line',
      kind: 'public',
      grantTypes: ['authorization_code'],
      redirectUris: ['http://127.0.0.1/callback'],
    })
    const { json } = await house.ask('GET', `/clients/${own.id}/impact`)
    assert.deepEqual([json['refused'], json['declaredBy']], ['admin.configured', 'command_line'])
    assert.equal((await house.ask('DELETE', `/clients/${own.id}`)).code, 'admin.configured')
  })
}
