import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeProfile, type ProfileChange } from './names.ts'

const before = {
  username: 'alice',
  name: 'Alice Moreau',
  email: 'alice@example.com',
  emailVerified: true,
  picture: 'https://a.example/p',
  phoneNumber: '+46123456',
  phoneNumberVerified: true,
  address: { locality: 'Lund' },
}

const cases: readonly {
  readonly says: string
  readonly change: ProfileChange
  readonly changed: readonly string[]
  readonly after: object
}[] = [
  { says: 'nothing', change: {}, changed: [], after: {} },
  {
    says: 'what is there already',
    change: { username: 'alice', name: 'Alice Moreau', email: 'alice@example.com' },
    changed: [],
    after: {},
  },
  { says: 'another user name', change: { username: 'moreau' }, changed: ['username'], after: { username: 'moreau' } },
  { says: 'the same user name in other letters', change: { username: 'Alice' }, changed: ['username'], after: { username: 'Alice' } },
  { says: 'another name', change: { name: 'Alice M.' }, changed: ['name'], after: { name: 'Alice M.' } },
  {
    says: 'another address, of which nobody has made sure',
    change: { email: 'a@example.org' },
    changed: ['email'],
    after: { email: 'a@example.org', emailVerified: false },
  },
  {
    says: 'the same address in other letters, which may be another mailbox',
    change: { email: 'Alice@example.com' },
    changed: ['email'],
    after: { email: 'Alice@example.com', emailVerified: false },
  },
  { says: 'no name', change: { name: null }, changed: ['name'], after: { name: undefined } },
  { says: 'no address', change: { email: null }, changed: ['email'], after: { email: undefined, emailVerified: false } },
  {
    says: 'another number, of which nobody has made sure',
    change: { phoneNumber: '+46123457' },
    changed: ['phoneNumber', 'phoneNumberVerified'],
    after: { phoneNumber: '+46123457', phoneNumberVerified: false },
  },
  {
    says: 'another number, of which somebody made sure',
    change: { phoneNumber: '+46123457', phoneNumberVerified: true },
    changed: ['phoneNumber'],
    after: { phoneNumber: '+46123457' },
  },
  {
    says: 'doubts about its number',
    change: { phoneNumberVerified: false },
    changed: ['phoneNumberVerified'],
    after: { phoneNumberVerified: false },
  },
  {
    says: 'no number',
    change: { phoneNumber: null, phoneNumberVerified: true },
    changed: ['phoneNumber', 'phoneNumberVerified'],
    after: { phoneNumber: undefined, phoneNumberVerified: undefined },
  },
  {
    says: 'another postal address',
    change: { address: { locality: 'Lund', country: 'SE' } },
    changed: ['address'],
    after: { address: { locality: 'Lund', country: 'SE' } },
  },
  { says: 'the same postal address', change: { address: { locality: 'Lund' } }, changed: [], after: {} },
  { says: 'no postal address', change: { address: null }, changed: ['address'], after: { address: undefined } },
  {
    says: 'everything at once',
    change: { username: 'b', name: null, email: 'b@example.com' },
    changed: ['username', 'name', 'email'],
    after: { username: 'b', name: undefined, email: 'b@example.com', emailVerified: false },
  },
]

for (const row of cases) {
  test(`a profile is given ${row.says}`, () => {
    const { after, changed } = changeProfile(before, row.change)
    const expected = Object.entries({ ...before, ...row.after }).filter(([, value]) => value !== undefined)
    assert.deepEqual([after, changed], [Object.fromEntries(expected), row.changed])
  })
}

const refused = [
  { says: 'a user name like an address', change: { username: 'a@b' }, code: 'identity.bad_username' },
  { says: 'an address that is none', change: { email: 'alice' }, code: 'identity.bad_email' },
  { says: 'a number without its country', change: { phoneNumber: '0123456' }, code: 'identity.bad_phone_number' },
  { says: 'a postal address of nothing', change: { address: {} }, code: 'identity.bad_address' },
  { says: 'an empty address', change: { email: '' }, code: 'identity.bad_email' },
  { says: 'a name with a line end', change: { name: 'Alice\nAdmin' }, code: 'identity.bad_name' },
  { says: 'a name that turns the text around', change: { name: 'a\u202eb' }, code: 'identity.bad_name' },
] as const

for (const row of refused) {
  test(`a profile is not given ${row.says}`, () => {
    assert.throws(() => changeProfile(before, row.change), { name: 'Refusal', code: row.code })
  })
}
