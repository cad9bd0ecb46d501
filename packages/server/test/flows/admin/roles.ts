/** Roles through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly role: string
  readonly builtIn: boolean
  readonly called?: string
  readonly stores: readonly string[]
  readonly held: boolean
}

/** The house has the policies of Notes beside its own. */
export function rolesAreShown(house: AskingHouse): void {
  test('roles are listed: those of Countersign, those of apps, and those that mean nothing and are held', async () => {
    const person = await house.user('role-holder', 'operator', 'sommelier')
    const roles = await house.all<Shown>('/roles', 3)
    assert.deepEqual(
      roles,
      [...roles].sort((left, right) => (left.role < right.role ? -1 : 1)),
    )
    const of = (name: string): Shown | undefined => roles.find(({ role }) => role === name)
    assert.deepEqual(of('operator'), { role: 'operator', builtIn: true, called: 'operators', stores: ['countersign'], held: true })
    assert.deepEqual(of('editor'), { role: 'editor', builtIn: false, called: 'editors', stores: ['notes'], held: of('editor')?.held })
    assert.deepEqual(of('sommelier'), { role: 'sommelier', builtIn: false, stores: [], held: true })
    for (const name of ['owner', 'auditor', 'helpdesk']) assert.equal(of(name)?.builtIn, true, name)
    assert.deepEqual((await house.ask('GET', '/roles/sommelier')).json, of('sommelier'))
    await house.ask('DELETE', `/users/${person.id}/roles/sommelier`)
    assert.equal((await house.ask('GET', '/roles/sommelier')).code, 'admin.not_found')
    assert.equal((await house.ask('GET', '/roles/sommelier/holders')).code, 'admin.not_found')
  })

  test('who holds a role is listed, of every kind and page by page', async () => {
    const person = await house.user('role-taster', 'taster')
    const service = await house.service('Tasting', 'taster')
    const { id: group } = (await house.ask('POST', '/groups', { name: 'Tasters' })).json
    await house.ask('PUT', `/groups/${String(group)}/roles/taster`)
    const holders = await house.all<{ readonly id: string }>('/roles/taster/holders', 2)
    assert.deepEqual(
      new Map(holders.map((holder) => [holder.id, holder])),
      new Map([
        [service.id, { id: service.id, kind: 'client', name: service.clientId }],
        [String(group), { id: group, kind: 'group', name: 'Tasters' }],
        [person.id, { id: person.id, kind: 'user', name: 'role-taster' }],
      ] as readonly [string, object][]),
    )
    assert.equal((await house.ask('GET', '/roles/taster/holders?cursor=p1.x')).code, 'identity.bad_cursor')
  })

  for (const path of ['/roles/Owner', '/roles/a_b', `/roles/${'a'.repeat(64)}`]) {
    test(`${path.slice(0, 20)} is no name of a role`, async () => {
      assert.equal((await house.ask('GET', path)).code, 'request.malformed')
    })
  }
}
