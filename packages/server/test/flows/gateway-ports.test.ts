import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverPorts } from '../../src/app/gateway-server-ports.ts'
import { openTestHouse } from '../house.ts'

test('a gateway is told the groups of a person (who lost a role with their group kept it there for a minute)', async () => {
  const { house, user, signIn } = await openTestHouse()
  const alice = await user('alice')
  const op = house.operation('test')
  const group = await house.identity.createGroup(op, { name: 'writers' })
  await house.identity.assignRole(op, { to: group, role: 'editor' })
  await house.identity.addToGroup(op, { group, user: alice.id })
  await signIn(alice)
  const [session] = (await house.sessions.list(op, { user: alice.id, limit: 1 })).items
  assert.ok(session)
  const view = await serverPorts(house).session(session.id, 'look')
  assert.deepEqual(view?.roles, ['editor'])
  assert.deepEqual(view?.groups, [group])
})
