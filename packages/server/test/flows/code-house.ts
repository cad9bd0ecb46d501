/**
 * A house with three clients of the code flow and one person, and what their
 * browsers and programs ask: a fresh one for each test file.
 *
 * @module
 */

import assert from 'node:assert/strict'
import type { InjectOptions, Response } from 'light-my-request'
import { newId, type UserId } from '#kernel'
import type { NewClient } from '#oauth'
import { answered, basic, form, openHouse, pkce, type House } from './oauth-house.ts'

export type Fields = Record<string, string>

export const house: House = await openHouse()
export const redirectUri = 'https://app.example/cb'
export const registration: NewClient = {
  name: 'Notes',
  kind: 'confidential',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: [redirectUri],
  scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
  audiences: ['https://api.example'],
  firstParty: true,
}
type Made = Awaited<ReturnType<House['clients']['create']>>

const notes: Made = await house.clients.create(house.op(), registration)
const ledger: Made = await house.clients.create(house.op(), { ...registration, name: 'Ledger', firstParty: false })
const local: Made = await house.clients.create(house.op(), {
  ...registration,
  kind: 'public',
  firstParty: false,
  redirectUris: ['http://127.0.0.1/cb'],
})
export const client: Made['client'] = notes.client
export const secret: Made['secret'] = notes.secret
/** A client of somebody else. */
export const third: Made['client'] = ledger.client
export const thirdSecret: Made['secret'] = ledger.secret
export const native: Made['client'] = local.client
export const headers: Fields = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
export const alice: UserId = newId('usr')
house.people.set(alice, { username: 'alice', name: 'Alice Moreau', email: 'alice@example.com', emailVerified: true })

export const pair: ReturnType<typeof pkce> = pkce()

export const asked = (more: Fields = {}): Fields => ({
  response_type: 'code',
  client_id: client.clientId,
  redirect_uri: redirectUri,
  scope: 'openid profile notes:read',
  state: 'st-1',
  nonce: 'n-1',
  code_challenge: pair.challenge,
  code_challenge_method: 'S256',
  ...more,
})

export const get = (url: string, cookies: Fields = {}): InjectOptions => ({ method: 'GET', url, cookies })

export async function authorize(more: Fields = {}, cookies: Fields = {}): Promise<Response> {
  return house.inject(get(`/authorize?${new URLSearchParams(asked(more)).toString()}`, cookies))
}

export async function exchange(code: string, more: Fields = {}, as: Fields = headers): Promise<Response> {
  const given = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: pair.verifier }
  return house.inject(form('/token', { ...given, ...more }, as))
}

/** A code for alice, who is signed in unless another session is given. */
export async function codeFor(more: Fields = {}, session: ReturnType<House['signIn']> = house.signIn(alice)): Promise<string> {
  const location = answered(await authorize(more, { countersign_session: session.cookie }))
  return location.searchParams.get('code') ?? assert.fail(location.href)
}
