/** Who holds which role, on each engine. @module */

import assert from 'node:assert/strict'
import { newId } from '#kernel'
import { goodPassword, openPeople, peopleMigrations } from '../people.ts'
import { eachEngine } from '../store.ts'

eachEngine(
  'holders of a role are listed once each, page by page, and those who hold it through a group are not',
  peopleMigrations,
  async (store) => {
    const { identity, op } = await openPeople(store)
    const [alice, bob] = [
      await identity.createUser(op(), { username: 'alice', password: goodPassword, roles: ['editor', 'viewer'] }),
      await identity.createUser(op(), { username: 'bob', password: goodPassword, roles: ['editor'] }),
    ]
    const group = await identity.createGroup(op(), { name: 'Writers' })
    const client = newId('cli')
    for (const to of [group, client]) await identity.assignRole(op(), { to, role: 'editor' })
    const member = await identity.createUser(op(), { username: 'carol', password: goodPassword })
    await identity.addToGroup(op(), { group, user: member })
    for (const limit of [1, 2, 3, 4, 200]) {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await identity.listHolders(op(), 'editor', { limit, cursor })
        assert.ok(page.items.length <= limit)
        found.push(...page.items)
        cursor = page.next
      } while (cursor !== undefined)
      assert.equal(found.length, 4, String(limit))
      assert.deepEqual([...found].sort(), [alice, bob, group, client].sort(), String(limit))
    }
    assert.deepEqual((await identity.listHolders(op(), 'viewer', { limit: 10 })).items, [alice])
    assert.deepEqual((await identity.listHolders(op(), 'nobody', { limit: 10 })).items, [])
    assert.deepEqual(await identity.heldRoles(op()), ['editor', 'viewer'])
    await identity.withdrawRole(op(), { to: alice, role: 'viewer' })
    assert.deepEqual(await identity.heldRoles(op()), ['editor'])
    const elsewhere = { ...op(), tenant: newId('ten') }
    assert.deepEqual(
      [await identity.heldRoles(elsewhere), (await identity.listHolders(elsewhere, 'editor', { limit: 10 })).items],
      [[], []],
    )
    for (const cursor of ['', 'p1.x', 'editor'])
      await assert.rejects(identity.listHolders(op(), 'editor', { limit: 1, cursor }), { code: 'identity.bad_cursor' })
  },
)
