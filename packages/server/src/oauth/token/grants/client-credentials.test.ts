import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audienceFor, scopesFor } from './client-credentials.ts'

const client = {
  scopes: ['openid', 'profile', 'email', 'offline_access', 'a', 'b'],
  audiences: ['https://one.example', 'https://two.example'],
}

const scopes: readonly { readonly asked: string | undefined; readonly granted: readonly string[] | undefined }[] = [
  { asked: undefined, granted: ['a', 'b'] },
  { asked: '', granted: ['a', 'b'] },
  { asked: 'b', granted: ['b'] },
  { asked: 'b a b', granted: ['b', 'a'] },
  { asked: 'a c', granted: undefined },
  { asked: 'openid', granted: undefined },
  { asked: 'offline_access', granted: undefined },
  { asked: 'a  b', granted: undefined },
]

for (const { asked, granted } of scopes) {
  test(`a client that asks for "${asked ?? 'nothing'}" gets ${granted?.join(' ') ?? 'a refusal'}`, () => {
    const attempt = () => scopesFor(client, asked)
    if (granted === undefined) assert.throws(attempt, { code: 'grant.scope' })
    else assert.deepEqual(attempt(), granted)
  })
}

test('the audience is the resource that was asked for, else the first, else the issuer', () => {
  assert.deepEqual(audienceFor(client, 'https://two.example', 'https://id.example'), ['https://two.example'])
  assert.deepEqual(audienceFor(client, undefined, 'https://id.example'), ['https://one.example'])
  assert.deepEqual(audienceFor(client, '', 'https://id.example'), ['https://one.example'])
  assert.deepEqual(audienceFor({ audiences: [] }, undefined, 'https://id.example'), ['https://id.example'])
  assert.throws(() => audienceFor(client, 'https://id.example', 'https://id.example'), { code: 'grant.resource' })
})
