/**
 * Everything here that reads what strangers write: it never throws anything but
 * the refusals that it declares, and what it accepts means one thing only.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '#kernel'
import { newRefreshToken, prepareRefresh, writeRefreshToken } from '#tokens'
import { checkAuthorize } from '../../src/oauth/authorize/check.ts'
import { isRegisteredRedirectUri } from '../../src/oauth/authorize/check-redirect-uri.ts'
import { readAuthorizeParameters } from '../../src/oauth/authorize/request.ts'
import { newCode, readCode } from '../../src/oauth/codes/code.ts'
import { isAudience, isRedirectUri } from '../../src/oauth/clients/registration.ts'
import { readScopes } from '../../src/oauth/scope.ts'
import { readClientCredentials } from '../../src/oauth/token/credentials.ts'
import { readCodeRequest } from '../../src/oauth/token/grants/authorization-code.ts'
import { readAccessToken } from '../../src/oauth/userinfo.ts'
import { believeAnyAudience } from '../../src/tokens/verify.ts'
import { readRefreshToken } from '../../src/tokens/families/refresh-token.ts'
import { testOperation } from '../store.ts'
import { testTenant } from '../serve.ts'

const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 }))
const runs = { numRuns: 500 }

function refusesOnly<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return undefined
  }
}

test('client credentials: read or refused', () => {
  const field = fc.option(
    fc.oneof(
      anything,
      anything.map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
    ),
    { nil: undefined },
  )
  const forms = fc.dictionary(fc.constantFrom('client_id', 'client_secret'), anything)
  fc.assert(
    fc.property(field, forms, (authorization, form) => {
      const read = refusesOnly(() => readClientCredentials(authorization, form))
      if (read !== undefined) assert.notEqual(read.clientId, '')
    }),
    runs,
  )
})

test('client credentials: every id and secret survives Basic', () => {
  const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(printable, printable, (clientId, secret) => {
      const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`
      const read = readClientCredentials(`Basic ${Buffer.from(pair).toString('base64')}`, {})
      assert.deepEqual(read, { clientId, secret, method: 'client_secret_basic' })
    }),
    runs,
  )
})

test('codes and refresh tokens have one spelling', () => {
  const spellings = fc.oneof(
    anything,
    anything.map((text) => `c1.${text}`),
    anything.map((text) => `r1.${text}`),
    fc.base64String({ minLength: 40, maxLength: 48 }).map((text) => `r1.${text}`),
  )
  fc.assert(
    fc.property(spellings, (text) => {
      readCode(text)
      const token = readRefreshToken(text)
      if (token !== undefined) assert.equal(writeRefreshToken(token).reveal(), text)
    }),
    runs,
  )
  const code = newCode()
  assert.deepEqual(readCode(code.text.reveal()), code.hash)
  const text = writeRefreshToken(newRefreshToken()).reveal()
  for (let at = 0; at < text.length; at += 1) {
    const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
    const read = readRefreshToken(changed)
    if (read !== undefined) assert.equal(writeRefreshToken(read).reveal(), changed)
  }
})

test('a refresh token is prepared or is none', () => {
  const op = testOperation(testTenant)
  fc.assert(
    fc.property(anything, (text) => assert.equal(prepareRefresh(op, text), undefined)),
    runs,
  )
})

test('code requests and bearer fields: read or refused', () => {
  const forms = fc.dictionary(fc.constantFrom('code', 'redirect_uri', 'code_verifier', 'access_token'), anything)
  fc.assert(
    fc.property(forms, fc.option(anything, { nil: undefined }), (form, authorization) => {
      refusesOnly(() => readCodeRequest(form))
      refusesOnly(() => readAccessToken(authorization, form))
    }),
    runs,
  )
})

test('scopes: what is read is written the same', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const scopes = readScopes(text)
      if (scopes !== undefined && new Set(text.split(' ')).size === text.split(' ').length) assert.equal(scopes.join(' '), text)
    }),
    runs,
  )
})

test('an authorization request without a client is told to a person, whatever it says', () => {
  const names = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'prompt', 'max_age', 'code_challenge', 'request'] as const
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), anything), (sent) => {
      const result = checkAuthorize({ parameters: readAuthorizeParameters(sent), client: undefined }, 0)
      assert.deepEqual(result, { failed: 'authorize.unknown_client', tell: 'person' })
    }),
    runs,
  )
})

test('a redirect URI that is accepted goes to a registered host and path', () => {
  const registered = ['https://app.example/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb']
  const near = fc
    .tuple(fc.constantFrom(...registered), anything, fc.nat({ max: 30 }))
    .map(([uri, text, at]) => `${uri.slice(0, at)}${text}${uri.slice(at)}`)
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), near, anything), (uri) => {
      if (!isRegisteredRedirectUri(registered, uri)) return
      const url = new URL(uri)
      const portless = `${url.protocol}//${url.hostname}${url.pathname}${url.search}${url.hash}`
      assert.ok(registered.includes(portless), uri)
      assert.equal(url.username, '')
    }),
    { numRuns: 2_000 },
  )
})

test('what may be registered is a URL without a fragment or a user, whatever is tried', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), anything), (uri) => {
      isAudience(uri)
      if (!isRedirectUri(uri)) return
      const url = new URL(uri)
      assert.deepEqual([url.hash, url.username, url.password], ['', '', ''])
      assert.notEqual(url.protocol, 'javascript:')
    }),
    runs,
  )
})

test('claims that somebody signed are judged and never a defect', () => {
  const names = [
    'iss',
    'aud',
    'exp',
    'iat',
    'nbf',
    'sub',
    'jti',
    'client_id',
    'gen',
    'sid',
    'fam',
    'cli',
    'acr',
    'amr',
    'auth_time',
    'scope',
  ]
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('https://id.example', 'https://api.example', 2_000_000_000))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (claims) => {
      believeAnyAudience(claims, 'https://id.example', 0)
    }),
    runs,
  )
})
