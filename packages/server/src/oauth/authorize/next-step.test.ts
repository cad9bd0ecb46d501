import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier } from '#kernel'
import type { Client } from '../clients/client.ts'
import { completeRegistration } from '../clients/registration.ts'
import { nextStep, type Consent, type NextStep, type SignedIn } from './next-step.ts'
import type { CheckedRequest } from './request.ts'

const ours: Client = {
  ...completeRegistration(
    { name: 'App', kind: 'confidential', grantTypes: ['authorization_code'], redirectUris: ['https://app.example/cb'], firstParty: true },
    3_600,
  ),
  id: newId('cli'),
  clientId: readClientIdentifier('app') ?? assert.fail(),
  createdAtMs: 0,
}
const theirs: Client = { ...ours, firstParty: false }
const native: Client = { ...theirs, kind: 'public' }
const nowMs = 1_000_000
const session: SignedIn = { id: newId('ses'), user: newId('usr'), acr: '1fa', amr: ['pwd'], authTimeMs: 900_000, endsAtMs: 2_000_000 }
const request: CheckedRequest = {
  client: ours.id,
  clientId: ours.clientId,
  redirectUri: 'https://app.example/cb',
  scopes: ['openid'],
  challenge: '',
  prompt: [],
  createdAtMs: 950_000,
}

interface Row {
  readonly says: string
  readonly request?: Partial<CheckedRequest>
  readonly client?: Client
  readonly session?: SignedIn | 'nobody'
  readonly consent?: Consent
  readonly next: NextStep
}

const signIn: NextStep = { go: 'sign-in' }
const consent: NextStep = { go: 'consent' }
const issue: NextStep = { go: 'issue' }
const loginRequired: NextStep = { go: 'refuse', code: 'authorize.login_required' }
const unmet: NextStep = { go: 'refuse', code: 'authorize.unmet_authentication' }
/** Of a sign-in that there is not yet. */
const weak: SignedIn = { ...session, acr: '0fa' }
const strong: SignedIn = { ...session, acr: 'mfa' }
const consentRequired: NextStep = { go: 'refuse', code: 'authorize.consent_required' }

