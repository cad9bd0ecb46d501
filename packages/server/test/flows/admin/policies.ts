/** Policies through the admin API. @module */

import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { AskingHouse } from './asking.ts'

export const example: string = fileURLToPath(new URL('../../../../../examples/notes/policies', import.meta.url))

/** Copies the example's policies to where the test may spoil them. */
export function copyPolicies(folder: string): void {
  cpSync(example, folder, { recursive: true })
}

/** `folder` is the one of the store `notes`, as {@link copyPolicies} made it. */
export function policiesAreAdministered(house: AskingHouse, folder: string): void {
  const files = readdirSync(example).map((name) => ({ name, text: readFileSync(join(example, name), 'utf8') }))

  test('policies are checked without deciding anything', async () => {
    assert.deepEqual((await house.ask('POST', '/policies/check', { store: 'notes', files })).json, { mistakes: [] })
    const spoilt = files.map(({ name, text }) => ({ name, text: name === 'notes.cedar' ? text.replace('"write"', '"wirte"') : text }))
    const { json } = await house.ask('POST', '/policies/check', { store: 'notes', files: spoilt })
    const [mistake] = json['mistakes'] as readonly { readonly file: string; readonly line: number; readonly says: string }[]
    assert.equal(mistake?.file, 'notes.cedar')
    assert.ok((mistake?.line ?? 0) > 1)
    assert.match(mistake?.says ?? '', /wirte/)
  })

  test('a mirror shows how a request reaches the server, for a minute', async () => {
    const { status, json } = await house.ask('POST', '/mirrors')
    assert.equal(status, 201)
    const url = String(json['path'])
    const look = async () => house.house.server.inject({ method: 'GET', url, headers: { 'x-forwarded-for': '192.0.2.1' } })
    const shown = (await look()).json<Record<string, unknown>>()
    assert.deepEqual([shown['forwardedFor'], shown['trusted'], shown['address'] === shown['peer']], ['192.0.2.1', false, true])
    house.clock.forwardMs(60_000)
    assert.equal((await look()).statusCode, 404)
  })

  test('policies that changed on disk decide after a reload, and the record says so', async () => {
    const before = await house.ask('POST', '/policies/reload')
    assert.deepEqual(before.json['mistakes'], [])
    writeFileSync(
      join(folder, 'more.cedar'),
      '@id("more")\npermit(principal in Countersign::Role::"reader", action == Notes::Action::"read", resource);\n',
    )
    const after = await house.ask('POST', '/policies/reload')
    assert.deepEqual(after.json['mistakes'], [])
    assert.notDeepEqual(after.json['stores'], before.json['stores'])
    const events = await house.eventsOf(after.request)
    assert.ok(events.some(({ what, about }) => what === 'policies.activated' && about === 'notes'))
  })

  test('a mistake keeps the old set, and says file and line', async () => {
    const before = house.house.rulebook.find('notes')?.digest
    writeFileSync(join(folder, 'wrong.cedar'), '\npermit(principal,\n')
    const refused = await house.ask('POST', '/policies/reload')
    const [mistake] = refused.json['mistakes'] as readonly { readonly file: string; readonly line: number }[]
    assert.equal(mistake?.file, join(folder, 'wrong.cedar'))
    assert.ok((mistake?.line ?? 0) >= 2)
    assert.equal(house.house.rulebook.find('notes')?.digest, before)
    assert.equal((await house.eventually(refused.request, 'policies.refused')).about, 'notes')
  })

  for (const row of [
    { says: 'no files', body: { store: 'notes', files: [] } },
    { says: 'a store with a strange name', body: { store: '../notes', files } },
    { says: 'a file without a name', body: { store: 'notes', files: [{ name: '', text: '' }] } },
    { says: 'something else', body: { store: 'notes', files, activate: true } },
  ]) {
    test(`policies are not checked with ${row.says}`, async () => {
      assert.equal((await house.ask('POST', '/policies/check', row.body)).code, 'request.malformed')
    })
  }

  test('more than a request may hold is refused as too large', async () => {
    const text = '// '.padEnd(65_536, 'x')
    assert.equal(
      (await house.ask('POST', '/policies/check', { store: 'notes', files: [{ name: 'a.cedar', text }] })).code,
      'request.too_large',
    )
  })
}
