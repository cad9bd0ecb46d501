import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  actionEntities,
  authorize,
  enforce,
  EntityStore,
  PolicySet,
  readEntities,
  readPolicies,
  readRequest,
  readSchema,
  readSchemaText,
  validate,
} from '../src/index.ts'

const guide = readFileSync(new URL('../../../docs/guides/cedar.md', import.meta.url), 'utf8')
const blocks = (language: string): string =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, text]) => text).join('\n')

const schema = readSchema(readSchemaText(blocks('cedarschema')))
const policies = Object.fromEntries(readPolicies(blocks('cedar')).map(({ json }) => [json.annotations?.['id'] ?? '', json]))
const set = PolicySet.fromJson({ staticPolicies: policies })

const user = (id: string): object => ({ type: 'User', id })
const entities = new EntityStore()
entities.apply({
  put: [
    ...actionEntities(schema),
    ...readEntities(schema, [
      { uid: user('alice'), attrs: { level: 1 }, parents: [] },
      { uid: user('bob'), attrs: { level: 1 }, parents: [{ type: 'Team', id: 'writers' }] },
      { uid: user('carol'), attrs: { level: 1 }, parents: [] },
      { uid: { type: 'Folder', id: 'chapter' }, parents: [{ type: 'Folder', id: 'handbook' }] },
      {
        uid: { type: 'Note', id: '1' },
        attrs: { owner: user('alice'), closed: false, labels: [] },
        parents: [{ type: 'Folder', id: 'chapter' }],
      },
      { uid: { type: 'Note', id: '2' }, attrs: { owner: user('alice'), closed: true, labels: [] } },
      { uid: { type: 'Note', id: '3' }, attrs: { owner: user('alice'), closed: false, labels: ['office'] } },
    ]),
  ],
})

test('the policies of the guide fit its schema', () => {
  assert.deepEqual(validate(schema, policies), { mistakes: [], neverHold: [] })
})

const rows = [
  ...guide.matchAll(/^\| `(\w+)`, [^|]+\| `(\w+)` \| `(\w+)`, [^|]+\| ([^|]*)\| (allow|deny)(?:, by `(\w+)`|: nothing permits it) \|$/gm),
]

for (const [, who = '', what = '', note = '', context = '', answer, by] of rows) {
  test(`the guide says what is answered: ${who} ${what} ${note} ${context}`, () => {
    const address = /address (\S+)/.exec(context)?.[1]
    const request = readRequest(schema, {
      principal: user(who),
      action: { type: 'Action', id: what },
      resource: { type: 'Note', id: note },
      context: { now: '2026-01-01T00:00:00Z', ...(address === undefined ? {} : { address }) },
    })
    const given = authorize(set, entities, request)
    assert.deepEqual([enforce(given), given.reasons], [answer, by === undefined ? [] : [by]])
  })
}

test('every row of the guide was read', () => {
  assert.equal(rows.length, 7)
})
