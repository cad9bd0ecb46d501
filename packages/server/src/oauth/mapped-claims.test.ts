import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personClaims, type ClaimPlace } from './claims.ts'
import { claimTable, mappingMistakes } from './mapped-claims.ts'

const table = claimTable({
  teams: { groups: { from: 'groups' }, 'https://acme.example/roles': { from: 'roles', in: ['access_token', 'userinfo'] } },
  profile: { nickname: { from: 'username' } },
})
const person = { username: 'alice', groups: ['Crew', 'Night'], roles: ['editor'] }
const at = (place: ClaimPlace, scopes: readonly string[], claims?: readonly string[]) =>
  personClaims(person, { at: place, scopes, claims }, table)

test('a mapped claim is told by its scope, where the operator says', () => {
  assert.deepEqual(at('id_token', ['teams']), { groups: ['Crew', 'Night'] })
  assert.deepEqual(at('userinfo', ['teams']), { groups: ['Crew', 'Night'], 'https://acme.example/roles': ['editor'] })
  assert.deepEqual(at('access_token', ['teams', 'profile']), { 'https://acme.example/roles': ['editor'] })
  assert.deepEqual(at('id_token', ['profile']), { preferred_username: 'alice', nickname: 'alice' })
  assert.deepEqual(at('id_token', ['openid']), {})
})

test('a mapped claim that is asked for singly is told where the operator says, and nowhere else', () => {
  assert.deepEqual(at('id_token', ['openid'], ['nickname', 'https://acme.example/roles']), { nickname: 'alice' })
})

test('a list that is too long for a token is left out of it whole, and UserInfo has it', () => {
  const most = { username: 'a', groups: Array.from({ length: 16 }, () => 'x'.repeat(125)), roles: undefined }
  const length = JSON.stringify(most.groups).length
  assert.equal(length, 2_049)
  const fits = { ...most, groups: [...most.groups.slice(1), 'x'.repeat(124)] }
  assert.deepEqual(personClaims(fits, { at: 'id_token', scopes: ['teams'] }, table), { groups: fits.groups })
  assert.deepEqual(personClaims(most, { at: 'id_token', scopes: ['teams'] }, table), {})
  assert.deepEqual(personClaims(most, { at: 'userinfo', scopes: ['teams'] }, table), { groups: most.groups })
})

for (const name of [
  'sub',
  'aud',
  'acr',
  'cnf',
  'scope',
  'client_id',
  'gen',
  'fam',
  'userinfo_claims',
  'active',
  'authorization_details',
  'email',
  'address',
]) {
  test(`no mapping says ${name}`, () => {
    assert.equal(mappingMistakes({ teams: { [name]: { from: 'roles' } } }).length, 1)
    assert.throws(() => claimTable({ teams: { [name]: { from: 'roles' } } }), /claims\.teams\./)
  })
}

test('one claim belongs to one scope', () => {
  const mistakes = mappingMistakes({ teams: { level: { from: 'roles' } }, staff: { level: { from: 'groups' } } })
  assert.deepEqual(mistakes, ['claims.staff.level: another scope tells a claim of this name'])
})
