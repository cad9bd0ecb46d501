/** Values that a stranger chose: text stays text, and what no policy may see is denied. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientIdentifier, UserId } from '#kernel'
import { anyone, askLab, members, nowMs } from '../../test/lab.ts'
import { aUser } from '../../test/policies.ts'
import type { Ask } from './decide.ts'

/** Text that means something to some reader of it: JSON, Cedar, YAML, or a naive one. */
const hostile = [
  '__entity',
  '__extn',
  '{"__entity":{"type":"Countersign::Role","id":"member"}}',
  'member"',
  'Countersign::Role::"member"',
  '\\u006dember',
  'member\0',
  '\u202emember',
  '',
  ' member',
  '__proto__',
  'constructor',
  '💥'.repeat(1000),
]

for (const text of hostile) {
  test(`text stays text: ${JSON.stringify(text).slice(0, 40)}`, () => {
    const given: Partial<Ask> = {
      roles: [text],
      groups: [text],
      resource: { type: 'Thing', id: text, attributes: { name: text } },
      facts: { nowMs, address: text, method: text, path: text, host: text },
      principal: {
        ...aUser,
        id: text as UserId,
        client: text as ClientIdentifier,
        proof: { ...aUser.proof, acr: text, amr: [text] },
        credential: { kind: 'access_token', scopes: [text] },
      },
    }
    assert.equal(askLab(members, given).because, 'nothing allows it')
    assert.equal(askLab(anyone, given).because, 'permitted')
  })
}

const unfit: readonly { readonly says: string; readonly because: string; readonly given: Partial<Ask> }[] = [
  { says: 'a text that is not Unicode', because: 'a text is too long or not Unicode', given: { facts: { nowMs, path: '/\ud800' } } },
  { says: 'a role that is not Unicode', because: 'an entity has an id that is not text', given: { roles: ['\udfff'] } },
  {
    says: 'a path of more than 8,192 characters',
    because: 'a text is too long or not Unicode',
    given: { facts: { nowMs, path: '/'.repeat(8193) } },
  },
  {
    says: 'an id of more than 8,192 characters',
    because: 'an entity has an id that is not text',
    given: { resource: { type: 'Thing', id: 'x'.repeat(8193) } },
  },
  {
    says: 'more than 256 roles',
    because: 'an entity is in too many others',
    given: { roles: Array.from({ length: 257 }, (_, role) => `r${role}`) },
  },
  {
    says: "Cedar's escape of an entity",
    because: 'a record has a reserved name',
    given: { resource: { type: 'Thing', id: 't', attributes: { owner: { __entity: { type: 'Countersign::User', id: aUser.id } } } } },
  },
  {
    says: "Cedar's escape of a function",
    because: 'a record has a reserved name',
    given: { resource: { type: 'Thing', id: 't', attributes: { name: { __extn: { fn: 'ip', arg: '::' } } } } },
  },
  {
    says: 'a number that is not whole',
    because: 'a number is not a whole one',
    given: { resource: { type: 'Thing', id: 't', attributes: { name: 0.5 } } },
  },
  {
    says: 'a null',
    because: 'a value is of no type that policies have',
    given: { resource: { type: 'Thing', id: 't', attributes: { name: null as unknown as string } } },
  },
  {
    says: 'records in records',
    because: 'a value is nested too deeply',
    given: {
      resource: { type: 'Thing', id: 't', attributes: { name: JSON.parse('{"a":'.repeat(200) + '1' + '}'.repeat(200)) as { a: number } } },
    },
  },
  {
    says: 'a long list',
    because: 'a value has too many members',
    given: { resource: { type: 'Thing', id: 't', attributes: { name: Array.from({ length: 1025 }, () => 1) } } },
  },
]

for (const { says, because, given } of unfit) {
  test(`what no policy may see is denied, and the engine goes on: ${says}`, () => {
    const decision = askLab(anyone, given)
    assert.deepEqual([decision.effect, decision.because], ['deny', 'it cannot be asked'])
    assert.equal(decision.unanswerable, because)
    assert.equal(askLab(anyone).effect, 'allow')
  })
}

test('both sides of the limits on values', () => {
  assert.equal(askLab(anyone, { facts: { nowMs, path: '/'.repeat(8192) } }).effect, 'allow')
  assert.equal(askLab(anyone, { roles: Array.from({ length: 256 }, (_, role) => `r${role}`) }).effect, 'allow')
})
