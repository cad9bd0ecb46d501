/**
 * Nobody grants what they do not hold: a policy of the operator's own lets managers
 * administer people, groups and clients, and none of them comes to be more than that by it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Route } from '#http'
import { openAskingHouse, type Answered } from './admin/asking.ts'

const managing: Readonly<Record<string, string>> = {
  users: 'list read create update delete',
  roles: 'assign withdraw',
  groups: 'create read update delete',
  clients: 'create read update delete',
}
const actions = Object.entries(managing).flatMap(([what, verbs]) => verbs.split(' ').map((verb) => `${what}:${verb}`))
const managers = `@id("managers-manage")
permit (
  principal in Countersign::Role::"manager",
  action in [${actions.map((action) => `Countersign::Admin::Action::"${action}"`).join(', ')}],
  resource
);
`
const folder = mkdtempSync(join(tmpdir(), 'countersign-managers-'))
cpSync(fileURLToPath(new URL('../../policies/countersign', import.meta.url)), folder, { recursive: true })
writeFileSync(join(folder, 'managers.cedar'), managers)

const house = await openAskingHouse({ settings: { policies: { countersign: folder } } })
const { identity } = house.house
const op = () => house.house.operation('test')
const administration = `${house.issuer}/admin`

const manager = await house.user('manager', 'manager', 'auditor')
const service = await house.service('Manager', 'manager', 'auditor')
const plain = await house.user('plain')
const lesser = await house.user('lesser', 'auditor')
const inGroup = await house.user('owner-by-group')
const [owners, writers] = [await identity.createGroup(op(), { name: 'Owners' }), await identity.createGroup(op(), { name: 'Auditors' })]
await identity.assignRole(op(), { to: owners, role: 'owner' })
await identity.assignRole(op(), { to: writers, role: 'auditor' })
await identity.addToGroup(op(), { group: owners, user: inGroup.id })
const [owning, idle] = [await house.service('Owning', 'owner'), await house.service('Idle')]
const app = { kind: 'confidential', grantTypes: ['authorization_code'], redirectUris: ['https://app.example/cb'] }
const console_ = await house.client({ ...app, name: 'Console', audiences: [administration] } as never)
const shop = await house.client({ ...app, name: 'Shop' } as never)

interface Row {
  readonly says: string
  readonly method: Route['method']
  readonly path: string
  readonly body?: object
}

const password = 'eleven quiet lanterns'

/** Each would make a manager, or somebody that they choose, an owner. */
const climbs: readonly Row[] = [
  { says: 'gives themself the role owner', method: 'PUT', path: `/users/${manager.id}/roles/owner` },
  { says: 'gives somebody else the role owner', method: 'PUT', path: `/users/${plain.id}/roles/owner` },
  { says: 'gives the role operator, which may more', method: 'PUT', path: `/users/${plain.id}/roles/operator` },
  { says: 'gives the role of an app that they do not have', method: 'PUT', path: `/users/${manager.id}/roles/editor` },
  { says: 'takes the role owner from an owner', method: 'DELETE', path: `/users/${house.owner.id}/roles/owner` },
  { says: 'sets the password of an owner', method: 'PATCH', path: `/users/${house.owner.id}`, body: { password } },
  { says: 'sets the address of an owner', method: 'PATCH', path: `/users/${house.owner.id}`, body: { email: 'me@example.com' } },
  { says: 'disables an owner', method: 'PATCH', path: `/users/${house.owner.id}`, body: { state: 'disabled' } },
  { says: 'sets the password of an owner by a group', method: 'PATCH', path: `/users/${inGroup.id}`, body: { password } },
  { says: 'deletes an owner by a group', method: 'DELETE', path: `/users/${inGroup.id}` },
  { says: 'joins the owners', method: 'PUT', path: `/groups/${owners}/members/${manager.id}` },
  { says: 'takes somebody out of the owners', method: 'DELETE', path: `/groups/${owners}/members/${inGroup.id}` },
  { says: 'deletes the owners', method: 'DELETE', path: `/groups/${owners}` },
  { says: 'makes a group owners', method: 'PUT', path: `/groups/${writers}/roles/owner` },
  { says: 'makes owners nothing', method: 'DELETE', path: `/groups/${owners}/roles/owner` },
  { says: 'makes a service an owner', method: 'PUT', path: `/clients/${idle.id}/roles/owner` },
  { says: 'takes the role owner from a service', method: 'DELETE', path: `/clients/${owning.id}/roles/owner` },
  { says: 'has a secret of an owning service made', method: 'POST', path: `/clients/${owning.id}/secrets` },
  { says: 'removes the secret of an owning service', method: 'DELETE', path: `/clients/${owning.id}/secrets/1` },
  { says: 'changes an owning service', method: 'PATCH', path: `/clients/${owning.id}`, body: { accessTokenSeconds: 600 } },
  { says: 'deletes an owning service', method: 'DELETE', path: `/clients/${owning.id}` },
  {
    says: 'registers a client by which owners administer',
    method: 'POST',
    path: '/clients',
    body: { ...app, name: 'Trap', audiences: [administration] },
  },
  {
    says: 'registers a client that asks for the administration',
    method: 'POST',
    path: '/clients',
    body: { ...app, name: 'Trap', scopes: ['openid', 'countersign:administration'] },
  },
  { says: 'lets a client reach the administration', method: 'PATCH', path: `/clients/${shop.id}`, body: { audiences: [administration] } },
  {
    says: 'sends the codes of the console elsewhere',
    method: 'PATCH',
    path: `/clients/${console_.id}`,
    body: { redirectUris: ['https://trap.example/cb'] },
  },
  { says: 'has a secret of the console made', method: 'POST', path: `/clients/${console_.id}/secrets` },
]

