import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '#kernel'
import { anyone, askLab, engine, members, nowMs, scope } from '../../test/lab.ts'
import { aService, aUser, labSet, shippedSet, theMachineOwner } from '../../test/policies.ts'
import { decide, decisionRecord, findAskMistake, sayWhyNot, type Ask, type Because } from './decide.ts'

interface Row {
  readonly says: string
  readonly policies: string
  readonly given?: Partial<Ask>
  readonly because: Because
  readonly why?: string
  readonly by?: readonly string[]
}

/** Overflows, which the validator cannot foresee. */
const errs = '9223372036854775807 + (if principal.acr == "x" then 2 else 1) == 0'
const permitWhen = (condition: string): string => `@id("p") permit ${scope} when { ${condition} };`
const asking = (principal: Principal, roles: readonly string[] = []): Partial<Ask> => ({ principal, roles })

const rows: readonly Row[] = [
  { says: 'a role that a permit names', policies: members, given: { roles: ['member'] }, because: 'permitted', by: ['members'] },
  { says: 'no role', policies: members, because: 'nothing allows it', why: 'Nothing allows you to use things. Members may.' },
  {
    says: 'another role',
    policies: members,
    given: { roles: ['guest'] },
    because: 'nothing allows it',
    why: 'Nothing allows guests to use things. Members may.',
  },
  {
    says: 'several other roles',
    policies: members,
    given: { roles: ['keeper', 'guest'] },
    because: 'nothing allows it',
    why: 'Nothing allows you (guests, keepers) to use things. Members may.',
  },
  {
    says: 'a role of another app',
    policies: members,
    given: { roles: ['owner'] },
    because: 'nothing allows it',
    why: 'Nothing allows you to use things. Members may.',
  },
  { says: 'a role in other letters', policies: members, given: { roles: ['Member'] }, because: 'nothing allows it' },
  {
    says: 'no policy for the action',
    policies: members,
    given: { roles: ['member'], action: 'see' },
    because: 'nothing allows it',
    why: 'Nothing allows members to see things.',
  },
  {
    says: 'a forbid beside a permit',
    policies: `${anyone} @id("no") @public_reason("It is closed.") forbid ${scope};`,
    because: 'forbidden',
    why: 'It is closed.',
    by: ['no'],
  },
  {
    says: 'a forbid without words',
    policies: `${anyone} @id("no") forbid ${scope};`,
    because: 'forbidden',
    why: 'A rule forbids this.',
    by: ['no'],
  },
  {
    says: 'two forbids',
    policies: `${anyone} @id("b") @public_reason("B.") forbid ${scope}; @id("a") forbid ${scope};`,
    because: 'forbidden',
    why: 'B.',
    by: ['a', 'b'],
  },
  {
    says: 'a forbid that has words for another case',
    policies: `${anyone} @id("b") @public_reason("B.") forbid (principal, action == Lab::Action::"see", resource); @id("a") forbid ${scope};`,
    because: 'forbidden',
    why: 'A rule forbids this.',
    by: ['a'],
  },
  {
    says: 'a user in a group',
    policies: '@id("g") permit (principal in Countersign::Group::"grp_1", action, resource);',
    given: { groups: ['grp_1'] },
    because: 'permitted',
  },
  {
    says: 'a user in another group',
    policies: '@id("g") permit (principal in Countersign::Group::"grp_1", action, resource);',
    given: { groups: ['grp_2'] },
    because: 'nothing allows it',
  },
  {
    says: 'a role that has the id of a group',
    policies: '@id("g") permit (principal in Countersign::Group::"grp_1", action, resource);',
    given: { roles: ['grp_1'] },
    because: 'nothing allows it',
  },
  {
    says: 'a service where users are meant',
    policies: '@id("u") permit (principal is Countersign::User, action, resource);',
    given: asking(aService),
    because: 'nothing allows it',
  },
  { says: 'a service with a role', policies: members, given: asking(aService, ['member']), because: 'permitted' },
  {
    says: 'the owner of the machine',
    policies: '@id("m") permit (principal is Countersign::MachineOwner, action, resource);',
    given: asking(theMachineOwner),
    because: 'permitted',
  },
  {
    says: 'the owner of the machine with a role',
    policies: members,
    given: asking(theMachineOwner, ['member']),
    because: 'nothing allows it',
  },
  {
    says: 'how strongly a person was proven',
    policies: permitWhen('principal.acr == "1fa" && principal.amr.contains("pwd")'),
    because: 'permitted',
  },
  {
    says: 'a sign-in that is recent',
    policies: permitWhen('context.now.durationSince(principal.authTime) <= duration("1m")'),
    because: 'permitted',
  },
  {
    says: 'a sign-in that is not recent',
    policies: permitWhen('context.now.durationSince(principal.authTime) <= duration("1m")'),
    given: { facts: { nowMs: nowMs + 1 } },
    because: 'nothing allows it',
  },
  { says: 'a credential without limits', policies: permitWhen('!(principal has scopes)'), because: 'permitted' },
  {
    says: 'a scope of a token',
    policies: permitWhen('principal has scopes && principal.scopes.contains("b") && principal.credential == "access_token"'),
    given: asking(aService),
    because: 'permitted',
  },
  {
    says: 'the client of a token',
    policies: permitWhen('principal has client && principal.client == "jobs"'),
    given: asking(aService),
    because: 'permitted',
  },
  {
    says: 'the address of a caller',
    policies: permitWhen('context has address && context.address.isInRange(ip("10.0.0.0/8"))'),
    given: { facts: { nowMs, address: '::ffff:10.1.2.3' } },
    because: 'permitted',
  },
  {
    says: 'an address that is none',
    policies: permitWhen('context has address'),
    given: { facts: { nowMs, address: 'unix:' } },
    because: 'nothing allows it',
  },
  {
    says: 'method, path and host',
    policies: permitWhen(
      'context has method && context has path && context has host && [context.method, context.path, context.host] == ["GET", "/a", "a.example"]',
    ),
    given: { facts: { nowMs, method: 'GET', path: '/a', host: 'a.example' } },
    because: 'permitted',
  },
  {
    says: 'an attribute of a thing',
    policies: permitWhen('resource is Lab::Thing && resource has open && resource.open'),
    given: { resource: { type: 'Thing', id: 't', attributes: { open: true } } },
    because: 'permitted',
  },
  {
    says: 'what a thing is in',
    policies: '@id("p") permit (principal, action, resource in Lab::Thing::"box");',
    given: { resource: { type: 'Thing', id: 't', parents: [{ type: 'Thing', id: 'box' }] } },
    because: 'permitted',
  },
  {
    says: 'a thing of the person who asks',
    policies: permitWhen('resource is Lab::Thing && resource has owner && resource.owner == principal'),
    given: { resource: { type: 'Thing', id: 't', attributes: { owner: { type: 'Countersign::User', id: aUser.id } } } },
    because: 'permitted',
  },
  {
    says: 'the person who asks',
    policies: permitWhen('resource == principal'),
    given: { resource: { type: 'User', id: aUser.id } },
    because: 'permitted',
  },
  {
    says: 'an action that does not exist',
    policies: anyone,
    given: { action: 'nope' },
    because: 'it cannot be asked',
    why: 'This could not be decided, so it is refused.',
  },
  { says: 'an action that every object has', policies: anyone, given: { action: 'constructor' }, because: 'it cannot be asked' },
  {
    says: 'a type that the action is not asked of',
    policies: anyone,
    given: { resource: { type: 'Tenant', id: 't' } },
    because: 'it cannot be asked',
  },
  {
    says: 'an attribute that the schema does not know',
    policies: anyone,
    given: { resource: { type: 'Thing', id: 't', attributes: { colour: 'red' } } },
    because: 'it cannot be asked',
  },
  {
    says: 'an attribute of another type',
    policies: anyone,
    given: { resource: { type: 'Thing', id: 't', attributes: { open: 'yes' } } },
    because: 'it cannot be asked',
  },
  {
    says: "a thing in one of the house's roles",
    policies: anyone,
    given: { resource: { type: 'Thing', id: 't', parents: [{ type: 'Role', id: 'owner' }] } },
    because: 'it cannot be asked',
  },
]

