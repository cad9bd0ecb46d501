import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { aService, aUser, compiledSet, labSet, shippedSet, theMachineOwner } from '../../test/policies.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { exceeding, holdsEverything, type Granted } from './holding.ts'
import type { Principal } from '#kernel'
import type { CompiledSet } from './engine.ts'

const engine = createCedarEngine()
const shipped = [shippedSet(engine, 'countersign'), shippedSet(engine, 'notes')]

/** The administration with policies of somebody's own beside those that are shipped. */
function administrationWith(more: string): readonly CompiledSet[] {
  const folder = fileURLToPath(new URL('../../policies/countersign', import.meta.url))
  const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  return [compiledSet(engine, 'countersign', [...files, { name: 'more.cedar', text: more }])]
}

interface Row {
  readonly says: string
  readonly sets?: readonly CompiledSet[]
  readonly principal?: Principal
  readonly roles: readonly string[]
  readonly groups?: readonly string[]
  readonly grants: string
  readonly may: boolean
}

const role = (name: string): string => `Countersign::Role::"${name}"`
const lab = (policies: string): readonly CompiledSet[] => [...shipped, labSet(engine, policies)]
const viewers = `@id("v") permit (principal in ${role('guest')}, action == Lab::Action::"see", resource);`
const keepers = `@id("k") permit (principal in ${role('keeper')}, action, resource);`
const group = 'grp_0000000000000000000001'

