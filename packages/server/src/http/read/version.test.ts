import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVersion, versionTag } from './version.ts'

const cases = [
  { says: 'no field', sent: undefined, refused: 'request.version_missing' },
  { says: 'a version', sent: '"v12"', version: 'v12' },
  { says: 'a digest', sent: '"a-_Z"', version: 'a-_Z' },
  { says: 'the longest', sent: `"${'a'.repeat(128)}"`, version: 'a'.repeat(128) },
  { says: 'one longer', sent: `"${'a'.repeat(129)}"`, refused: 'request.malformed' },
  { says: 'whatever there is', sent: '*', refused: 'request.malformed' },
  { says: 'a weak tag', sent: 'W/"v1"', refused: 'request.malformed' },
  { says: 'two', sent: '"v1", "v2"', refused: 'request.malformed' },
  { says: 'no quotes', sent: 'v1', refused: 'request.malformed' },
  { says: 'nothing in quotes', sent: '""', refused: 'request.malformed' },
  { says: 'an empty field', sent: '', refused: 'request.malformed' },
] as const

for (const row of cases) {
  test(`If-Match with ${row.says}`, () => {
    if ('version' in row) assert.equal(readVersion(row.sent), row.version)
    else assert.throws(() => readVersion(row.sent), { name: 'Refusal', code: row.refused })
  })
}

test('what was given as ETag comes back as the same version', () => assert.equal(readVersion(versionTag('v7')), 'v7'))