for (const { says, policies, given, because, why, by } of rows) {
  test(`a decision about ${says}: ${because}`, () => {
    const decision = askLab(policies, given)
    assert.equal(decision.because, because, JSON.stringify(decision))
    assert.equal(decision.effect, because === 'permitted' ? 'allow' : 'deny')
    if (why !== undefined) assert.equal(sayWhyNot(decision), why)
    if (by !== undefined) assert.deepEqual(decision.policies, by)
  })
}

test('a forbid that cannot be evaluated forbids, and the record names it', () => {
  const decision = askLab(`${anyone} @id("no") forbid ${scope} when { ${errs} };`)
  assert.equal(decision.effect, 'deny')
  assert.equal(decision.because, 'a policy erred')
  assert.deepEqual(decision.policies, ['no'])
  assert.deepEqual(
    decision.erring.map(({ policy, effect }) => [policy, effect]),
    [['no', 'forbid']],
  )
  assert.equal(sayWhyNot(decision), 'This could not be decided, so it is refused.')
})

test('a permit that cannot be evaluated permits nothing, and takes nothing away', () => {
  const erring = `@id("err") permit ${scope} when { ${errs} };`
  const alone = askLab(erring)
  assert.deepEqual([alone.because, alone.erring.length], ['nothing allows it', 1])
  assert.equal(askLab(`${erring} ${anyone}`).because, 'permitted')
})

