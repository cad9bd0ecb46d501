import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier } from '#kernel'
import { clientOf, judgeLogout, type LogoutRequest, type LogoutStep } from './judge.ts'

const session = newId('ses')
const clientId = readClientIdentifier('app') ?? assert.fail()
const client = { postLogoutRedirectUris: ['https://app.example/bye'] }
const hint = { user: newId('usr'), session, clientId }
const nothing: LogoutRequest = { hint: undefined, clientId: undefined, redirectUri: undefined, state: undefined }
const bye = 'https://app.example/bye'

interface Row {
  readonly says: string
  readonly request: Partial<LogoutRequest>
  readonly client?: typeof client
  readonly signedIn?: boolean
  readonly expected: LogoutStep | 'logout.redirect_uri'
}

const rows: readonly Row[] = [
  { says: 'a hint of this session', request: { hint }, client, expected: { go: 'end', after: {} } },
  {
    says: 'a hint of another session',
    request: { hint: { ...hint, session: newId('ses') } },
    client,
    expected: { go: 'confirm', after: {} },
  },
  { says: 'no hint', request: {}, expected: { go: 'confirm', after: {} } },
  { says: 'nobody signed in', request: { hint }, signedIn: false, expected: { go: 'on', after: {} } },
  { says: 'an address', request: { hint, redirectUri: bye }, client, expected: { go: 'end', after: { redirectUri: bye } } },
  {
    says: 'an address and a state',
    request: { redirectUri: bye, state: 's' },
    client,
    expected: { go: 'confirm', after: { redirectUri: bye, state: 's' } },
  },
  { says: 'a state alone', request: { hint, state: 's' }, client, expected: { go: 'end', after: {} } },
  {
    says: 'an address and nobody signed in',
    request: { redirectUri: bye },
    client,
    signedIn: false,
    expected: { go: 'on', after: { redirectUri: bye } },
  },
  { says: 'an address of nobody', request: { redirectUri: bye }, expected: 'logout.redirect_uri' },
  { says: 'an address of nobody and nobody signed in', request: { redirectUri: bye }, signedIn: false, expected: 'logout.redirect_uri' },
  { says: 'another address', request: { hint, redirectUri: `${bye}/` }, client, expected: 'logout.redirect_uri' },
]

for (const row of rows) {
  test(`sign-out with ${row.says}`, () => {
    const attempt = () => judgeLogout({ ...nothing, ...row.request }, row.client, row.signedIn === false ? undefined : session)
    if (typeof row.expected === 'string') assert.throws(attempt, { name: 'Refusal', code: row.expected })
    else assert.deepEqual(attempt(), row.expected)
  })
}

test('the client is whom the request or the hint names, and they must not differ', () => {
  assert.equal(clientOf(nothing), undefined)
  assert.equal(clientOf({ ...nothing, clientId: 'app' }), 'app')
  assert.equal(clientOf({ ...nothing, hint }), 'app')
  assert.equal(clientOf({ ...nothing, hint, clientId: 'app' }), 'app')
  assert.throws(() => clientOf({ ...nothing, hint, clientId: 'other' }), { code: 'logout.client_mismatch' })
})
