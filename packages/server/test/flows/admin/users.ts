/** Users through the admin API. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goodPassword } from '../../people.ts'
import type { AskingHouse } from './asking.ts'

interface Shown {
  readonly id: string
  readonly username: string
  readonly roles: readonly string[]
  readonly state: string
}

export function usersAreAdministered(house: AskingHouse): void {
  const create = async (username: string, more: object = {}): Promise<string> => {
    const { status, json } = await house.ask('POST', '/users', { username, password: goodPassword, ...more })
    assert.equal(status, 201)
    return String(json['id'])
  }
  const items = (json: Readonly<Record<string, unknown>>): readonly Shown[] => json['items'] as readonly Shown[]

  test('a user is created, read and deleted, and the record says by whom', async () => {
    const made = await house.ask('POST', '/users', {
      username: 'Carol.D',
      name: 'Carol Danvers',
      email: 'carol@example.com',
      password: goodPassword,
    })
    assert.equal(made.status, 201)
    const { id, createdAtMs, ...rest } = made.json
    assert.deepEqual(rest, {
      username: 'Carol.D',
      name: 'Carol Danvers',
      email: 'carol@example.com',
      state: 'active',
      roles: [],
    })
    assert.equal(createdAtMs, house.clock.wallMs())
    assert.deepEqual(
      (await house.eventsOf(made.request)).map(({ what, about, actor, outcome }) => [what, about, actor, outcome]),
      [['user.created', id, house.owner.id, 'done']],
    )
    const allowed = await house.eventually(made.request, 'access.allowed')
    assert.deepEqual([allowed.decision?.policies, allowed.decision?.action], [['owners-do-everything'], 'users:create'])
    assert.deepEqual((await house.ask('GET', `/users/${String(id)}`)).json, made.json)

    const read = await house.ask('GET', `/users/${String(id)}`)
    assert.equal((await house.eventually(read.request, 'access.allowed')).decision?.resource, `User ${String(id)}`, 'whose data was read')

    const gone = await house.ask('DELETE', `/users/${String(id)}`)
    assert.equal(gone.status, 204)
    assert.ok((await house.eventsOf(gone.request)).some(({ what, about }) => what === 'user.deleted' && about === id))
    assert.equal((await house.ask('GET', `/users/${String(id)}`)).code, 'admin.not_found')
    assert.equal((await house.ask('DELETE', `/users/${String(id)}`)).code, 'admin.not_found')
    assert.equal((await house.change(`/users/${String(id)}`, { state: 'active' })).code, 'admin.not_found')
    assert.equal((await house.ask('PUT', `/users/${String(id)}/roles/owner`)).code, 'admin.not_found')
  })

  test('where a user is reached is kept, changed and taken away', async () => {
    const address = { streetAddress: '1 Rue du Port\nBât. B', postalCode: '75001', locality: 'Paris' }
    const id = await create('reached', { phoneNumber: '+33 1 23 45 67 89', address })
    const shown = async () => {
      const { phoneNumber, phoneNumberVerified, address: kept } = (await house.ask('GET', `/users/${id}`)).json
      return [phoneNumber, phoneNumberVerified, kept]
    }
    assert.deepEqual(await shown(), ['+33 1 23 45 67 89', false, address])
    const sure = await house.change(`/users/${id}`, { phoneNumberVerified: true })
    assert.deepEqual([sure.status, await shown()], [200, ['+33 1 23 45 67 89', true, address]])
    assert.equal((await house.change(`/users/${id}`, { phoneNumber: '+33 1 23 45 67 80', address: { country: 'France' } })).status, 200)
    assert.deepEqual(await shown(), ['+33 1 23 45 67 80', false, { country: 'France' }])
    assert.equal((await house.change(`/users/${id}`, { phoneNumber: null, address: null })).status, 200)
    assert.deepEqual(await shown(), [undefined, undefined, undefined])
    const changes = (await house.eventsOf(sure.request)).find(({ what }) => what === 'user.changed')
    assert.deepEqual(changes?.facts, { members: 'phoneNumberVerified' })
  })

  test('a user without a password exists and cannot sign in', async () => {
    await create('nopass', { password: undefined })
    await assert.rejects(house.signIn({ username: 'nopass', password: goodPassword }))
  })

  test('users are listed page by page, each once, oldest first', async () => {
    const made: string[] = []
    for (const name of ['page-one', 'page-two', 'page-three']) {
      house.clock.forwardMs(1)
      made.push(await create(name))
    }
    const seen = (await house.all<Shown>('/users', 2)).map(({ id }) => id)
    assert.equal(new Set(seen).size, seen.length)
    assert.deepEqual(
      seen.filter((id) => made.includes(id)),
      made,
    )
  })

  test('users are found by the beginning of their user name or address', async () => {
    await create('prefixed-one')
    house.clock.forwardMs(1)
    await create('prefixed-two', { email: 'zebra@example.com' })
    const found = async (prefix: string): Promise<readonly string[]> =>
      items((await house.ask('GET', `/users?prefix=${encodeURIComponent(prefix)}`)).json).map(({ username }) => username)
    assert.deepEqual(await found('prefixed-'), ['prefixed-one', 'prefixed-two'])
    assert.deepEqual(await found('PREFIXED-T'), ['prefixed-two'])
    assert.deepEqual(await found('zebr'), ['prefixed-two'])
    assert.deepEqual(await found('prefixed-three'), [])
  })

  test('users are found by state and by role, however they hold it', async () => {
    const [off, direct, member] = [await create('sought-off'), await create('sought-direct'), await create('sought-member')]
    await house.change(`/users/${off}`, { state: 'disabled' })
    await house.ask('PUT', `/users/${direct}/roles/sought`)
    await house.ask('PUT', `/users/${off}/roles/sought`)
    const group = String((await house.ask('POST', '/groups', { name: 'Sought' })).json['id'])
    await house.ask('PUT', `/groups/${group}/roles/sought`)
    await house.ask('PUT', `/groups/${group}/members/${member}`)
    const found = async (query: string): Promise<readonly string[]> =>
      items((await house.ask('GET', `/users?limit=200&${query}`)).json)
        .map(({ username }) => username)
        .sort()
    assert.deepEqual(await found('role=sought'), ['sought-direct', 'sought-member', 'sought-off'])
    assert.deepEqual(await found('role=sought&state=active'), ['sought-direct', 'sought-member'])
    assert.deepEqual(await found('role=sought&prefix=sought-m'), ['sought-member'])
    assert.deepEqual(await found('state=disabled&prefix=sought-'), ['sought-off'])
    assert.ok((await found('state=disabled')).includes('sought-off'))
    assert.deepEqual(await found('role=nobodys'), [])
    for (const query of ['state=deleted', 'role=Sought', 'role='])
      assert.equal((await house.ask('GET', `/users?${query}`)).code, 'request.malformed')
  })

  test('a role is given and taken, and counts from the next request on', async () => {
    const zed = await house.user('zed')
    const token = await house.tokenOf(zed)
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'access.denied')
    const given = await house.ask('PUT', `/users/${zed.id}/roles/auditor`)
    assert.deepEqual([given.status, given.json['roles']], [200, ['auditor']])
    assert.deepEqual((await house.eventsOf(given.request))[0]?.facts, { role: 'auditor' })
    assert.equal((await house.ask('GET', '/users', undefined, token)).status, 200)
    assert.equal((await house.ask('PUT', `/users/${zed.id}/roles/auditor`)).status, 200)
    const taken = await house.ask('DELETE', `/users/${zed.id}/roles/auditor`)
    assert.deepEqual([taken.status, taken.json['roles']], [200, []])
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'access.denied')
    assert.equal((await house.ask('DELETE', `/users/${zed.id}/roles/auditor`)).status, 200)
  })

  for (const [says, change] of [
    ['disabled', { state: 'disabled' }],
    ['given another password', { password: 'eleven quiet lanterns' }],
    ['deleted', undefined],
  ] as const) {
    test(`a user who is ${says} is out at once: session, token and password`, async () => {
      const person = await house.user(`out-${says.split(' ')[0]}`, 'owner')
      const browser = await house.signIn(person)
      const token = await house.tokenOf(person)
      assert.equal((await browser.open('/signed-in')).statusCode, 200)
      const path = `/users/${person.id}`
      const done = change === undefined ? await house.ask('DELETE', path) : await house.change(path, change)
      assert.ok([200, 204].includes(done.status))
      assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'token.not_valid')
      assert.equal((await browser.open('/signed-in')).statusCode, 303, 'the session is over')
      await assert.rejects(house.signIn(person), 'the old password is no use')
    })
  }

  test('a disabled user who is enabled may sign in again, and what had ended stays ended', async () => {
    const person = await house.user('back-again')
    const token = await house.tokenOf(person)
    assert.equal((await house.change(`/users/${person.id}`, { state: 'disabled' })).json['state'], 'disabled')
    const enabled = await house.change(`/users/${person.id}`, { state: 'active' })
    assert.equal(enabled.json['state'], 'active')
    assert.ok((await house.eventsOf(enabled.request)).some(({ what }) => what === 'user.enabled'))
    await house.signIn(person)
    assert.equal((await house.ask('GET', '/users', undefined, token)).code, 'token.not_valid')
  })

  test('a user is changed by whoever saw their latest version, whole and in one step', async () => {
    const person = await house.user('before-change')
    const path = `/users/${person.id}`
    const first = await house.ask('GET', path)
    const change = {
      username: 'after-change',
      name: 'After',
      email: 'after@example.com',
      state: 'disabled',
      password: 'eleven quiet lanterns',
    }
    const changed = await house.ask('PATCH', path, change, undefined, first.etag)
    assert.deepEqual(
      ['username', 'name', 'email', 'state'].map((member) => changed.json[member]),
      ['after-change', 'After', 'after@example.com', 'disabled'],
    )
    const events = await house.eventsOf(changed.request)
    assert.deepEqual(
      events.map(({ what, facts }) => [what, facts?.['members']] as const).toSorted(([one], [other]) => (one < other ? -1 : 1)),
      [
        ['password.set', undefined],
        ['user.changed', 'username name email state password'],
        ['user.disabled', undefined],
      ],
    )
    assert.doesNotMatch(JSON.stringify(events), /after-change|After|lanterns/, 'the record says which, and not what')
    assert.deepEqual([(await house.ask('GET', path)).etag, changed.etag === first.etag], [changed.etag, false])
    const cleared = await house.ask('PATCH', path, { name: null, email: null, state: 'active' }, undefined, changed.etag)
    assert.deepEqual(['name' in cleared.json, 'email' in cleared.json, cleared.json['state']], [false, false, 'active'])
    await house.signIn({ username: 'after-change', password: 'eleven quiet lanterns' })
    await assert.rejects(house.signIn(person), 'the name of before is nobody’s')
  })

  test('whoever saw an older version of a user changes nothing', async () => {
    const { id } = await house.user('seen-before')
    const path = `/users/${id}`
    const { etag } = await house.ask('GET', path)
    const role = await house.ask('PUT', `${path}/roles/editor`, undefined, undefined, etag)
    assert.equal(role.status, 200)
    for (const [method, where, body] of [
      ['PATCH', path, { name: 'Late' }],
      ['PUT', `${path}/roles/viewer`],
      ['DELETE', `${path}/roles/editor`],
      ['DELETE', path],
    ] as const) {
      assert.equal((await house.ask(method, where, body, undefined, etag)).code, 'identity.user_changed')
      assert.equal((await house.ask(method, where, body, undefined, '*')).code, 'request.malformed')
    }
    assert.equal((await house.ask('PATCH', path, { name: 'Blind' })).code, 'request.version_missing')
    assert.deepEqual((await house.ask('GET', path)).json, role.json)
    const answers = await Promise.all(
      Array.from({ length: 4 }, async (_, at) => house.ask('PATCH', path, { name: `N${at}` }, undefined, role.etag)),
    )
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, other) => one - other),
      [200, 412, 412, 412],
    )
    assert.equal((await house.ask('DELETE', path, undefined, undefined, (await house.ask('GET', path)).etag)).status, 204)
  })

  test('the last owner is neither deleted, disabled nor stripped of the role', async () => {
    const path = `/users/${house.owner.id}`
    for (const { id } of items((await house.ask('GET', '/users?role=owner&limit=200')).json))
      if (id !== house.owner.id) await house.ask('DELETE', `/users/${id}/roles/owner`)
    for (const refused of [
      await house.ask('DELETE', path),
      await house.change(path, { state: 'disabled' }),
      await house.ask('DELETE', `${path}/roles/owner`),
    ]) {
      assert.deepEqual([refused.status, refused.code], [409, 'identity.last_holder'])
    }
    const { json } = await house.ask('GET', path)
    assert.deepEqual([json['state'], json['roles']], ['active', ['owner']])
  })

  test('a name belongs to one user, however it is written', async () => {
    await create('only-one', { email: 'only.one@example.com' })
    assert.equal((await house.ask('POST', '/users', { username: 'ONLY-one' })).code, 'identity.username_taken')
    const second = `/users/${await create('only-two')}`
    assert.equal((await house.change(second, { username: 'Only-One', name: 'Taken' })).code, 'identity.username_taken')
    assert.equal((await house.change(second, { email: 'ONLY.one@example.com' })).code, 'identity.email_taken')
    assert.equal((await house.ask('GET', second)).json['name'], undefined, 'nothing was half-done')
    assert.equal((await house.ask('POST', '/users', { username: 'other', email: 'Only.One@EXAMPLE.com' })).code, 'identity.email_taken')
  })

  test('of two that create the same user at once, one does', async () => {
    const both = await Promise.all([1, 2].map(async () => house.ask('POST', '/users', { username: 'racer' })))
    assert.deepEqual(
      both.map(({ status }) => status).sort((left, right) => left - right),
      [201, 409],
    )
  })

  for (const row of [
    { says: 'no user name', body: {}, code: 'request.malformed' },
    { says: 'a user name of another type', body: { username: 1 }, code: 'request.malformed' },
    { says: 'an unknown key', body: { username: 'x1', admin: true }, code: 'request.malformed' },
    { says: 'a key twice', body: '{"username":"x1","username":"x2"}', code: 'request.duplicate_parameter' },
    { says: 'half a document', body: '{"username":', code: 'request.malformed' },
    { says: 'a list', body: [], code: 'request.malformed' },
    { says: 'a user name with a space', body: { username: 'a b' }, code: 'identity.bad_username' },
    { says: 'a user name with a control character', body: { username: 'a\u001b[2J' }, code: 'identity.bad_username' },
    { says: 'no email address', body: { username: 'x1', email: 'nobody' }, code: 'identity.bad_email' },
    { says: 'a name with a line feed', body: { username: 'x1', name: 'a\nb' }, code: 'identity.bad_name' },
    { says: 'a number without its country', body: { username: 'x1', phoneNumber: '0123456' }, code: 'identity.bad_phone_number' },
    {
      says: 'a postal address with a control character',
      body: { username: 'x1', address: { locality: 'a\u0007b' } },
      code: 'identity.bad_address',
    },
    { says: 'a postal address of nothing', body: { username: 'x1', address: {} }, code: 'request.malformed' },
    { says: 'a password of 14 characters', body: { username: 'x1', password: 'abcdefghijklmn' }, code: 'password.too_short' },
    {
      says: 'a password made of the name',
      body: { username: 'x-long-name', password: 'x-long-namex-long-name' },
      code: 'password.guessable',
    },
    { says: 'roles, which are an action of their own', body: { username: 'x1', roles: ['owner'] }, code: 'request.malformed' },
  ]) {
    test(`a user is not created from ${row.says}`, async () => {
      const { status, code } = await house.ask('POST', '/users', row.body)
      assert.equal(code, row.code)
      assert.ok(status >= 400 && status < 500)
    })
  }

  for (const row of [
    { says: 'a limit of 0', query: 'limit=0', code: 'request.malformed' },
    { says: 'a limit of 201', query: 'limit=201', code: 'request.malformed' },
    { says: 'a prefix of one letter', query: 'prefix=a', code: 'request.malformed' },
    { says: 'a cursor of nobody’s', query: 'cursor=p1.x', code: 'identity.bad_cursor' },
    { says: 'an unknown parameter', query: 'sort=name', code: 'request.malformed' },
    { says: 'a parameter twice', query: 'limit=1&limit=2', code: 'request.duplicate_parameter' },
  ]) {
    test(`users are not listed with ${row.says}`, async () => {
      assert.equal((await house.ask('GET', `/users?${row.query}`)).code, row.code)
    })
  }

  test('a list may be asked for 1 and for 200 at once', async () => {
    assert.equal(items((await house.ask('GET', '/users?limit=1')).json).length, 1)
    assert.equal((await house.ask('GET', '/users?limit=200')).status, 200)
  })

  test('a change that changes nothing, or something else, is refused', async () => {
    const path = `/users/${house.owner.id}`
    for (const body of [
      {},
      { state: 'deleted' },
      { username: null },
      { id: 'x' },
      { roles: ['owner'] },
      { emailVerified: true },
      { state: 'disabled', password: 1 },
    ])
      assert.equal((await house.change(path, body)).code, 'request.malformed')
    assert.equal((await house.change(path, { password: 'short' })).code, 'password.too_short')
    assert.equal((await house.change(path, { password: 'short', state: 'disabled' })).code, 'password.too_short')
    assert.equal((await house.ask('GET', path)).json['state'], 'active', 'nothing was half-done')
  })
}
