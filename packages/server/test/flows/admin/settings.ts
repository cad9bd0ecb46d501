/** What the server was configured with, through the admin API. @module */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly setting: string
  readonly value: string | number | boolean
}

/** The house has a collector whose address holds `collector-key`. */
export function settingsAreShown(house: AskingHouse): void {
  test('settings are shown page by page, each once, in the order of their paths', async () => {
    const all = await house.all<Shown>('/settings', 2)
    const paths = all.map(({ setting }) => setting)
    assert.deepEqual(paths, [...new Set(paths)].sort())
    const shown = new Map(all.map(({ setting, value }) => [setting, value]))
    assert.equal(shown.get('issuer'), house.issuer)
    assert.equal(shown.get('listen.port'), 0)
    assert.equal(shown.get('passwords.memoryKibibytes'), 19_456)
    assert.equal(shown.get('rootKeyFile'), join(house.folder, 'root.key'), 'where the key is, and not what')
    assert.deepEqual(all, (await house.ask('GET', '/settings?limit=200')).json['items'])
  })

  test('settings are found by the beginning of their path', async () => {
    const { json } = await house.ask('GET', '/settings?prefix=listen.')
    assert.deepEqual(json, {
      items: [
        { setting: 'listen.host', value: '127.0.0.1' },
        { setting: 'listen.port', value: 0 },
      ],
    })
    assert.deepEqual((await house.ask('GET', '/settings?prefix=nothing')).json, { items: [] })
  })

  test('an address is shown without what opens it', async () => {
    const { json } = await house.ask('GET', '/settings?prefix=tracing.collector')
    assert.deepEqual(json['items'], [{ setting: 'tracing.collector', value: 'http://127.0.0.1:4318/v1/traces?(hidden)' }])
    for (const page of await house.all<Shown>('/settings', 200)) assert.ok(!JSON.stringify(page).includes('collector-key'))
  })

  test('settings are not for the help desk', async () => {
    const helpdesk = await house.tokenOf(await house.user('settings-helpdesk', 'helpdesk'))
    assert.equal((await house.ask('GET', '/settings', undefined, helpdesk)).code, 'access.denied')
  })

  test('that a backup was made is recorded as whoever says so, and only what a backup can be', async () => {
    const name = 'backup-20261126T020000Z'
    const told = await house.ask('POST', '/backups', { holds: 'data', name, keys: 'apart' })
    assert.equal(told.status, 204)
    const event = await house.eventually(told.request, 'backup.made')
    assert.deepEqual([event.actor, event.facts], [house.owner.id, { holds: 'data', keys: 'apart', name }])
    for (const body of [
      {},
      { holds: 'data', name: '/var/backups', keys: 'beside' },
      { holds: 'all', keys: 'beside' },
      { holds: 'keys', keys: 'beside', path: '/' },
    ])
      assert.equal((await house.ask('POST', '/backups', body)).code, 'request.malformed')
    const auditor = await house.tokenOf(await house.user('backups-auditor', 'auditor'))
    assert.equal((await house.ask('POST', '/backups', { holds: 'keys', keys: 'beside' }, auditor)).code, 'access.denied')
  })
}
