import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyStoreName } from '#kernel'
import { createCedarEngine } from './cedar-engine.ts'
import { compile } from './compile.ts'
import { sayMistake, type SourceFile } from './mistake.ts'
import { readSource } from './source.ts'
import { Cedar } from './wasm.ts'

const engine = createCedarEngine()

const right = {
  store: 'notes',
  words: 'name: Notes\nnamespace: Notes\nactions:\n  read: read notes\nroles:\n  viewer: viewers\n',
  schema:
    'namespace Notes {\n  entity Collection { closed?: Bool };\n  action "read" appliesTo {\n    principal: [Countersign::User],\n    resource: [Collection],\n    context: { now: datetime, method?: String },\n  };\n}\n',
  policies: '@id("viewers-read")\npermit (principal in Countersign::Role::"viewer", action == Notes::Action::"read", resource);\n',
}

/** A store that differs from the right one in what is given. */
function sourceOf(given: Partial<typeof right>, more: readonly SourceFile[]): ReturnType<typeof readSource> {
  const store = { ...right, ...given }
  return readSource(store.store as PolicyStoreName, [
    { name: 'store.yaml', text: store.words },
    { name: 'schema.cedarschema', text: store.schema },
    { name: 'notes.cedar', text: store.policies },
    ...more,
  ])
}

function mistakesOf(given: Partial<typeof right>, more: readonly SourceFile[] = []): readonly string[] {
  const source = sourceOf(given, more)
  const compiled = 'store' in source ? engine.compile(source) : { is: 'mistaken' as const, mistakes: source }
  return compiled.is === 'mistaken' ? compiled.mistakes.map(sayMistake) : []
}

const permit = (condition: string): string => `@id("p")\npermit (principal, action, resource) when { ${condition} };\n`
const forbid = (annotations: string): string =>
  `${right.policies}${annotations} forbid (principal, action, resource) when { resource has closed };\n`
const schemaWith = (more: string): string => right.schema.replace('namespace Notes {', `namespace Notes {\n${more}`)
const contextOf = (more: string): string => right.schema.replace('now: datetime', `now: datetime, ${more}`)