/** Within what they hold. */
const allowed: readonly Row[] = [
  { says: 'gives a role that they have', method: 'PUT', path: `/users/${plain.id}/roles/manager` },
  { says: 'takes it again', method: 'DELETE', path: `/users/${plain.id}/roles/manager` },
  { says: 'sets the password of somebody who may less', method: 'PATCH', path: `/users/${lesser.id}`, body: { password } },
  { says: 'changes what they are called themself', method: 'PATCH', path: `/users/${manager.id}`, body: { name: 'Manager' } },
  { says: 'puts somebody into a group whose roles they have', method: 'PUT', path: `/groups/${writers}/members/${plain.id}` },
  { says: 'takes them out of it', method: 'DELETE', path: `/groups/${writers}/members/${plain.id}` },
  { says: 'gives a service a role that they have', method: 'PUT', path: `/clients/${idle.id}/roles/auditor` },
  { says: 'has a secret of such a service made', method: 'POST', path: `/clients/${idle.id}/secrets` },
  {
    says: 'registers a service, which has no role',
    method: 'POST',
    path: '/clients',
    body: { name: 'Job', kind: 'confidential', grantTypes: ['client_credentials'], audiences: [administration] },
  },
  { says: 'changes an app', method: 'PATCH', path: `/clients/${shop.id}`, body: { name: 'Shop 2' } },
  { says: 'gives up a role of their own', method: 'DELETE', path: `/users/${manager.id}/roles/auditor` },
]

const ofManager = await house.tokenOf(manager)
const askers = [
  ['a manager', ofManager],
  ['a service that manages', await house.tokenOf(service)],
] as const

const asking = async ({ method, path, body }: Row, token: string): Promise<Answered> =>
  method === 'PATCH' ? house.change(path, body ?? {}, token) : house.ask(method, path, body, token)

/** All that a climb could change. */
async function state(): Promise<string> {
  const people = [house.owner, manager, plain, inGroup].map(async ({ id }) => identity.findUser(op(), id))
  const groups = [owners, writers].map(async (id) => [
    await identity.findGroup(op(), id),
    await identity.listMembers(op(), id, { limit: 9 }),
  ])
  const ids = [owning, idle, console_, shop].map(({ id }) => id as never)
  const clients = ids.map(async (id) => [
    await house.house.clients.get(op(), id),
    await house.house.clients.listSecrets(op(), id),
    await identity.rolesOf(op(), id),
  ])
  const all = (await house.house.clients.list(op(), { limit: 200 })).items.length
  return JSON.stringify([await Promise.all(people), await Promise.all(groups), await Promise.all(clients), all])
}

for (const [who, theirs] of askers) {
  for (const row of climbs) {
    test(`${who} is refused who ${row.says}`, async () => {
      const before = await state()
      const refused = await asking(row, theirs)
      assert.deepEqual([refused.status, refused.code], [403, 'admin.grant_exceeds'])
      assert.equal(await state(), before, 'nothing was changed')
      const [event, ...others] = await house.eventsOf(refused.request)
      assert.deepEqual([event?.what, event?.facts?.['code'], others], ['request.refused', 'admin.grant_exceeds', []])
    })
  }
}

for (const row of allowed) {
  test(`a manager may what they hold: ${row.says}`, async () => {
    const { status, code } = await asking(row, ofManager)
    assert.ok(status < 300, String(code))
  })
}

test('an owner may all of it', async () => {
  const chief = await house.tokenOf(await house.user('chief', 'owner'))
  for (const row of climbs) {
    const { status, code } = await asking(row, chief)
    // What the rows before it took away is not there any more.
    assert.ok(status < 300 || code === 'admin.not_found', `${row.says}: ${code}`)
  }
})
