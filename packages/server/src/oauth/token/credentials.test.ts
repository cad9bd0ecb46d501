import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientCredentials, type ClientAuthRefusalCode, type ClientCredentials } from './credentials.ts'

const encode = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

interface Row {
  readonly says: string
  readonly authorization?: string
  readonly form?: Readonly<Record<string, string>>
  readonly expected: ClientCredentials | ClientAuthRefusalCode
}

const basic = (clientId: string, secret: string): ClientCredentials => ({ clientId, secret, method: 'client_secret_basic' })

const rows: readonly Row[] = [
  { says: 'Basic', authorization: encode('a:b'), expected: basic('a', 'b') },
  { says: 'Basic in any case', authorization: encode('a:b').replace('Basic', 'bAsIc'), expected: basic('a', 'b') },
  { says: 'Basic with escapes', authorization: encode('a%3Ab+c:d%2Be+f'), expected: basic('a:b c', 'd+e f') },
  { says: 'Basic with a colon in the secret', authorization: encode('a:b:c'), expected: basic('a', 'b:c') },
  { says: 'Basic and the same id in the form', authorization: encode('a:b'), form: { client_id: 'a' }, expected: basic('a', 'b') },
  { says: 'Basic and another id in the form', authorization: encode('a:b'), form: { client_id: 'c' }, expected: 'client_auth.two_methods' },
  {
    says: 'Basic and a secret in the form',
    authorization: encode('a:b'),
    form: { client_secret: 'b' },
    expected: 'client_auth.two_methods',
  },
  { says: 'Basic without a secret', authorization: encode('a:'), expected: 'client_auth.failed' },
  { says: 'Basic without an id', authorization: encode(':b'), expected: 'client_auth.failed' },
  { says: 'Basic without a colon', authorization: encode('ab'), expected: 'client_auth.failed' },
  { says: 'Basic with a broken escape', authorization: encode('a:%zz'), expected: 'client_auth.failed' },
  {
    says: 'Basic with bytes that are no text',
    authorization: `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`,
    expected: 'client_auth.failed',
  },
  { says: 'Basic in a second spelling', authorization: 'Basic YTpj=', expected: 'client_auth.failed' },
  { says: 'Basic without padding', authorization: encode('a:bc').replaceAll('=', ''), expected: 'client_auth.failed' },
  { says: 'another scheme', authorization: 'Bearer abc', expected: 'client_auth.failed' },
  { says: 'nothing in the field', authorization: '', expected: 'client_auth.failed' },
  {
    says: 'the form',
    form: { client_id: 'a', client_secret: 'b' },
    expected: { clientId: 'a', secret: 'b', method: 'client_secret_post' },
  },
  { says: 'an id alone', form: { client_id: 'a' }, expected: { clientId: 'a', secret: undefined, method: 'none' } },
  {
    says: 'an id and an empty secret',
    form: { client_id: 'a', client_secret: '' },
    expected: { clientId: 'a', secret: undefined, method: 'none' },
  },
  { says: 'a secret without an id', form: { client_secret: 'b' }, expected: 'client_auth.failed' },
  { says: 'an empty id', form: { client_id: '' }, expected: 'client_auth.failed' },
  { says: 'nothing', expected: 'client_auth.failed' },
]

for (const { says, authorization, form = {}, expected } of rows) {
  test(`client credentials, ${says}`, () => {
    const attempt = () => readClientCredentials(authorization, form)
    if (typeof expected === 'string') assert.throws(attempt, { name: 'Refusal', code: expected })
    else assert.deepEqual(attempt(), expected)
  })
}