const cases: readonly (Partial<typeof right> & { readonly says: string; readonly finds: readonly RegExp[] })[] = [
  { says: 'a store in which all is right', finds: [] },
  {
    says: 'a policy that is no policy',
    policies: 'permti (principal, action, resource);',
    finds: [/^notes\.cedar:1:1: invalid policy effect: permti/],
  },
  { says: 'the second line, after letters of several bytes', policies: '// é𝄞\n  permti();', finds: [/^notes\.cedar:2:3: /] },
  {
    says: 'an attribute that the schema does not know',
    policies: permit('resource.nope'),
    finds: [/^notes\.cedar:2:\d+: attribute `nope` .* not found/],
  },
  {
    says: 'an unknown entity type',
    policies: right.policies.replace('::Role', '::Rolle'),
    finds: [/unrecognized entity type `Countersign::Rolle`/, /unable to find an applicable action/],
  },
  {
    says: 'an unknown action',
    policies: right.policies.replace('"read"', '"raed"'),
    finds: [/unrecognized action `Notes::Action::"raed"`/, /unable to find/, /impossible/],
  },
  { says: 'a policy that can never hold', policies: permit('false'), finds: [/policy is impossible/] },
  { says: 'a look-alike letter', policies: permit('principal == Countersign::User::"\u0430dmin"'), finds: [/mixed scripts/] },
  {
    says: 'an optional attribute without a check',
    policies: permit('resource.closed'),
    finds: [/closed.*optional|unable to guarantee safety/],
  },
  { says: 'a policy without a name', policies: 'permit (principal, action, resource);', finds: [/^notes\.cedar:1:1: has no @id/] },
  { says: 'a name that is not one', policies: '@id("a b") permit (principal, action, resource);', finds: [/@id that is not a name/] },
  { says: 'an empty name', policies: '@id permit (principal, action, resource);', finds: [/has no @id/] },
  {
    says: 'a name twice in a file',
    policies: right.policies + right.policies,
    finds: [/^notes\.cedar:3:1: viewers-read is also the @id of a policy in notes\.cedar$/],
  },
  { says: 'a template', policies: '@id("t") permit (principal == ?principal, action, resource);', finds: [/^notes\.cedar:1:1: templates/] },
  { says: 'a public reason on a forbid', policies: forbid('@id("f") @public_reason("It is closed.")'), finds: [] },
  {
    says: 'a public reason on a permit',
    policies: right.policies.replace('permit', '@public_reason("why") permit'),
    finds: [/a permit has nothing to explain/],
  },
  { says: 'a public reason at its greatest length', policies: forbid(`@id("f") @public_reason("${'x'.repeat(500)}")`), finds: [] },
  {
    says: 'a public reason above it',
    policies: forbid(`@id("f") @public_reason("${'x'.repeat(501)}")`),
    finds: [/not one line of at most 500/],
  },
  { says: 'a public reason of two lines', policies: forbid('@id("f") @public_reason("a\\nb")'), finds: [/not one line/] },
  { says: 'an empty public reason', policies: forbid('@id("f") @public_reason("")'), finds: [/not one line/] },
  { says: 'conditions of 64 levels', policies: permit(`${'if resource has closed then false else '.repeat(61)}true`), finds: [] },
  {
    says: 'conditions of 65 levels',
    policies: permit(`${'if resource has closed then false else '.repeat(62)}true`),
    finds: [/nested too deeply: at most 64/],
  },
  {
    says: 'text that ends the stack of the parser',
    policies: permit(`${'('.repeat(5000)}true${')'.repeat(5000)}`),
    finds: [/^notes\.cedar: cannot be read: it is nested too deeply$/],
  },
  {
    says: 'a schema that is no schema',
    schema: 'namespace Notes {\n  entty X;\n}',
    finds: [/^schema\.cedarschema:2:3: unexpected token `entty`/],
  },
  { says: 'a schema cut short', schema: 'namespace Notes {', finds: [/^schema\.cedarschema: |^schema\.cedarschema:2/] },
  {
    says: 'a schema with a type that nobody declares',
    schema: schemaWith('entity Note in [Nope];'),
    finds: [/^schema\.cedarschema:2:.*Nope/],
  },
  {
    says: "a schema that declares the house's namespace",
    schema: `${right.schema}namespace Countersign { entity User; }`,
    finds: [/duplicate namespace id: `Countersign`/],
  },
  {
    says: 'a schema below the house',
    schema: `${right.schema}namespace Countersign::Admin { entity X; }`,
    finds: [/namespace Countersign::Admin is not within Notes/],
  },
  {
    says: 'a schema of another app',
    schema: `${right.schema}namespace Other { entity X; }`,
    finds: [/^schema\.cedarschema:\d+:\d+: the namespace Other is not within Notes/],
  },
  { says: 'a schema below its own namespace', schema: `${right.schema}namespace Notes::Deep { entity X; }`, finds: [] },
  { says: 'a schema outside any namespace', schema: `entity X;\n${right.schema}`, finds: [/outside any namespace is not within Notes/] },
  {
    says: "an app that claims the house's namespace",
    words: right.words.replace('namespace: Notes', 'namespace: Countersign::Admin'),
    finds: [/Countersign::Admin belongs to Countersign/],
  },
  {
    says: "an app's type in a role of the house",
    schema: schemaWith('entity Bot in [Countersign::Role];'),
    finds: [/Bot may not be in Countersign::Role/],
  },
  { says: 'a fact that is always known', schema: contextOf('path?: String'), finds: [] },
  {
    says: 'a fact that is not always known',
    schema: contextOf('address: ipaddr'),
    finds: [/address of read is not known of every request/],
  },
  {
    says: 'a fact that is never known',
    schema: contextOf('mood: String'),
    finds: [/mood of read is required, but Countersign does not provide it/],
  },
  { says: 'a fact that is never known, optional', schema: contextOf('mood?: String'), finds: [] },
  {
    says: 'an action without words',
    words: right.words.replace('read: read', 'see: read'),
    finds: [/action read has no words/, /words for see, which is not an action/],
  },
  { says: 'words that are not YAML', words: 'name: "Notes\n', finds: [/^store\.yaml:/] },
  { says: 'words that are a list', words: '- a', finds: [/must hold name, namespace/] },
  {
    says: 'words with a key that is not known',
    words: `${right.words}colour: red\n`,
    finds: [/^store\.yaml:7:1: colour is not known here$/],
  },
  { says: 'a key twice', words: `${right.words}name: Again\n`, finds: [/^store\.yaml:7/] },
  {
    says: 'words with a control character',
    words: right.words.replace('read notes', '"read\\u0007notes"'),
    finds: [/actions\.read must be one line/],
  },
  {
    says: 'words that are a map',
    words: right.words.replace('name: Notes', 'name: { a: b }'),
    finds: [/^store\.yaml:1:7: name must be one line/],
  },
  {
    says: 'words by reference',
    words: right.words.replace('name: Notes', 'name: &x Notes').replace('viewers', '*x'),
    finds: [/roles\.viewer must be one line/],
  },
  {
    says: 'a namespace that is none',
    words: right.words.replace('namespace: Notes', 'namespace: "No tes"'),
    finds: [/must be a Cedar namespace/],
  },
]