const cases: readonly Row[] = [
  // What is shipped.
  { says: 'an owner gives the role owner', roles: ['owner'], grants: 'owner', may: true },
  { says: 'an owner gives the role of an app that they do not have', roles: ['owner'], grants: 'editor', may: true },
  { says: 'an owner gives a role that no policy here knows', roles: ['owner'], grants: 'unheard-of', may: true },
  { says: 'the owner of the machine gives every role', principal: theMachineOwner, roles: [], grants: 'owner', may: true },
  { says: 'a service that is an owner gives what an owner gives', principal: aService, roles: ['owner'], grants: 'owner', may: true },
  { says: 'an operator does not make an owner', roles: ['operator'], grants: 'owner', may: false },
  { says: 'an operator makes an operator', roles: ['operator'], grants: 'operator', may: true },
  { says: 'an operator makes an auditor, who may do less', roles: ['operator'], grants: 'auditor', may: true },
  { says: 'an operator makes somebody of the helpdesk, who may do less', roles: ['operator'], grants: 'helpdesk', may: true },
  { says: 'an auditor makes no operator', roles: ['auditor'], grants: 'operator', may: false },
  { says: 'an auditor makes nobody of the helpdesk, who ends sessions', roles: ['auditor'], grants: 'helpdesk', may: false },
  { says: 'the helpdesk makes no auditor', roles: ['helpdesk'], grants: 'auditor', may: false },
  { says: 'the helpdesk and an auditor in one do not make an operator', roles: ['helpdesk', 'auditor'], grants: 'operator', may: false },
  { says: 'an operator gives no role of an app that they do not have', roles: ['operator'], grants: 'editor', may: false },
  { says: 'an operator who has the role of an app gives it', roles: ['operator', 'editor'], grants: 'editor', may: true },
  {
    says: 'an operator gives no role that no policy here knows: an app may know it',
    roles: ['operator'],
    grants: 'unheard-of',
    may: false,
  },
  { says: 'somebody without a role gives none', roles: [], grants: 'auditor', may: false },
  { says: 'a service gives no more than its own roles', principal: aService, roles: ['auditor'], grants: 'owner', may: false },
  { says: 'somebody called owner in another case is no owner', roles: ['Owner'], grants: 'owner', may: false },

  // Policies of an app.
  {
    says: 'whoever may do everything in an app gives what may do less',
    sets: lab(viewers + keepers),
    roles: ['keeper'],
    grants: 'guest',
    may: true,
  },
  { says: 'and not the other way round', sets: lab(viewers + keepers), roles: ['guest'], grants: 'keeper', may: false },
  {
    says: 'a permit on a condition covers nothing',
    sets: lab(`${viewers} @id("k") permit (principal in ${role('keeper')}, action, resource) when { principal.acr == "mfa" };`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'a permit about one thing does not cover one about all',
    sets: lab(`${viewers} @id("k") permit (principal in ${role('keeper')}, action, resource == Lab::Thing::"a");`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'a permit about one type does not cover one about all',
    sets: lab(`${viewers} @id("k") permit (principal in ${role('keeper')}, action, resource is Lab::Thing);`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'a permit about all things covers one about a thing',
    sets: lab(`${keepers} @id("g") permit (principal in ${role('guest')}, action, resource == Lab::Thing::"a");`),
    roles: ['keeper'],
    grants: 'guest',
    may: true,
  },
  {
    says: 'a permit for services does not cover what a person grants',
    sets: lab(`${viewers} @id("k") permit (principal is Countersign::Service in ${role('keeper')}, action, resource);`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'and covers what a service grants',
    sets: lab(`${viewers} @id("k") permit (principal is Countersign::Service in ${role('keeper')}, action, resource);`),
    principal: aService,
    roles: ['keeper'],
    grants: 'guest',
    may: true,
  },
  {
    says: 'a role that a condition may ask for is given by whoever has it',
    sets: lab(`${viewers} ${keepers} @id("h") permit (principal, action, resource) when { principal in ${role('guest')} };`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'two permits together cover what one does not',
    sets: lab(
      `@id("u") permit (principal in ${role('member')}, action == Lab::Action::"use", resource); @id("s") permit (principal, action == Lab::Action::"see", resource); @id("k") permit (principal in ${role('keeper')}, action in [Lab::Action::"use", Lab::Action::"see"], resource);`,
    ),
    roles: ['member'],
    grants: 'keeper',
    may: true,
  },
  {
    says: 'whoever is forbidden something by a role of theirs does not hold what covers it',
    sets: lab(`${viewers} ${keepers} @id("f") forbid (principal in ${role('member')}, action, resource == Lab::Thing::"a");`),
    roles: ['keeper', 'member'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'whoever is forbidden something as a person does not hold what covers it',
    sets: lab(`${viewers} ${keepers} @id("f") forbid (principal is Countersign::User, action, resource == Lab::Thing::"a");`),
    roles: ['keeper'],
    grants: 'guest',
    may: false,
  },
  {
    says: 'a forbid about services does not matter to people',
    sets: lab(`${viewers} ${keepers} @id("f") forbid (principal is Countersign::Service, action, resource == Lab::Thing::"a");`),
    roles: ['keeper'],
    grants: 'guest',
    may: true,
  },
  {
    says: 'a forbid about others does not matter',
    sets: lab(`${viewers} ${keepers} @id("f") forbid (principal in ${role('member')}, action, resource == Lab::Thing::"a");`),
    roles: ['keeper'],
    grants: 'guest',
    may: true,
  },

  // Policies of the administration.
  {
    says: 'an owner who is forbidden something does not hold everything',
    sets: administrationWith(`@id("f") forbid (principal == Countersign::User::"${aUser.id}", action, resource);`),
    roles: ['owner'],
    grants: 'unheard-of',
    may: false,
  },
  {
    says: 'everything on a condition is not everything',
    sets: administrationWith(`@id("m") permit (principal in ${role('manager')}, action, resource) when { principal.acr == "mfa" };`),
    roles: ['manager'],
    grants: 'owner',
    may: false,
  },
  {
    says: 'everything about users is not everything',
    sets: administrationWith(`@id("m") permit (principal in ${role('manager')}, action, resource is Countersign::User);`),
    roles: ['manager'],
    grants: 'owner',
    may: false,
  },
  {
    says: 'whoever may assign roles, and nothing else, gives none',
    sets: administrationWith(
      `@id("m") permit (principal in ${role('manager')}, action == Countersign::Admin::Action::"roles:assign", resource);`,
    ),
    roles: ['manager'],
    grants: 'helpdesk',
    may: false,
  },

  // Groups that policies name.
  {
    says: 'a group of which no policy says anything is only its roles',
    roles: ['operator'],
    grants: group,
    may: true,
  },
  {
    says: 'a group that a policy permits more is not given by whoever has less',
    sets: administrationWith(`@id("g") permit (principal in Countersign::Group::"${group}", action, resource);`),
    roles: ['operator'],
    grants: group,
    may: false,
  },
  {
    says: 'and is by whoever is in it',
    sets: administrationWith(`@id("g") permit (principal in Countersign::Group::"${group}", action, resource);`),
    roles: ['operator'],
    groups: [group],
    grants: group,
    may: true,
  },
]

for (const { says, sets = shipped, principal = aUser, roles, groups = [], grants, may } of cases) {
  test(`granting: ${says}`, () => {
    const granted: Granted = { type: grants.startsWith('grp_') ? 'Group' : 'Role', id: grants }
    assert.deepEqual(exceeding(sets, { principal, roles, groups }, [granted]), may ? [] : [granted])
  })
}

test('everything is held by owners and the owner of the machine, and by nobody without the policies of the administration', () => {
  const holder = (principal: Principal, ...roles: readonly string[]) => ({ principal, roles })
  for (const held of [holder(aUser, 'owner'), holder(aService, 'owner'), holder(theMachineOwner)]) assert.ok(holdsEverything(shipped, held))
  for (const roles of [['operator'], ['operator', 'auditor', 'helpdesk'], []]) assert.ok(!holdsEverything(shipped, holder(aUser, ...roles)))
  assert.ok(!holdsEverything([], holder(aUser, 'owner')))
})