const rows: readonly Row[] = [
  { says: 'nobody is there', session: 'nobody', next: signIn },
  { says: 'nobody is there and nobody may be asked', session: 'nobody', request: { prompt: ['none'] }, next: loginRequired },
  { says: 'somebody is there, for a client of ours', next: issue },
  { says: 'somebody is there quietly, for a client of ours', request: { prompt: ['none'] }, next: issue },
  { says: 'a new sign-in is wanted', request: { prompt: ['login'] }, next: signIn },
  { says: 'a new sign-in is wanted by choosing', request: { prompt: ['select_account'] }, next: signIn },
  { says: 'a sign-in a moment before the request', request: { prompt: ['login'], createdAtMs: 900_001 }, next: signIn },
  { says: 'a sign-in at the time of the request', request: { prompt: ['login'], createdAtMs: 900_000 }, next: issue },
  { says: 'a sign-in after the request', request: { prompt: ['login'], createdAtMs: 899_999 }, next: issue },
  { says: 'a sign-in that is just young enough', request: { maxAgeSeconds: 100 }, next: issue },
  { says: 'a sign-in that is too old', request: { maxAgeSeconds: 99 }, next: signIn },
  { says: 'a sign-in that is too old, quietly', request: { maxAgeSeconds: 99, prompt: ['none'] }, next: loginRequired },
  { says: 'an age of nothing', request: { maxAgeSeconds: 0 }, next: signIn },
  { says: 'an age of nothing after the request', request: { maxAgeSeconds: 0, createdAtMs: 900_000 }, next: issue },
  { says: 'somebody else’s client, never allowed', client: theirs, next: consent },
  { says: 'somebody else’s client, quietly', client: theirs, request: { prompt: ['none'] }, next: consentRequired },
  { says: 'somebody else’s client, allowed before', client: theirs, consent: 'remembered', next: issue },
  { says: 'somebody else’s client, allowed just now', client: theirs, consent: 'given', next: issue },
  { says: 'consent is wanted of a client of ours', request: { prompt: ['consent'] }, next: consent },
  { says: 'consent is wanted again', client: theirs, consent: 'remembered', request: { prompt: ['consent'] }, next: consent },
  { says: 'consent was wanted and given', client: theirs, consent: 'given', request: { prompt: ['consent'] }, next: issue },
  { says: 'consent was given by an old session', client: theirs, consent: 'given', request: { prompt: ['login'] }, next: signIn },
  { says: 'consent was given by nobody', client: theirs, consent: 'given', session: 'nobody', next: signIn },
  {
    says: 'a native app that was allowed before',
    client: native,
    consent: 'remembered',
    request: { redirectUri: 'http://127.0.0.1:5000/cb' },
    next: consent,
  },
  {
    says: 'a native app behind a scheme',
    client: native,
    consent: 'remembered',
    request: { redirectUri: 'com.example.app:/cb' },
    next: consent,
  },
  { says: 'a public client with an address of its own', client: native, consent: 'remembered', next: issue },
  {
    says: 'a public client on a name that anything may listen on',
    client: native,
    consent: 'remembered',
    request: { redirectUri: 'https://localhost/cb' },
    next: consent,
  },
  {
    says: 'a confidential client on loopback',
    client: theirs,
    consent: 'remembered',
    request: { redirectUri: 'http://127.0.0.1:5000/cb' },
    next: issue,
  },
  { says: 'the person of a `sub` is there', request: { subjects: [session.user] }, next: issue },
  { says: 'another person than that of a `sub` is there', request: { subjects: ['usr_x'] }, next: signIn },
  {
    says: 'another person than that of a `sub` is there, quietly',
    request: { subjects: ['usr_x'], prompt: ['none'] },
    next: loginRequired,
  },
  {
    says: 'the person of a `sub` is there and has not consented, quietly',
    client: theirs,
    request: { subjects: [session.user], prompt: ['none'] },
    next: loginRequired,
  },
  { says: 'another person than that of a `sub` signed in', request: { subjects: [], createdAtMs: 900_000 }, next: loginRequired },
  { says: 'a strength that the session has', request: { strength: { values: ['phr', '1fa'], essential: true } }, next: issue },
  { says: 'a strength that nobody can have', request: { strength: { values: ['phr'], essential: true } }, next: unmet },
  {
    says: 'a strength that nobody can have, of nobody',
    session: 'nobody',
    request: { strength: { values: ['phr'], essential: true } },
    next: unmet,
  },
  { says: 'a strength that is only wished for', request: { strength: { values: ['phr', 'gold'], essential: false } }, next: issue },
  { says: 'a strength to be reached', session: weak, request: { strength: { values: ['1fa'], essential: true } }, next: signIn },
  {
    says: 'a strength to be reached, quietly',
    session: weak,
    request: { strength: { values: ['1fa'], essential: true }, prompt: ['none'] },
    next: loginRequired,
  },
  {
    says: 'a strength that a new sign-in did not reach',
    session: weak,
    request: { strength: { values: ['1fa'], essential: true }, createdAtMs: 900_000 },
    next: unmet,
  },
  {
    says: 'a strength that is wished for and to be reached',
    session: weak,
    request: { strength: { values: ['1fa'], essential: false } },
    next: signIn,
  },
  {
    says: 'a strength that is wished for, quietly',
    session: weak,
    request: { strength: { values: ['1fa'], essential: false }, prompt: ['none'] },
    next: issue,
  },
  {
    says: 'a strength that is wished for after a new sign-in',
    session: weak,
    request: { strength: { values: ['1fa'], essential: false }, createdAtMs: 900_000 },
    next: issue,
  },
  { says: 'a weaker strength is wished for', session: strong, request: { strength: { values: ['1fa'], essential: false } }, next: issue },
]

for (const row of rows) {
  test(`next step, ${row.says}: ${row.next.go}`, () => {
    const there = row.session === 'nobody' ? undefined : (row.session ?? session)
    assert.deepEqual(nextStep({ ...request, ...row.request }, row.client ?? ours, there, row.consent ?? 'missing', nowMs), row.next)
  })
}
