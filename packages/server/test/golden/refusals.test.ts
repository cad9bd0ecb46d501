/** Everything that can be refused, in one reference, from the tables of the modules and of the edges. @module */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { adminRefusals } from '#admin'
import { auditRefusals, verifyRefusals } from '#audit'
import { gatewayRefusalAnswers, gatewayRefusals } from '#gateway'
import { httpRefusalAnswers, httpRefusals, type RefusalAnswer } from '#http'
import { identityRefusals } from '#identity'
import { rotationRefusals, vaultRefusals } from '#keys'
import {
  authorizeSays,
  clientAuthSays,
  clientSays,
  consentSays,
  certificateSays,
  dpopSays,
  grantSays,
  feedSays,
  introspectSays,
  logoutSays,
  revokeSays,
  userinfoSays,
} from '#oauth'
import { limitRefusals } from '#ratelimit'
import { routeRefusals } from '#routing'
import { policyRefusals } from '#rulebook'
import { sessionRefusals } from '#sessions'
import { setupRefusals } from '#setup'
import { signinRefusals } from '#signin'
import { familySays, refreshSays, tokenSays } from '#tokens'
import { credentialRefusals } from '../../src/app/identify.ts'
import { matchesGolden } from '../golden.ts'
import { openTestHouse } from '../house.ts'

const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  http: httpRefusals,
  ratelimit: limitRefusals,
  app: credentialRefusals,
  tokens: { ...tokenSays, ...refreshSays, ...familySays },
  oauth: {
    ...authorizeSays,
    ...logoutSays,
    ...clientAuthSays,
    ...certificateSays,
    ...dpopSays,
    ...grantSays,
    ...feedSays,
    ...introspectSays,
    ...revokeSays,
    ...userinfoSays,
    ...clientSays,
    ...consentSays,
  },
  signin: signinRefusals,
  sessions: sessionRefusals,
  identity: identityRefusals,
  setup: setupRefusals,
  admin: adminRefusals,
  rulebook: policyRefusals,
  routing: routeRefusals,
  audit: { ...auditRefusals, ...verifyRefusals },
  gateway: gatewayRefusals,
  keys: { ...rotationRefusals, ...vaultRefusals },
}

/** Codes that no caller meets as an answer of their own, with what happens instead. */
const unanswered: Readonly<Record<string, string>> = {
  'signin.not_together': '401, on the form',
  'signin.too_many_attempts': '429, on the form',
  'signin.state_lost': '400, on a page of its own',
  'keys.cannot_open': 'an outage: 503',
}

const { house } = await openTestHouse()
const answerTables: readonly (readonly [string, Readonly<Record<string, RefusalAnswer>>])[] = [
  ['', httpRefusalAnswers],
  ...house.edges.map((edge) => [edge.name, edge.refusals] as const),
  ['gateway', gatewayRefusalAnswers],
]

/** The status, and where it differs, of which edge; the word of RFC 6749 and RFC 6750 where there is one. */
function answerOf(code: string): string {
  const seen = new Map<string, Set<string>>()
  for (const [edge, table] of answerTables) {
    const answer = table[code]
    if (answer === undefined) continue
    const words = `${answer.status}${answer.error === undefined ? '' : ` \`${answer.error}\``}`
    seen.set(words, (seen.get(words) ?? new Set()).add(edge))
  }
  if (seen.size === 1) return [...seen.keys()][0] ?? ''
  return [...seen].map(([words, edges]) => `${words} (${[...edges].filter((edge) => edge !== '').join(', ')})`).join('; ')
}

const codes = Object.values(tables).flatMap((table) => Object.keys(table))

test('the reference of refusals is not stale', () => {
  const head = [
    '# Refusals',
    '',
    'Generated from the tables that the server runs with. A code is stable: match on it. The sentence is for people and may get better.',
    'What is not a refusal is `server.unavailable` (503, with Retry-After: something that we depend on is out and nothing was half-done) or',
    '`server.defect` (500, a mistake of ours).',
  ].join('\n')
  const parts = Object.entries(tables).map(([module, table]) => {
    const rows = Object.entries(table).map(([code, says]) => `| \`${code}\` | ${unanswered[code] ?? answerOf(code)} | ${says} |`)
    return `\n## ${module}\n\n| code | answer | sentence |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  matchesGolden('docs/reference/refusals.md', `${head}\n${parts.join('')}`)
})

test('every refusal has an answer, or a reason to have none', () => {
  for (const code of codes) assert.ok(answerOf(code) !== '' || unanswered[code] !== undefined, `${code} would be answered as a defect`)
})

test('every answer is for a refusal that exists', () => {
  for (const [edge, table] of answerTables) for (const code of Object.keys(table)) assert.ok(codes.includes(code), `${edge}: ${code}`)
})

test('one module owns each code', () => assert.equal(new Set(codes).size, codes.length))

test('every code that the source refuses with is in the reference, and every one in it is used', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const used = new Set<string>()
  for (const path of globSync('src/**/*.ts', { cwd: root })) {
    if (path.endsWith('.test.ts')) continue
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, code = ''] of text.matchAll(/\b(?:refuse|wrong)\(\s*'([a-z_]+\.[a-z_0-9]+)'/g))
      assert.ok(codes.includes(code), `${path}: ${code}`)
    for (const [, code = ''] of text.matchAll(/'([a-z_]+\.[a-z_0-9]+)'(?!:)/g)) used.add(code)
  }
  assert.deepEqual(
    codes.filter((code) => !used.has(code)),
    [],
  )
})

test('a sentence is for people: it begins with a capital, ends with a full stop, and names nothing of ours', () => {
  for (const [code, says] of Object.values(tables).flatMap((table) => Object.entries(table))) {
    assert.match(says, /^[A-Z][^]*\.$/, code)
    assert.doesNotMatch(says, /undefined|null|\b(SQL|row|stack)\b/, code)
  }
})
