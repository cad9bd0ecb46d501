import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaimsRequest, type ClaimsRequest } from './claims-request.ts'

const nested = (levels: number): string => `{"x":${'{"x":'.repeat(levels - 2)}{}${'}'.repeat(levels - 1)}`
const names = (count: number): string =>
  JSON.stringify({ userinfo: Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, null])) })
const idToken = (claims: object): string => JSON.stringify({ id_token: claims })

interface Row {
  readonly says: string
  readonly text: string
  readonly read: ClaimsRequest | undefined
}

const rows: readonly Row[] = [
  { says: 'nothing', text: '{}', read: {} },
  { says: 'places without claims', text: '{"userinfo":null,"id_token":{}}', read: {} },
  {
    says: 'the example of section 5.5',
    text: JSON.stringify({
      userinfo: { given_name: { essential: true }, nickname: null, email: { essential: true }, picture: null },
      id_token: { auth_time: { essential: true }, acr: { values: ['urn:mace:incommon:iap:silver'] } },
    }),
    read: {
      claims: { userinfo: ['given_name', 'nickname', 'email', 'picture'], idToken: ['auth_time', 'acr'] },
      strength: { values: ['urn:mace:incommon:iap:silver'], essential: false },
    },
  },
  {
    says: 'an essential acr',
    text: idToken({ acr: { essential: true, value: '1fa' } }),
    read: { claims: { idToken: ['acr'], userinfo: [] }, strength: { values: ['1fa'], essential: true } },
  },
  {
    says: 'an acr that only wants to be said',
    text: idToken({ acr: { essential: true } }),
    read: { claims: { idToken: ['acr'], userinfo: [] } },
  },
  { says: 'a sub', text: idToken({ sub: { value: 'usr_1' } }), read: { claims: { idToken: ['sub'], userinfo: [] }, subjects: ['usr_1'] } },
  {
    says: 'a sub in both places is in both',
    text: '{"id_token":{"sub":{"values":["a","b"]}},"userinfo":{"sub":{"values":["b","c"]}}}',
    read: { claims: { idToken: ['sub'], userinfo: ['sub'] }, subjects: ['b'] },
  },
  {
    says: 'a sub that contradicts itself is nobody',
    text: '{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}',
    read: { claims: { idToken: ['sub'], userinfo: ['sub'] }, subjects: [] },
  },
  {
    says: 'other members are ignored',
    text: '{"verified_claims":[1],"id_token":{"sub":{"purpose":"x"}}}',
    read: { claims: { idToken: ['sub'], userinfo: [] } },
  },
  { says: 'no JSON', text: 'x', read: undefined },
  { says: 'a list', text: '[]', read: undefined },
  { says: 'a place that is a list', text: '{"userinfo":["email"]}', read: undefined },
  { says: 'a place that is text', text: '{"id_token":"email"}', read: undefined },
  { says: 'a claim that is text', text: idToken({ email: 'yes' }), read: undefined },
  { says: 'a claim that is a list', text: idToken({ email: [] }), read: undefined },
  { says: 'an acr of numbers', text: idToken({ acr: { values: [1] } }), read: undefined },
  { says: 'an acr of nothing', text: idToken({ acr: { values: [] } }), read: undefined },
  { says: 'a sub that is a number', text: idToken({ sub: { value: 1 } }), read: undefined },
  { says: 'a sub by value and by values', text: idToken({ sub: { value: 'a', values: ['a'] } }), read: undefined },
  { says: 'one name twice', text: '{"userinfo":{"email":null,"email":{}}}', read: undefined },
  { says: 'sixteen levels', text: nested(16), read: {} },
  { says: 'seventeen levels', text: nested(17), read: undefined },
  { says: 'more claims than there are', text: names(33), read: undefined },
]

for (const { says, text, read } of rows) {
  test(`a request for claims, ${says}`, () => assert.deepEqual(readClaimsRequest(text), read))
}

test('a request for claims may name as many claims as there are', () => {
  assert.equal(readClaimsRequest(names(32))?.claims?.userinfo.length, 32)
})
