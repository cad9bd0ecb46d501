/** Groups and settings at the command line, against a running server. @module */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { startProduction } from '../production.ts'
import { commandsOn, itemsOf } from '../terminal.ts'

const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const data = production.product.dataDir

const { on, json } = commandsOn(data)

const newUser = async (name: string): Promise<string> => String((await json('users', 'create', name))['id'])

describe('groups', () => {
  test('create with roles, list by prefix, get, rename, give and take roles, delete', async () => {
    const made = await json('groups', 'create', 'Accounting', '--role', 'auditor')
    assert.deepEqual([made['name'], made['roles']], ['Accounting', ['auditor']])
    const id = String(made['id'])
    await json('groups', 'create', 'Warehouse')
    assert.deepEqual(await json('groups', 'get', id), made)
    assert.deepEqual(
      itemsOf(await json('groups', 'list', '--prefix', 'Acc')).map(({ name }) => name),
      ['Accounting'],
    )
    const shown = await on('groups', 'list')
    assert.match(shown.out, new RegExp(`^id +name +roles\\n(.*\\n)*${id}  Accounting +auditor\\n`))

    const updated = await json('groups', 'update', id, '--name', 'Books', '--assign', 'helpdesk', '--withdraw', 'auditor')
    assert.deepEqual([updated['id'], updated['name'], updated['roles']], [id, 'Books', ['helpdesk']])
    assert.deepEqual((await on('groups', 'delete', id, '--yes')).out, 'The group is gone.\n')
    assert.equal((await on('groups', 'get', id)).code, 1)
  })

  test('a name that exists is a conflict', async () => {
    await json('groups', 'create', 'Twice')
    const again = await on('groups', 'create', 'Twice')
    assert.equal(again.code, 7, again.err)
  })

  test('members are put in, listed and taken out, and hold what the group holds', async () => {
    const group = String((await json('groups', 'create', 'Night shift', '--role', 'auditor'))['id'])
    const [nora, ned] = [await newUser('nora'), await newUser('ned')]
    assert.deepEqual(await json('groups', 'members', 'add', group, nora, ned), { done: true })
    const members = itemsOf(await json('groups', 'members', 'list', group))
    assert.deepEqual(
      members.map(({ username }) => username).sort((one, other) => (String(one) < String(other) ? -1 : 1)),
      ['ned', 'nora'],
    )
    assert.deepEqual(itemsOf(await json('users', 'list', '--prefix', 'nora')).length, 1)
    const table = await on('groups', 'members', 'list', group)
    assert.match(table.out, new RegExp(`^id +user name +name +state\\n(.*\\n)*${nora}  nora +active\\n`))

    const removed = await on('groups', 'members', 'remove', group, nora)
    assert.deepEqual([removed.code, removed.out], [0, '1 user is not in the group any more.\n'])
    assert.deepEqual(
      itemsOf(await json('groups', 'members', 'list', group)).map(({ id }) => id),
      [ned],
    )
  })

  test('one of several users that is not there is refused; who was reached before stays in', async () => {
    const group = String((await json('groups', 'create', 'Half'))['id'])
    const hal = await newUser('hal')
    const ran = await on('groups', 'members', 'add', group, hal, `usr_${'0'.repeat(22)}`)
    assert.equal(ran.code, 1)
    assert.equal(itemsOf(await json('groups', 'members', 'list', group)).length, 1)
  })

  test('deleting says who loses what, and asks', async () => {
    const group = String((await json('groups', 'create', 'Closing', '--role', 'auditor', '--role', 'helpdesk'))['id'])
    await json('groups', 'members', 'add', group, await newUser('cleo'), await newUser('carl'))
    const ran = await on('groups', 'delete', group)
    assert.deepEqual([ran.code, ran.out], [2, ''])
    const lines = ran.err.split('\n')
    assert.match(lines[0] ?? '', new RegExp(`^This deletes the group Closing \\(${group}\\) at `))
    assert.deepEqual(lines.slice(1, 3), [
      'Members who lose what they held through it, from the next request on: 2.',
      'Roles that are held by one less: auditor, helpdesk.',
    ])
    assert.equal((await on('groups', 'get', group)).code, 0)
    assert.equal((await on('groups', 'delete', group, '--yes')).code, 0)
  })

  for (const { words, err } of [
    {
      words: ['groups', 'members', 'add', 'grp_x'],
      err: /^groups members add needs GROUP USER…\. See: countersign groups members add --help\n$/,
    },
    { words: ['groups', 'update', 'grp_x'], err: /^groups update needs to be told what to change\. See/ },
  ]) {
    test(`${words.join(' ')} is not understood`, async () => {
      const ran = await on(...words)
      assert.deepEqual([ran.code, ran.out], [2, ''])
      assert.match(ran.err, err)
    })
  }
})

describe('settings', () => {
  test('are listed as they are, by prefix where one is given', async () => {
    const all = itemsOf(await json('settings', 'list', '--all'))
    assert.ok(all.some(({ setting, value }) => setting === 'issuer' && value === production.product.issuer))
    const listen = itemsOf(await json('settings', 'list', '--prefix', 'listen.'))
    assert.ok(listen.length > 0 && listen.every(({ setting }) => String(setting).startsWith('listen.')))
    const shown = await on('settings', 'list', '--prefix', 'issuer')
    assert.deepEqual([shown.code, shown.out.split('\n')[0]], [0, `setting  value`])
  })
})
