import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAddress, readTelephone, type Address } from './contact.ts'

for (const text of ['+4612345678', '+1 (425) 555-1212', '+1 (604) 555-1234;ext=5678', '+33.1.23.45.67.89', '+290 1234']) {
  test(`a telephone number, ${text}`, () => assert.equal(readTelephone(text), text))
}

const noNumbers = [
  '',
  '+',
  '0123456',
  '555-1212',
  '+0123456',
  '+12',
  `+1${'2'.repeat(15)}`,
  '+1 425  (--555',
  'tel:+14255551212',
  '+1425555\n1212',
  '+14255551212;ext=',
]
for (const text of noNumbers) {
  test(`no telephone number, ${JSON.stringify(text)}`, () => assert.equal(readTelephone(text), undefined))
}

const whole: Address = {
  formatted: '1 Rue du Port\n75001 Paris\nFrance',
  streetAddress: '1 Rue du Port',
  locality: 'Paris',
  region: 'Île-de-France',
  postalCode: '75001',
  country: 'France',
}

test('an address is kept as it was written, and members that are not known stay away', () => {
  assert.deepEqual(readAddress(whole), whole)
  assert.deepEqual(readAddress({ locality: 'Paris', country: undefined }), { locality: 'Paris' })
})

const noAddresses: readonly Address[] = [
  {},
  { country: undefined },
  { locality: '' },
  { locality: ' ' },
  { streetAddress: '\n' },
  { locality: 'Paris\nFrance' },
  { formatted: 'a\r\nb' },
  { formatted: 'a\u0000b' },
  { country: '\u202eecnarF' },
  { postalCode: '1'.repeat(33) },
  { formatted: 'x'.repeat(513) },
]
for (const address of noAddresses) {
  test(`no address, ${JSON.stringify(address).slice(0, 40)}`, () => assert.equal(readAddress(address), undefined))
}
