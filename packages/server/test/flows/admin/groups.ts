/** Groups through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#kernel'
import type { AskingHouse } from './asking.ts'

interface Named {
  readonly id: string
  readonly name: string
}

export function groupsAreAdministered(house: AskingHouse): void {
  const create = async (name: string): Promise<string> => {
    house.clock.forwardMs(1)
    const { status, json } = await house.ask('POST', '/groups', { name })
    assert.equal(status, 201)
    return String(json['id'])
  }
  const events = async (request: string): Promise<readonly (readonly [string, string, unknown])[]> =>
    (await house.eventsOf(request)).map(({ what, about, actor }) => [what, about, actor])

  test('a group is created, read, renamed and deleted, and the record says by whom', async () => {
    const made = await house.ask('POST', '/groups', { name: 'Night shift' })
    const { id, createdAtMs, ...rest } = made.json
    assert.deepEqual([made.status, rest, createdAtMs], [201, { name: 'Night shift', roles: [] }, house.clock.wallMs()])
    assert.deepEqual(await events(made.request), [['group.created', id, house.owner.id]])
    const path = `/groups/${String(id)}`
    assert.deepEqual((await house.ask('GET', path)).json, made.json)

    const renamed = await house.change(path, { name: 'Day shift' })
    assert.deepEqual(renamed.json, { ...made.json, name: 'Day shift' })
    assert.deepEqual(await events(renamed.request), [['group.renamed', id, house.owner.id]])
    assert.deepEqual(await events((await house.change(path, { name: 'Day shift' })).request), [], 'nothing changed')

    const gone = await house.ask('DELETE', path)
    assert.equal(gone.status, 204)
    assert.deepEqual(await events(gone.request), [['group.deleted', id, house.owner.id]])
    for (const gone of [await house.ask('GET', path), await house.change(path, { name: 'Again' }), await house.ask('DELETE', path)])
      assert.equal(gone.code, 'admin.not_found')
  })

  test('groups are listed page by page, and by the beginning of their names', async () => {
    const made = [await create('Paged one'), await create('Paged two'), await create('paged three')]
    const seen = (await house.all<Named>('/groups', 2)).map(({ id }) => id)
    assert.deepEqual(
      seen.filter((id) => made.includes(id)),
      made,
    )
    const found = async (prefix: string): Promise<readonly string[]> =>
      ((await house.ask('GET', `/groups?prefix=${encodeURIComponent(prefix)}`)).json['items'] as readonly Named[]).map(({ name }) => name)
    assert.deepEqual(await found('PAGED T'), ['Paged two', 'paged three'])
    assert.deepEqual(await found('%'), [], 'a prefix is no pattern')
    assert.equal((await house.ask('GET', '/groups?cursor=p1.x')).code, 'identity.bad_cursor')
  })

  test('a name belongs to one group, in whatever case', async () => {
    await create('Only group')
    const other = await create('Other group')
    assert.equal((await house.ask('POST', '/groups', { name: 'ONLY group' })).code, 'identity.group_taken')
    assert.equal((await house.change(`/groups/${other}`, { name: 'only GROUP' })).code, 'identity.group_taken')
    assert.equal((await house.change(`/groups/${other}`, { name: 'OTHER group' })).json['name'], 'OTHER group')
    assert.equal((await house.ask('POST', '/groups', { name: 'two\nlines' })).code, 'identity.bad_name')
    for (const body of [{}, { name: '' }, { name: 'x', roles: ['owner'] }])
      assert.equal((await house.ask('POST', '/groups', body)).code, 'request.malformed')
  })

  test('a member holds what the group holds, from the next request on and no longer', async () => {
    const member = await house.user('group-member')
    const token = await house.tokenOf(member)
    const group = await create('Auditing')
    const path = `/groups/${group}`
    const looks = async (): Promise<string | undefined> => (await house.ask('GET', '/groups', undefined, token)).code

    const given = await house.ask('PUT', `${path}/roles/auditor`)
    assert.deepEqual([given.json['roles'], await looks()], [['auditor'], 'access.denied'])
    const joined = await house.ask('PUT', `${path}/members/${member.id}`)
    assert.deepEqual([joined.status, await events(joined.request)], [204, [['group.joined', group, house.owner.id]]])
    assert.equal(await looks(), undefined)
    const { items } = (await house.ask('GET', `${path}/members`)).json as { readonly items: readonly Named[] }
    assert.deepEqual(
      items.map(({ id }) => id),
      [member.id],
    )
    assert.equal((await house.ask('PUT', `${path}/members/${member.id}`)).status, 204)

    const left = await house.ask('DELETE', `${path}/members/${member.id}`)
    assert.deepEqual([left.status, await events(left.request)], [204, [['group.left', group, house.owner.id]]])
    assert.equal(await looks(), 'access.denied')

    await house.ask('PUT', `${path}/members/${member.id}`)
    assert.equal(await looks(), undefined)
    assert.deepEqual((await house.ask('DELETE', `${path}/roles/auditor`)).json['roles'], [])
    assert.equal(await looks(), 'access.denied')

    await house.ask('PUT', `${path}/roles/auditor`)
    assert.equal(await looks(), undefined)
    assert.equal((await house.ask('DELETE', path)).status, 204)
    assert.equal(await looks(), 'access.denied', 'the role went with the group')
  })

  test('whoever saw an older version of a group changes nothing', async () => {
    const [member, other] = [await house.user('group-seen'), await house.user('group-unseen')]
    const path = `/groups/${await create('Seen before')}`
    const { etag } = await house.ask('GET', path)
    assert.equal((await house.ask('PUT', `${path}/members/${member.id}`, undefined, undefined, etag)).status, 204)
    for (const [method, where, body] of [
      ['PATCH', path, { name: 'Late' }],
      ['PUT', `${path}/members/${other.id}`],
      ['DELETE', `${path}/members/${member.id}`],
      ['PUT', `${path}/roles/editor`],
      ['DELETE', `${path}/roles/editor`],
      ['DELETE', path],
    ] as const) {
      assert.equal((await house.ask(method, where, body, undefined, etag)).code, 'identity.group_changed')
      assert.equal((await house.ask(method, where, body, undefined, 'W/"v1"')).code, 'request.malformed')
    }
    assert.equal((await house.ask('PATCH', path, { name: 'Blind' })).code, 'request.version_missing')
    const now = await house.ask('GET', path)
    assert.deepEqual([now.json['name'], now.json['roles']], ['Seen before', []])
    assert.equal((await house.ask('DELETE', path, undefined, undefined, now.etag)).status, 204)
  })

  test('nobody who does not exist becomes a member', async () => {
    const group = await create('Ghosts')
    assert.equal((await house.ask('PUT', `/groups/${group}/members/${newId('usr')}`)).code, 'identity.unknown_user')
    assert.equal((await house.ask('PUT', `/groups/${group}/members/${newId('cli')}`)).code, 'admin.not_found')
  })
}