for (const { says, finds, ...given } of cases) {
  test(`a policy store is checked: ${says}`, () => {
    const found = mistakesOf(given)
    assert.equal(found.length, finds.length, found.join('\n'))
    for (const [place, pattern] of finds.entries()) assert.match(found[place] ?? '', pattern)
  })
}

test('a policy store is checked: a name twice across files', () => {
  const [mistake = ''] = mistakesOf({}, [{ name: 'more.cedar', text: `\n${right.policies}` }])
  assert.equal(mistake, 'more.cedar:2:1: viewers-read is also the @id of a policy in notes.cedar')
})

test('a policy store is checked: every mistake is told at once', () => {
  const found = mistakesOf({ policies: `permit (principal, action, resource);\n${permit('resource.nope')}` }, [
    { name: 'more.cedar', text: 'x' },
  ])
  assert.deepEqual(
    found.map((mistake) => mistake.slice(0, 13)),
    ['notes.cedar:1', 'notes.cedar:3', 'more.cedar:1:'],
  )
})

test('a policy store is checked: of many files the one that is wrong, where it is', () => {
  const file = (number: number, condition: string): SourceFile => ({
    name: `more-${number}.cedar`,
    text: `@id("p${number}")\npermit (principal, action, resource) when { ${condition} }; // ends without a line`,
  })
  const more = [file(1, 'resource has closed'), file(2, 'resource.nope'), file(3, 'resource has closed')]
  const found = mistakesOf({}, more)
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /^more-2\.cedar:2:\d+: attribute `nope` .* not found/)
})

test('a policy store is checked: right files cost one reading of their schema', () => {
  let validated = 0
  class Counted extends Cedar {
    override validate(schema: string, policies: string): ReturnType<Cedar['validate']> {
      validated += 1
      return super.validate(schema, policies)
    }
  }
  const cedar = new Counted()
  const more = [1, 2, 3].map((number) => ({
    name: `more-${number}.cedar`,
    text: `@id("p${number}") permit (principal, action, resource); // ends without a line`,
  }))
  const source = sourceOf({}, more)
  assert.ok('store' in source)
  const compiled = compile(() => cedar, source)
  assert.deepEqual([compiled.is === 'compiled' && compiled.set.policies.size, validated], [4, 1])
})

test('a policy store is checked: the engine goes on after a text that ended its stack', () => {
  assert.equal(mistakesOf({ policies: permit(`${'['.repeat(5000)}1${']'.repeat(5000)} == [1]`) }).length, 1)
  assert.deepEqual(mistakesOf({}), [])
})

test('a policy store is checked: as many policies as are read, and one more', () => {
  const policies = (count: number): string =>
    Array.from({ length: count }, (_, number) => `@id("p${number}") permit (principal, action, resource);`).join('\n')
  assert.deepEqual(mistakesOf({ policies: policies(2000) }), [])
  assert.deepEqual(mistakesOf({ policies: policies(2001) }), ['notes: has 2001 policies; at most 2000 are read'])
})
