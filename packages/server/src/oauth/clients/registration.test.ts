import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeRegistration, isAudience, isRedirectUri, takesAway, type NewRegistration } from './registration.ts'

const service: NewRegistration = { name: 'Service', kind: 'confidential', grantTypes: ['client_credentials'] }
const app: NewRegistration = {
  name: 'App',
  kind: 'public',
  grantTypes: ['authorization_code', 'refresh_token'],
  redirectUris: ['https://app.example/cb'],
}

test('what is left out is safe', () => {
  assert.deepEqual(completeRegistration(service, 3_600), {
    ...service,
    redirectUris: [],
    postLogoutRedirectUris: [],
    scopes: [],
    firstParty: false,
    tokenEndpointAuthMethod: 'client_secret_basic',
    audiences: [],
    accessTokenSeconds: 900,
    dpopBoundAccessTokens: false,
    requirePushedRequests: false,
    requireSignedRequestObject: false,
    tlsClientCertificateBoundAccessTokens: false,
    unsafelyWithoutPkce: false,
    accessTokenFormat: 'jwt',
    subjectType: 'public',
    idTokenClaims: 'granted',
    idTokenSignedResponseAlg: 'RS256',
  })
  assert.equal(completeRegistration(app, 3_600).tokenEndpointAuthMethod, 'none')
})

const many = (count: number, item: (at: number) => string): string[] => Array.from({ length: count }, (_, at) => item(at))

const rows: readonly { readonly says: string; readonly given: NewRegistration; readonly refused?: string }[] = [
  { says: 'a longest name', given: { ...service, name: 'x'.repeat(128) } },
  { says: 'a name that is too long', given: { ...service, name: 'x'.repeat(129) }, refused: 'client.invalid_metadata' },
  { says: 'no name', given: { ...service, name: '' }, refused: 'client.invalid_metadata' },
  { says: 'a name in Persian, with a joiner', given: { ...service, name: 'می\u200cخواهم' } },
  { says: 'a name with an emoji of two parts', given: { ...service, name: 'Café ☕\ufe0f' } },
  { says: 'a name in any script', given: { ...service, name: 'Café 東京 ☕' } },
  { says: 'a name with a control character', given: { ...service, name: 'a\u001b[2J' }, refused: 'client.invalid_metadata' },
  { says: 'a name that turns text around', given: { ...service, name: 'a\u202Eb' }, refused: 'client.invalid_metadata' },
  { says: 'a name with a mark of direction', given: { ...service, name: 'a\u200Fb' }, refused: 'client.invalid_metadata' },
  { says: 'a name with a space of no width', given: { ...service, name: 'a\u200Bb' }, refused: 'client.invalid_metadata' },
  { says: 'a name in Hebrew, with a space', given: { ...service, name: 'חנות ספרים' } },
  { says: 'no grant', given: { ...service, grantTypes: [] }, refused: 'client.invalid_metadata' },
  { says: 'an unknown grant', given: { ...service, grantTypes: ['password' as never] }, refused: 'client.invalid_metadata' },
  {
    says: 'a public client with a secret',
    given: { ...app, tokenEndpointAuthMethod: 'client_secret_post' },
    refused: 'client.invalid_metadata',
  },
  { says: 'a confidential client without', given: { ...service, tokenEndpointAuthMethod: 'none' }, refused: 'client.invalid_metadata' },
  {
    says: 'a public client for itself',
    given: { ...app, grantTypes: ['authorization_code', 'client_credentials'] },
    refused: 'client.invalid_metadata',
  },
  {
    says: 'refresh without code',
    given: { ...service, grantTypes: ['client_credentials', 'refresh_token'] },
    refused: 'client.invalid_metadata',
  },
  { says: 'a public client without PKCE', given: { ...app, unsafelyWithoutPkce: true }, refused: 'client.invalid_metadata' },
  {
    says: 'a confidential client without PKCE',
    given: { ...app, kind: 'confidential', unsafelyWithoutPkce: true },
  },
  {
    says: 'pairwise subjects of one host',
    given: { ...app, subjectType: 'pairwise', redirectUris: ['https://app.example/a', 'https://app.example:8443/b'] },
  },
  {
    says: 'pairwise subjects of two hosts',
    given: { ...app, subjectType: 'pairwise', redirectUris: ['https://a.example/', 'https://b.example/'] },
    refused: 'client.invalid_metadata',
  },
  {
    says: 'pairwise subjects of a program on a device',
    given: { ...app, subjectType: 'pairwise', redirectUris: ['com.example.app:/cb'] },
    refused: 'client.invalid_metadata',
  },
  { says: 'pairwise subjects without addresses', given: { ...service, subjectType: 'pairwise' }, refused: 'client.invalid_metadata' },
  {
    says: 'a sector that is named',
    given: { ...app, subjectType: 'pairwise', redirectUris: ['com.example.app:/cb'], sectorIdentifierUri: 'https://example.com' },
  },
  {
    says: 'a sector in plain http',
    given: { ...app, subjectType: 'pairwise', sectorIdentifierUri: 'http://example.com' },
    refused: 'client.invalid_metadata',
  },
  {
    says: 'a sector of public subjects',
    given: { ...app, sectorIdentifierUri: 'https://example.com' },
    refused: 'client.invalid_metadata',
  },
  { says: 'codes without an address', given: { ...app, redirectUris: [] }, refused: 'client.invalid_metadata' },
  { says: 'an address without codes', given: { ...service, redirectUris: ['https://app.example/cb'] }, refused: 'client.invalid_metadata' },
  { says: 'most addresses', given: { ...app, redirectUris: many(64, (at) => `https://app.example/${at}`) } },
  {
    says: 'too many addresses',
    given: { ...app, redirectUris: many(65, (at) => `https://app.example/${at}`) },
    refused: 'client.invalid_metadata',
  },
  {
    says: 'too many addresses after sign-out',
    given: { ...app, postLogoutRedirectUris: many(65, (at) => `https://app.example/${at}`) },
    refused: 'client.invalid_metadata',
  },
  {
    says: 'most addresses after sign-out',
    given: { ...app, postLogoutRedirectUris: many(64, (at) => `https://app.example/${at}`) },
  },
  { says: 'most scopes', given: { ...service, scopes: many(64, (at) => `s${at}`) } },
  { says: 'too many scopes', given: { ...service, scopes: many(65, (at) => `s${at}`) }, refused: 'client.invalid_metadata' },
  { says: 'a scope with a space', given: { ...service, scopes: ['a b'] }, refused: 'client.invalid_metadata' },
  { says: 'most audiences', given: { ...service, audiences: many(16, (at) => `https://a${at}.example`) } },
  {
    says: 'too many audiences',
    given: { ...service, audiences: many(17, (at) => `https://a${at}.example`) },
    refused: 'client.invalid_metadata',
  },
  { says: 'an audience that is no URI', given: { ...service, audiences: ['api'] }, refused: 'client.invalid_metadata' },
  { says: 'the shortest tokens', given: { ...service, accessTokenSeconds: 60 } },
  { says: 'tokens that are too short', given: { ...service, accessTokenSeconds: 59 }, refused: 'client.invalid_metadata' },
  { says: 'the longest tokens', given: { ...service, accessTokenSeconds: 3_600 } },
  { says: 'tokens that are too long', given: { ...service, accessTokenSeconds: 3_601 }, refused: 'client.invalid_metadata' },
  { says: 'half a second', given: { ...service, accessTokenSeconds: 60.5 }, refused: 'client.invalid_metadata' },
  { says: 'an address that is none', given: { ...app, redirectUris: ['/cb'] }, refused: 'client.invalid_redirect_uri' },
  {
    says: 'an address after sign-out that is none',
    given: { ...app, postLogoutRedirectUris: ['javascript:alert(1)'] },
    refused: 'client.invalid_redirect_uri',
  },
]

