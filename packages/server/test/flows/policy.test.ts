/**
 * A person asks, and a rule answers: what is decided, what the person reads, and
 * what changes when somebody edits a file.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createCedarEngine, decide, sayWhyNot, type Ask, type CompiledSet } from '#policy'
import { checkPolicyFiles } from '#rulebook'
import { starterPolicies } from '../../src/app/starter-policies.ts'
import { aUser, compiledSet, shippedSet } from '../policies.ts'

const engine = createCedarEngine()

function ask(set: CompiledSet, roles: readonly string[], action: string, id = 'notes'): string {
  const asked: Ask = {
    principal: aUser,
    roles,
    action,
    resource: { type: 'Collection', id },
    facts: { nowMs: 0, method: 'POST', path: '/notes' },
  }
  return sayWhyNot(decide(engine, set, asked))
}

test('bob reads, is refused writing and reads why, is made an editor and writes', () => {
  const notes = shippedSet(engine, 'notes')
  assert.equal(ask(notes, ['viewer'], 'read'), 'This is allowed.')
  assert.equal(ask(notes, ['viewer'], 'write'), 'Nothing allows viewers to write notes. Editors may.')
  assert.equal(ask(notes, ['viewer', 'editor'], 'write'), 'This is allowed.')
})

test('nobody changes the archive, whatever permits say, and reads what the author of the rule wrote', () => {
  const notes = shippedSet(engine, 'notes')
  for (const roles of [['viewer'], ['editor'], ['viewer', 'editor', 'owner']]) {
    for (const action of ['write', 'delete']) {
      assert.equal(ask(notes, roles, action, 'archive'), 'The archive is closed. Its notes can be read, not changed.')
    }
  }
})

test('an owner of Countersign has no rights in Notes: each store is looked at alone', () => {
  assert.equal(ask(shippedSet(engine, 'notes'), ['owner'], 'read'), 'Nothing allows you to read notes. Editors and viewers may.')
  const admin = shippedSet(engine, 'countersign')
  const editor = decide(engine, admin, {
    principal: aUser,
    roles: ['editor'],
    action: 'users:list',
    resource: { type: 'Tenant', id: 't' },
    facts: { nowMs: 0 },
  })
  assert.equal(sayWhyNot(editor), 'Nothing allows you to list users. Auditors, helpdesk staff, operators and owners may.')
})

test('a policy that names a type of another store does not compile there', async () => {
  const files = ['notes.cedar', 'schema.cedarschema', 'store.yaml'].map((name) => ({
    name,
    text: readFileSync(fileURLToPath(new URL(`../../../../examples/notes/policies/${name}`, import.meta.url)), 'utf8'),
  }))
  const foreign = '@id("x") permit (principal, action == Countersign::Admin::Action::"users:list", resource);'
  const [mistake] = await checkPolicyFiles(engine, 'notes', [...files, { name: 'x.cedar', text: foreign }])
  assert.match(mistake?.says ?? '', /unrecognized action/)
  assert.equal(compiledSet(engine, 'notes', files).digest, shippedSet(engine, 'notes').digest)
})

test('the policies that a new configuration starts with are right', async () => {
  assert.deepEqual(await checkPolicyFiles(engine, 'app', starterPolicies), [])
})

test('the name of a store is checked like everything else', async () => {
  assert.match((await checkPolicyFiles(engine, '../notes', []))[0]?.says ?? '', /is not the name of a policy store/)
})
