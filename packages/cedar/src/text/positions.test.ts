import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf } from '../../test/judge.ts'
import { readPolicies } from './policies.ts'
import { readSchemaText } from './schema.ts'
import { longestSource, tokensOf } from './tokens.ts'

/** Texts, and their tokens with where they begin. */
const tokens: readonly (readonly [text: string, tokens: string])[] = [
  ['', 'end@0'],
  [' \t\r\n', 'end@4'],
  ['// all\n//', 'end@9'],
  ['a //b\rc', 'name a@0, name c@6, end@7'],
  ['a/**/', 'refused input.syntax 1:2'],
  ['a1_ 12a', 'name a1_@0, number 12@4, name a@6, end@7'],
  ['a::b', 'name a@0, symbol ::@1, name b@3, end@4'],
  ['a:b', 'name a@0, symbol :@1, name b@2, end@3'],
  ['<=<', 'symbol <=@0, symbol <@2, end@3'],
  ['===', 'symbol ==@0, symbol =@2, end@3'],
  ['!=!', 'symbol !=@0, symbol !@2, end@3'],
  ['&&||', 'symbol &&@0, symbol ||@2, end@4'],
  ['a & b', 'refused input.syntax 1:3'],
  ['?principal ?resource', 'symbol ?principal@0, symbol ?resource@11, end@20'],
  ['?principals', 'symbol ?@0, name principals@1, end@11'],
  ['"a" "b', 'refused input.syntax 1:5'],
  ['"\\"" a', 'string \\"@0, name a@5, end@6'],
  ['"\\\\" a', 'string \\\\@0, name a@5, end@6'],
  ['"a\nb" c', 'string a\nb@0, name c@6, end@7'],
  ['"a\\\nb"', 'refused input.syntax 1:1'],
  ['\u3000a\u00a0\u0085b', 'name a@1, name b@4, end@5'],
  ['a\ufeff', 'refused input.syntax 1:2'],
  ['é', 'refused input.syntax 1:1'],
  ['"\ud800"', 'refused input.text'],
]

for (const [text, wanted] of tokens) {
  test(`the tokens of ${JSON.stringify(text)}`, () => {
    let found = ''
    const refusal = refusalOf(() => {
      found = tokensOf(text)
        .map(({ kind, text: each, start }) => `${kind}${kind === 'end' ? '' : ` ${each}`}@${start}`)
        .join(', ')
    })
    assert.equal(refusal === 'taken' ? found : `refused ${refusal}`, wanted)
  })
}

test('a text is as long as the longest, and no longer', () => {
  assert.equal(
    refusalOf(() => tokensOf(' '.repeat(longestSource))),
    'taken',
  )
  assert.equal(
    refusalOf(() => tokensOf(' '.repeat(longestSource + 1))),
    'input.size',
  )
})

/** Policies with one mistake, and the line and column that is told: of a name that is not taken, often those of what follows it. */
const mistakes: readonly (readonly [text: string, place: string])[] = [
  ['permit', '1:7'],
  ['allow (principal, action, resource);', '1:1'],
  ['permit (principal, action, resource)', '1:37'],
  ['permit (principal, action, resource);;', '1:38'],
  ['permit (principal, action);', '1:26'],
  ['permit (action, principal, resource);', '1:9'],
  ['permit (principal == ?resource, action, resource);', '1:22'],
  ['permit (principal == User, action, resource);', '1:26'],
  ['permit (principal == User::a, action, resource);', '1:29'],
  ['permit (principal is "User", action, resource);', '1:22'],
  ['permit (principal, action == User::"a", resource);', '1:39'],
  ['permit (principal, action in [User::"a"], resource);', '1:40'],
  ['permit (principal, action in [Action::"a" Action::"b"], resource);', '1:43'],
  ['@a @a permit (principal, action, resource);', '1:5'],
  ['@"a" permit (principal, action, resource);', '1:2'],
  ['@a(b) permit (principal, action, resource);', '1:4'],
  ['permit (principal, action, resource)\nwhen { };', '2:8'],
  ['permit (principal, action, resource)\nwhen true;', '2:6'],
  ['permit (principal, action, resource)\nif { true };', '2:1'],
  ['permit (principal, action, resource)\n\nunless { 1 + };', '3:14'],
  ['permit (principal, action, resource) when { (1 };', '1:48'],
  ['permit (principal, action, resource) when { [1, 2 };', '1:51'],
  ['permit (principal, action, resource) when { {a 1} };', '1:48'],
  ['permit (principal, action, resource) when { {a: 1, a: 2} };', '1:53'],
  ['permit (principal, action, resource) when { if true then 1 };', '1:60'],
  ['permit (principal, action, resource) when { a };', '1:47'],
  ['permit (principal, action, resource) when { principal. };', '1:56'],
  ['permit (principal, action, resource) when { principal.if };', '1:55'],
  ['permit (principal, action, resource) when { principal[1] };', '1:55'],
  ['permit (principal, action, resource) when { 1 like 2 };', '1:52'],
  ['permit (principal, action, resource) when { 1 < 2 < 3 };', '1:51'],
  ['permit (principal, action, resource) when { "\\q" };', '1:46'],
  ['permit (principal, action, resource) when { "ab\\u{110000}" };', '1:48'],
  ['permit (principal, action, resource) when { "\\*" };', '1:46'],
  ['permit (principal, action, resource) when { 9223372036854775808 };', '1:45'],
  ['permit (principal, action, resource) when { "😀" & };', '1:50'],
  ['// é\r\n  permit !', '2:10'],
]

for (const [text, place] of mistakes) {
  test(`the mistake of ${JSON.stringify(text)} is at ${place}`, () => {
    assert.equal(
      refusalOf(() => readPolicies(text)),
      `input.syntax ${place}`,
    )
  })
}

/** Schemas with one mistake. */
const schemaMistakes: readonly (readonly [text: string, place: string])[] = [
  ['entity', '1:7'],
  ['entity User', '1:12'],
  ['entity User in ;', '1:16'],
  ['entity User { a Long };', '1:17'],
  ['entity User {\n  a: Long,\n  a: Long,\n};', '3:10'],
  ['entity if;', '1:8'],
  ['entity User enum [];', '1:20'],
  ['entity User enum [a];', '1:19'],
  ['entity A; entity A;', '1:19'],
  ['type T = ;', '1:10'],
  ['type T Long;', '1:8'],
  ['type T = Set<Long;', '1:18'],
  ['action a appliesTo { principal: A, principal: A };', '1:45'],
  ['action a appliesTo { user: A };', '1:26'],
  ['action a in [;', '1:14'],
  ['namespace A { entity B;', '1:24'],
  ['namespace A { namespace B {} }', '1:15'],
  ['@a @a entity B;', '1:7'],
  ['table A;', '1:1'],
]

for (const [text, place] of schemaMistakes) {
  test(`the mistake of the schema ${JSON.stringify(text)} is at ${place}`, () => {
    assert.equal(
      refusalOf(() => readSchemaText(text)),
      `input.syntax ${place}`,
    )
  })
}