for (const { says, given, refused } of rows) {
  test(`registration with ${says}`, () => {
    const attempt = () => completeRegistration(given, 3_600)
    if (refused === undefined) attempt()
    else assert.throws(attempt, { name: 'Refusal', code: refused })
  })
}

const uris: readonly (readonly [string, boolean])[] = [
  ['https://app.example/cb', true],
  ['https://app.example', true],
  ['http://127.0.0.1/cb', true],
  ['http://[::1]:3000/cb', true],
  ['http://localhost:3000/cb', true],
  ['http://notes.localhost/cb', true],
  ['com.example.app:/cb', true],
  ['http://app.example/cb', false],
  ['http://127.0.0.1.example/cb', false],
  ['https://app.example/cb#x', false],
  ['https://app.example/cb#', false],
  ['https://user@app.example/cb', false],
  ['https://user:pass@app.example/cb', false],
  ['https://:pass@app.example/cb', false],
  ['https://app.example/c b', false],
  ['https://app.example/\u00e9', false],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['myapp:/cb', false],
  ['//app.example/cb', false],
  ['', false],
  [`https://app.example/${'x'.repeat(2048 - 20)}`, true],
  [`https://app.example/${'x'.repeat(2049 - 20)}`, false],
]

for (const [uri, may] of uris) {
  test(`a browser ${may ? 'may' : 'must not'} be sent to ${uri.slice(0, 60)}`, () => assert.equal(isRedirectUri(uri), may))
}

test('an audience is an absolute URI without a fragment (RFC 8707 section 2)', () => {
  for (const uri of ['https://api.example', 'urn:example:api', 'https://api.example/?x=1', `https://a.example/${'x'.repeat(2_030)}`])
    assert.equal(isAudience(uri), true, uri)
  for (const uri of ['api', '', 'https://api.example/#x', 'https://api.example/a b', `https://a.example/${'x'.repeat(2_031)}`]) {
    assert.equal(isAudience(uri), false, uri)
  }
})

test('a change takes away when something that was allowed no longer is', () => {
  const before = completeRegistration({ ...service, scopes: ['a', 'b'], audiences: ['https://a.example'] }, 3_600)
  assert.equal(takesAway(before, before), false)
  assert.equal(takesAway(before, { ...before, name: 'New', scopes: ['b', 'a', 'c'], redirectUris: ['https://x.example'] }), false)
  assert.equal(takesAway(before, { ...before, scopes: ['a'] }), true)
  assert.equal(takesAway(before, { ...before, audiences: [] }), true)
  assert.equal(takesAway(before, { ...before, grantTypes: ['authorization_code'] }), true)
  assert.equal(takesAway(before, { ...before, kind: 'public' }), true)
  assert.equal(takesAway({ ...before, firstParty: true }, before), true)
  assert.equal(takesAway(before, { ...before, firstParty: true }), false)
})
