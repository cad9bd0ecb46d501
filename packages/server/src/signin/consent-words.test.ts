import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asksFor, placeOf, type OperatorWords } from './consent-words.ts'

const alice = { username: 'alice', name: 'Alice Moreau', email: 'alice@example.com' }
const words: OperatorWords = {
  scopes: { 'notes.write': 'Write notes in your name' },
  claims: {
    teams: { groups: { from: 'groups' }, job: { from: 'roles', says: 'Know what you do here' } },
    crew: { nickname: { from: 'username', says: 'Call you by your user name' }, constructor_name: { from: 'name' } },
  },
}

const cases = [
  { says: 'openid alone', scopes: ['openid'], asks: [{ says: 'Know that it is you', shows: 'alice' }] },
  {
    says: 'profile says who it is already',
    scopes: ['openid', 'profile'],
    asks: [{ says: 'See your name and picture', shows: 'Alice Moreau' }],
  },
  {
    says: 'an address does not',
    scopes: ['openid', 'email'],
    asks: [
      { says: 'Know that it is you', shows: 'alice' },
      { says: 'See your email address', shows: 'alice@example.com' },
    ],
  },
  { says: 'an address that we do not have', person: { username: 'bob' }, scopes: ['email'], asks: [{ says: 'See your email address' }] },
  {
    says: 'a name that we do not have',
    person: { username: 'bob' },
    scopes: ['profile'],
    asks: [{ says: 'See your name and picture', shows: 'bob' }],
  },
  {
    says: 'offline access',
    scopes: ['offline_access'],
    asks: [{ says: 'Stay signed in while you are away', shows: 'Until this is taken back' }],
  },
  {
    says: 'single claims',
    scopes: ['openid'],
    claims: ['name', 'preferred_username', 'picture', 'email', 'email_verified', 'shoe_size'],
    asks: [
      { says: 'Know that it is you', shows: 'alice' },
      { says: 'See your name', shows: 'Alice Moreau' },
      { says: 'See your user name', shows: 'alice' },
      { says: 'See your picture' },
      { says: 'See your email address', shows: 'alice@example.com' },
      { says: 'See your “shoe_size”' },
    ],
  },
  {
    says: 'where a person is reached',
    scopes: ['address', 'phone'],
    claims: [],
    person: { username: 'bob', phoneNumber: '+4612345678', address: { postalCode: '111 22', streetAddress: 'Storgatan 1\nLgh 3' } },
    asks: [
      { says: 'See your postal address', shows: 'Storgatan 1, Lgh 3, 111 22' },
      { says: 'See your phone number', shows: '+4612345678' },
    ],
  },
  {
    says: 'where a person is reached, singly, as they wrote it',
    scopes: ['openid'],
    claims: ['address', 'phone_number', 'phone_number_verified'],
    person: { username: 'bob', address: { formatted: 'Storgatan 1\nStockholm', country: 'SE' } },
    asks: [
      { says: 'Know that it is you', shows: 'bob' },
      { says: 'See your postal address', shows: 'Storgatan 1, Stockholm' },
      { says: 'See your phone number' },
    ],
  },
  {
    says: 'what an operator has scopes tell',
    scopes: ['crew', 'teams'],
    claims: ['job'],
    asks: [
      { says: 'Use “crew”' },
      { says: 'Call you by your user name', shows: 'alice' },
      { says: 'See your name', shows: 'Alice Moreau' },
      { says: 'Use “teams”' },
      { says: 'See which groups you are in' },
      { says: 'Know what you do here' },
    ],
  },
  { says: 'a scope with words', scopes: ['notes.write'], asks: [{ says: 'Write notes in your name' }] },
  { says: 'a scope without words', scopes: ['notes.read'], asks: [{ says: 'Use “notes.read”' }] },
  { says: 'a scope named like a member of every object', scopes: ['constructor'], asks: [{ says: 'Use “constructor”' }] },
] as const

for (const row of cases) {
  test(`what an app asks for, ${row.says}`, () => {
    assert.deepEqual(
      asksFor({ scopes: row.scopes, claims: 'claims' in row ? row.claims : [] }, 'person' in row ? row.person : alice, words),
      row.asks,
    )
  })
}

const places = [
  { uri: 'https://ledger.example/cb', place: 'ledger.example' },
  { uri: 'https://ledger.example:8443/cb', place: 'ledger.example:8443' },
  { uri: 'http://notes.localhost:9001/cb', place: 'notes.localhost:9001' },
  { uri: 'http://127.0.0.1:5000/cb', place: undefined },
  { uri: 'http://localhost:5000/cb', place: undefined },
  { uri: 'com.example.app:/cb', place: undefined },
] as const

for (const { uri, place } of places) {
  test(`${uri} is ${place ?? 'on this device'}`, () => assert.equal(placeOf(uri), place))
}
