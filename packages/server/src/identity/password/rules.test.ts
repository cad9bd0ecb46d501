import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPassword, requireGoodPassword } from './rules.ts'

const cases = [
  { says: '14 characters', typed: 'correct horse!', refused: 'password.too_short' },
  { says: '15 characters', typed: 'correct horse 9', refused: undefined },
  { says: '15 characters of two units each', typed: '🐎🌙🚲🌳🎻🐎🌙🚲🌳🎻🐎🌙🚲🌳🎻', refused: undefined },
  { says: '14 characters of two units each', typed: '🐎🌙🚲🌳🎻🐎🌙🚲🌳🎻🐎🌙🚲🌳', refused: 'password.too_short' },
  { says: '256 characters', typed: 'abcdefgh'.repeat(32), refused: undefined },
  { says: '257 characters', typed: `${'abcdefgh'.repeat(32)}i`, refused: 'password.too_long' },
  { says: 'a NUL', typed: 'correct horse\0battery', refused: 'password.unreadable' },
  { says: 'half a surrogate pair', typed: 'correct horse \ud800 battery', refused: 'password.unreadable' },
  { says: 'four distinct characters', typed: 'abcdabcdabcdabcd', refused: 'password.guessable' },
  { says: 'five distinct characters', typed: 'abcdeabcdeabcde', refused: undefined },
  { says: 'the user name and a year', typed: 'AliceMoreau2026alicemoreau', refused: 'password.guessable' },
  { says: 'the email address', typed: 'alice.m@example.com1', refused: 'password.guessable' },
  { says: 'the user name among other words', typed: 'alicemoreau rides home', refused: undefined },
] as const

for (const row of cases) {
  test(`a password to be set, ${row.says}`, () => {
    const attempt = () => requireGoodPassword(row.typed, ['alicemoreau', 'alice.m@example.com'])
    if (row.refused === undefined) assert.equal(attempt(), row.typed)
    else assert.throws(attempt, { name: 'Refusal', code: row.refused })
  })
}

const typed = [
  { says: 'an old short one still signs in', text: 'short', read: 'short' },
  { says: 'composed', text: 'cafe\u0301', read: 'caf\u00e9' },
  { says: 'spaces stay', text: ' a b ', read: ' a b ' },
  { says: '256 characters', text: '🐎'.repeat(256), read: '🐎'.repeat(256) },
  { says: '257 characters', text: '🐎'.repeat(257), read: undefined },
  { says: 'a NUL', text: 'a\0b', read: undefined },
  { says: 'half a surrogate pair', text: '\udc00', read: undefined },
] as const

for (const row of typed) {
  test(`a password that is typed, ${row.says}`, () => assert.equal(readPassword(row.text), row.read))
}
