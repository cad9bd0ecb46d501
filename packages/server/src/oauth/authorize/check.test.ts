import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier } from '#kernel'
import type { Client } from '../clients/client.ts'
import { completeRegistration } from '../clients/registration.ts'
import { authorizeSteps, checkAuthorize, stillFits, type AuthorizeRefusalCode } from './check.ts'
import { readAuthorizeParameters } from './request.ts'

const client: Client = {
  ...completeRegistration(
    {
      name: 'App',
      kind: 'confidential',
      grantTypes: ['authorization_code'],
      redirectUris: ['https://app.example/cb'],
      scopes: ['openid', 'notes:read'],
      audiences: ['https://api.example'],
    },
    3_600,
  ),
  id: newId('cli'),
  clientId: readClientIdentifier('app') ?? assert.fail(),
  createdAtMs: 0,
}

const good: Readonly<Record<string, string>> = {
  response_type: 'code',
  client_id: 'app',
  redirect_uri: 'https://app.example/cb',
  scope: 'openid notes:read',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

const check = (more: Readonly<Record<string, string>>, by: Client | undefined = client) =>
  checkAuthorize({ parameters: readAuthorizeParameters({ ...good, ...more }), client: by }, 5)

test('a good request passes every step and keeps what was asked', () => {
  const all = { state: 's', nonce: 'n', prompt: 'login consent', max_age: '60', login_hint: 'alice', resource: 'https://api.example' }
  assert.deepEqual(check(all), {
    client: client.id,
    clientId: 'app',
    redirectUri: 'https://app.example/cb',
    scopes: ['openid', 'notes:read'],
    challenge: good['code_challenge'],
    state: 's',
    nonce: 'n',
    prompt: ['login', 'consent'],
    maxAgeSeconds: 60,
    loginHint: 'alice',
    resource: 'https://api.example',
    createdAtMs: 5,
  })
})

test('what was not asked is not there', () => {
  const keys = ['client', 'clientId', 'redirectUri', 'scopes', 'challenge', 'prompt', 'createdAtMs']
  const sentEmpty = { state: '', nonce: '', prompt: '', max_age: '', login_hint: '', resource: '', response_mode: '', request: '' }
  assert.deepEqual(Object.keys(check(sentEmpty)).toSorted(), keys.toSorted())
})

interface Row {
  readonly more: Readonly<Record<string, string>>
  readonly client?: Client
  readonly failed: AuthorizeRefusalCode | undefined
}

/** OAUTH-3: one that is exempted by name, and a request of its library. */
const exempt: Client = { ...client, unsafelyWithoutPkce: true }
const bare = { code_challenge: '', code_challenge_method: '' }

const rows: readonly Row[] = [
  { more: { redirect_uri: '' }, failed: 'authorize.redirect_uri' },
  { more: { redirect_uri: 'https://app.example/cb2' }, failed: 'authorize.redirect_uri' },
  { more: { request_uri: 'x' }, failed: 'authorize.request_uri' },
  { more: { registration: 'x' }, failed: 'authorize.registration' },
  { more: { response_type: '' }, failed: 'authorize.response_type_missing' },
  { more: { response_type: 'code id_token' }, failed: 'authorize.response_type' },
  { more: { response_mode: 'query' }, failed: undefined },
  { more: { response_mode: 'form_post' }, failed: undefined },
  { more: { response_mode: 'fragment' }, failed: 'authorize.response_mode' },
  { more: { id_token_hint: 'not an ID token' }, failed: 'authorize.id_token_hint' },
  { more: {}, client: { ...client, grantTypes: ['client_credentials'] }, failed: 'authorize.grant_not_allowed' },
  { more: { code_challenge: '' }, failed: 'authorize.pkce_missing' },
  { more: { ...bare, nonce: 'n' }, failed: 'authorize.pkce_missing' },
  { more: { ...bare, nonce: 'n' }, client: exempt, failed: undefined },
  { more: bare, client: exempt, failed: 'authorize.pkce_missing' },
  { more: { ...bare, nonce: 'n', scope: 'notes:read' }, client: exempt, failed: 'authorize.pkce_missing' },
  { more: { code_challenge: '', nonce: 'n' }, client: exempt, failed: 'authorize.pkce_missing' },
  { more: { code_challenge_method: 'plain', nonce: 'n' }, client: exempt, failed: 'authorize.pkce_method' },
  { more: { code_challenge_method: '' }, failed: 'authorize.pkce_method' },
  { more: { code_challenge_method: 'plain' }, failed: 'authorize.pkce_method' },
  { more: { code_challenge_method: 's256' }, failed: 'authorize.pkce_method' },
  { more: { code_challenge: 'A'.repeat(42) }, failed: 'authorize.pkce_malformed' },
  { more: { code_challenge: 'A'.repeat(43) }, failed: undefined },
  { more: { code_challenge: 'A'.repeat(44) }, failed: 'authorize.pkce_malformed' },
  { more: { code_challenge: `${'A'.repeat(42)}=` }, failed: 'authorize.pkce_malformed' },
  { more: { scope: 'openid something-else' }, failed: undefined },
  { more: { scope: 'something-else' }, failed: 'authorize.scope' },
  { more: { scope: '' }, failed: 'authorize.scope' },
  { more: { scope: 'openid  notes:read' }, failed: 'authorize.scope' },
  { more: { resource: 'https://api.example' }, failed: undefined },
  { more: { resource: 'https://api.example/' }, failed: 'authorize.resource' },
  { more: { prompt: 'none' }, failed: undefined },
  { more: { prompt: 'login select_account consent' }, failed: undefined },
  { more: { prompt: 'none consent' }, failed: 'authorize.prompt' },
  { more: { prompt: 'create' }, failed: 'authorize.prompt' },
  { more: { prompt: 'login ' }, failed: 'authorize.prompt' },
  { more: { max_age: '0' }, failed: undefined },
  { more: { max_age: '999999999' }, failed: undefined },
  { more: { max_age: '1000000000' }, failed: 'authorize.max_age' },
  { more: { max_age: '01' }, failed: 'authorize.max_age' },
  { more: { max_age: '1.5' }, failed: 'authorize.max_age' },
  { more: { claims: '{}' }, failed: undefined },
  { more: { claims: 'not JSON' }, failed: 'authorize.claims' },
  { more: { claims: 'not JSON', scope: 'notes:read' }, failed: undefined },
]

for (const row of rows) {
  test(`authorization request with ${JSON.stringify(row.more)}: ${row.failed ?? 'passes'}`, () => {
    const result = check(row.more, row.client)
    assert.equal('failed' in result ? result.failed : undefined, row.failed)
    if ('failed' in result) assert.equal(result.tell, row.failed === 'authorize.redirect_uri' ? 'person' : 'client')
  })
}

test('an unknown client comes before everything else', () => {
  const unknown = checkAuthorize({ parameters: readAuthorizeParameters({}), client: undefined }, 0)
  assert.deepEqual(unknown, { failed: 'authorize.unknown_client', tell: 'person' })
})

test('nothing is told to a client before its address is known to be its own', () => {
  const told = authorizeSteps.map(({ tell }) => tell)
  assert.deepEqual(told, ['person', 'person', 'person', ...Array.from({ length: told.length - 3 }, () => 'client')])
})

test('only the scopes that the client is registered for are granted', () => {
  const request = check({ scope: 'admin openid admin openid' })
  assert.deepEqual('failed' in request ? undefined : request.scopes, ['openid'])
})

test('a request from before fits a client only as long as it would pass today', () => {
  const request = check({ resource: 'https://api.example' })
  assert.ok(!('failed' in request))
  assert.equal(stillFits(request, client), true)
  assert.equal(stillFits({ ...request, challenge: '' }, exempt), true)
  assert.equal(stillFits({ ...request, challenge: '' }, client), false)
  const changes: readonly Partial<Client>[] = [
    { id: newId('cli') },
    { grantTypes: ['client_credentials'] },
    { redirectUris: ['https://app.example/new'] },
    { scopes: ['openid'] },
    { audiences: [] },
  ]
  for (const change of changes) assert.equal(stillFits(request, { ...client, ...change }), false, JSON.stringify(change))
})