test('whoever asks about a principal cannot put it into a role', () => {
  const policies = '@id("p") permit (principal, action, resource in Countersign::Role::"member");'
  const parents = [{ type: 'Role', id: 'member' }]
  for (const id of ['usr_0000000000000000000002', aUser.id]) {
    assert.equal(askLab(policies, { resource: { type: 'User', id, parents } }).because, 'nothing allows it')
  }
  assert.equal(askLab(policies, { roles: ['member'], resource: { type: 'User', id: aUser.id } }).because, 'permitted')
})

test('a principal of a type that an action is not for cannot ask, whatever policies say', () => {
  const notes = shippedSet(engine, 'notes')
  const asked: Ask = {
    principal: theMachineOwner,
    roles: [],
    action: 'read',
    resource: { type: 'Collection', id: 'notes' },
    facts: { nowMs },
  }
  assert.equal(decide(engine, notes, asked).because, 'it cannot be asked')
})

test('who may is said of roles that may without conditions, else of those that sometimes may', () => {
  const some = '@id("some") permit (principal in Countersign::Role::"member", action, resource) when { context has host };'
  const keepers =
    '@id("keepers") permit (principal is Countersign::User in Countersign::Role::"keeper", action in [Lab::Action::"use"], resource is Lab::Thing);'
  const other = '@id("other") permit (principal in Countersign::Role::"guest", action, resource == Lab::Thing::"other");'
  const hidden = '@id("hidden") permit (principal in Countersign::Role::"secret", action, resource);'
  assert.equal(askLab(some).missing?.whoMay, 'Members may in some cases.')
  assert.equal(askLab(some + keepers).missing?.whoMay, 'Keepers may.')
  assert.equal(askLab(members + keepers).missing?.whoMay, 'Keepers and members may.')
  assert.equal(askLab(other).missing?.whoMay, undefined)
  assert.equal(askLab(other, { resource: { type: 'Thing', id: 'other' } }).missing?.whoMay, 'Guests may.')
  assert.equal(askLab(hidden).missing?.whoMay, undefined)
})

test('a decision names its store and its set, and is recorded without words', () => {
  const set = labSet(engine, members)
  const decision = askLab(members, { roles: ['member'] })
  assert.deepEqual(decisionRecord(decision), { store: 'lab', digest: set.digest, effect: 'allow', policies: ['members'], action: 'use' })
})

test('the mapping of a route is checked before anybody asks', () => {
  const notes = shippedSet(engine, 'notes')
  assert.equal(findAskMistake(notes, 'write', 'Collection'), undefined)
  assert.equal(findAskMistake(notes, 'write', 'Notes::Collection'), undefined)
  assert.equal(findAskMistake(notes, 'wriet', 'Collection'), 'wriet is not an action of the policy store notes')
  assert.equal(findAskMistake(notes, 'write', 'Folder'), 'write of the policy store notes is not asked of a Folder')
})

const shown: readonly { readonly roles: readonly string[]; readonly action: string; readonly id: string; readonly why: string }[] = [
  { roles: ['viewer'], action: 'read', id: 'notes', why: 'This is allowed.' },
  { roles: ['viewer'], action: 'write', id: 'notes', why: 'Nothing allows viewers to write notes. Editors may.' },
  { roles: ['editor'], action: 'delete', id: 'notes', why: 'This is allowed.' },
  { roles: ['editor'], action: 'write', id: 'archive', why: 'The archive is closed. Its notes can be read, not changed.' },
  { roles: ['viewer'], action: 'write', id: 'archive', why: 'The archive is closed. Its notes can be read, not changed.' },
  { roles: [], action: 'read', id: 'notes', why: 'Nothing allows you to read notes. Editors and viewers may.' },
]

for (const { roles, action, id, why } of shown) {
  test(`Notes says to ${roles.join() || 'somebody without roles'} who would ${action} in ${id}: ${why}`, () => {
    const ask: Ask = { principal: aUser, roles, action, resource: { type: 'Collection', id }, facts: { nowMs } }
    assert.equal(sayWhyNot(decide(engine, shippedSet(engine, 'notes'), ask)), why)
  })
}
