import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsSchema } from './settings.ts'
import { shownSettings, withoutCredentials } from './shown-settings.ts'

for (const [given, shown] of [
  ['/var/lib/countersign/root.key', '/var/lib/countersign/root.key'],
  ['https://id.example.com', 'https://id.example.com'],
  ['postgres://app:pass@db.internal:5432/cs?sslmode=verify-full', 'postgres://(hidden)@db.internal:5432/cs?sslmode=verify-full'],
  ['postgres://app:p@ss/w@db.internal/cs', 'postgres://(hidden)@db.internal/cs'],
  ['postgres://app:p?a=s&b@db.internal/cs', 'postgres://(hidden)@db.internal/cs'],
  ['postgres://app:p#s@db.internal/cs', 'postgres://(hidden)@db.internal/cs'],
  ['postgres:/app:pass@db.internal/cs', 'postgres:/(hidden)@db.internal/cs'],
  ['postgres:app:pass@db.internal/cs', 'postgres:(hidden)@db.internal/cs'],
  ['com.example.app:/cb', 'com.example.app:/cb'],
  ['notes:read', 'notes:read'],
  ['POSTGRES://app:pass@db/cs', 'POSTGRES://(hidden)@db/cs'],
  ['postgres:///cs?host=/run/postgresql&password=pass', 'postgres:///cs?host=/run/postgresql&(hidden)'],
  ['postgres:///cs?pass%77ord=pass&sslmode=disable', 'postgres:///cs?(hidden)&sslmode=disable'],
  ['postgres:///cs?sslmode=disable#pass', 'postgres:///cs?(hidden)'],
  ['https://trace.example/v1?api-key=k', 'https://trace.example/v1?(hidden)'],
  ['https://trace.example/v1#k', 'https://trace.example/v1#(hidden)'],
  ['http://name:pass@127.0.0.1:3000', 'http://(hidden)@127.0.0.1:3000'],
  [
    "default-src 'self' https://a:pass@cdn.example https://b.example?k=v",
    "default-src 'self' https://(hidden)@cdn.example https://b.example?(hidden)",
  ],
] as const) {
  test(`${given} is shown as ${shown}`, () => assert.equal(withoutCredentials(given), shown))
}

test('lists and groups are shown by their paths, and nothing that is absent', () => {
  const settings = { b: [{ name: 'x', scopes: ['s'] }], a: { on: false, none: undefined, empty: [] } }
  assert.deepEqual(shownSettings(settings), [
    { setting: 'a.on', value: false },
    { setting: 'b.0.name', value: 'x' },
    { setting: 'b.0.scopes.0', value: 's' },
  ])
})

test('no setting is a secret itself: it is in a file, and the setting is the path', () => {
  const names = valueNames(settingsSchema, '')
  assert.ok(names.includes('passwordFile') && names.includes('url'))
  const secret = names.filter((name) => /secret|password|token|key|credential/i.test(name) && !/(File|Seconds)$/.test(name))
  assert.deepEqual(secret, [])
})

/** The names of the settings that are one value, in groups and in lists. */
function valueNames(schema: unknown, name: string): readonly string[] {
  const { type, properties, items, anyOf } = schema as Partial<Record<'type' | 'items', unknown>> & {
    readonly properties?: Record<string, unknown>
    readonly anyOf?: readonly object[]
  }
  // A yes or no, or a word of a list, tells nothing that anybody could use.
  if (type === 'boolean' || anyOf?.every((one) => 'const' in one) === true) return []
  if (properties !== undefined) return Object.entries(properties).flatMap(([inner, below]) => valueNames(below, inner))
  return items === undefined ? [name] : valueNames(items, name)
}
