/** Policies that are activated over the admin API, and how that stands beside their folder. @module */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AskingHouse, Answered } from './asking.ts'
import { example } from './policies.ts'

interface StoreShown {
  readonly keeper: string
  readonly digest: string
  readonly activatedBy?: string
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

const shown = (answer: Answered): StoreShown => answer.json as unknown as StoreShown

/** `folder` is the one of the store `notes`. */
export function activationsAreAdministered(house: AskingHouse, folder: string): void {
  const shipped = readdirSync(example).map((name) => ({ name, text: readFileSync(join(example, name), 'utf8') }))
  const closed = { name: 'closed.cedar', text: '@id("closed-today") forbid (principal, action, resource);\n' }
  const read = async (): Promise<Answered> => house.ask('GET', '/policies/notes')
  const put = async (files: readonly object[], ifMatch?: string): Promise<Answered> =>
    house.ask('PUT', '/policies/notes', { files }, undefined, ifMatch)

  test('the stores are listed with who keeps them, and one is read with its files', async () => {
    rmSync(join(folder, 'wrong.cedar'), { force: true })
    await house.ask('POST', '/policies/reload')
    const { json } = await house.ask('GET', '/policies')
    const stores = json['items'] as readonly { readonly store: string; readonly keeper: string; readonly folderOnly: boolean }[]
    assert.deepEqual(
      stores.map(({ store, keeper, folderOnly }) => [store, keeper, folderOnly]),
      [
        ['countersign', 'folder', true],
        ['notes', 'folder', false],
      ],
    )
    const one = await read()
    assert.equal(one.etag, `"${shown(one).digest}"`)
    assert.deepEqual(
      shown(one)
        .files.map(({ name }) => name)
        .sort(),
      readdirSync(folder).sort(),
    )
    assert.equal((await house.ask('GET', '/policies/nothing')).code, 'admin.not_found')
  })

  test('a set that is sent decides when the answer is there, and the record says who activated it', async () => {
    const before = await read()
    const done = await put([...shipped, closed], before.etag)
    assert.equal(done.status, 200)
    assert.equal(shown(done).keeper, 'api')
    assert.equal(shown(done).activatedBy, `user ${house.owner.id}`)
    assert.equal(house.house.rulebook.find('notes')?.digest, shown(done).digest)
    assert.notEqual(done.etag, before.etag)
    const events = await house.eventsOf(done.request)
    assert.deepEqual(events.map(({ what, about }) => `${what} ${about}`).sort(), [
      'policies.activated notes',
      'policies.keeper_changed notes',
    ])
  })

  test('its folder is not read any more: neither a change there nor a mistake does anything', async () => {
    const before = await read()
    writeFileSync(join(folder, 'wrong.cedar'), 'permit(principal,\n')
    const reloaded = await house.ask('POST', '/policies/reload')
    assert.deepEqual(reloaded.json['mistakes'], [])
    rmSync(join(folder, 'wrong.cedar'))
    await house.ask('POST', '/policies/reload')
    assert.equal((await read()).etag, before.etag)
  })

  test('what another activated meanwhile is not overwritten', async () => {
    const before = await read()
    assert.equal((await put(shipped)).code, 'request.version_missing')
    for (const ifMatch of ['*', 'W/"x"', '"a", "b"', '""', 'x'])
      assert.equal((await put(shipped, ifMatch)).code, 'request.malformed', ifMatch)
    const first = await put(shipped, before.etag)
    assert.equal(first.status, 200)
    assert.equal((await put([...shipped, closed], before.etag)).code, 'policies.changed')
    assert.equal((await read()).etag, first.etag)
  })

  test('a set with a mistake changes nothing, and the answer says where the mistake is', async () => {
    const before = await read()
    const spoilt = shipped.map(({ name, text }) => ({ name, text: name === 'notes.cedar' ? text.replace('"write"', '"wirte"') : text }))
    const refused = await put(spoilt, before.etag)
    assert.equal(refused.status, 422)
    const [mistake] = refused.json['mistakes'] as readonly { readonly file: string; readonly says: string }[]
    assert.equal(mistake?.file, 'notes.cedar')
    assert.match(mistake?.says ?? '', /wirte/)
    for (const files of [[closed], [...shipped, { name: 'more.txt', text: '' }], [...shipped, ...shipped]]) {
      assert.equal((await put(files, before.etag)).status, 422)
    }
    assert.equal((await read()).etag, before.etag)
    assert.equal(house.house.rulebook.find('notes')?.digest, shown(before).digest)
  })

  test('an earlier version is read and becomes the active one again', async () => {
    const before = await read()
    const { json } = await house.ask('GET', '/policies/notes/versions')
    const versions = json['items'] as readonly { readonly digest: string; readonly active: boolean }[]
    assert.deepEqual(
      versions.filter(({ active }) => active).map(({ digest }) => digest),
      [shown(before).digest],
    )
    const earlier = versions.find(({ active }) => !active)?.digest ?? ''
    const version = await house.ask('GET', `/policies/notes/versions/${earlier}`)
    assert.deepEqual([version.json['digest'], version.json['active']], [earlier, false])
    const back = await house.ask('POST', '/policies/notes/roll-back', { digest: earlier }, undefined, before.etag)
    assert.deepEqual([shown(back).digest, shown(back).files], [earlier, version.json['files']])
    assert.equal(house.house.rulebook.find('notes')?.digest, earlier)
    const unknown = await house.ask('POST', '/policies/notes/roll-back', { digest: 'A'.repeat(43) }, undefined, back.etag)
    assert.equal(unknown.code, 'policies.unknown_version')
    assert.equal((await house.ask('GET', `/policies/notes/versions/${'A'.repeat(43)}`)).code, 'admin.not_found')
    assert.equal((await house.ask('GET', '/policies/nothing/versions')).code, 'admin.not_found')
  })

  test('the store is given back to its folder, which decides again', async () => {
    const before = await read()
    assert.equal((await house.ask('POST', '/policies/notes/release', undefined, undefined, '"other"')).code, 'policies.changed')
    const released = await house.ask('POST', '/policies/notes/release', undefined, undefined, before.etag)
    assert.equal(shown(released).keeper, 'folder')
    assert.deepEqual(
      shown(released)
        .files.map(({ name }) => name)
        .sort(),
      readdirSync(folder).sort(),
    )
    assert.ok((await house.eventsOf(released.request)).some(({ what }) => what === 'policies.keeper_changed'))
  })

  test('nobody changes what decides about this API over this API', async () => {
    const { etag } = await house.ask('GET', '/policies/countersign')
    for (const [method, path, body] of [
      ['PUT', '/policies/countersign', { files: shipped }],
      ['POST', '/policies/countersign/roll-back', { digest: 'A'.repeat(43) }],
      ['POST', '/policies/countersign/release', undefined],
    ] as const) {
      assert.equal((await house.ask(method, path, body, undefined, etag)).code, 'policies.folder_only')
    }
    assert.equal((await house.ask('GET', '/policies/countersign')).etag, etag)
  })

  test('only an owner activates policies: who runs the house cannot give rights in its apps', async () => {
    const token = await house.tokenOf(await house.user('policy-operator', 'operator'))
    const before = await read()
    assert.equal((await house.ask('PUT', '/policies/notes', { files: shipped }, token, before.etag)).code, 'access.denied')
    assert.equal((await read()).etag, before.etag)
  })

  for (const body of [
    undefined,
    { files: [] },
    { files: [{ name: '', text: '' }] },
    { files: shipped, keeper: 'folder' },
    { digest: 'x' },
  ]) {
    test(`a body of ${JSON.stringify(body)?.slice(0, 40)} activates nothing`, async () => {
      assert.equal((await house.ask('PUT', '/policies/notes', body, undefined, '"x"')).code, 'request.malformed')
    })
  }
}
