import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier, Secret } from '#kernel'
import type { NewClient } from '#oauth'
import { basic, form, openHouse } from './oauth-house.ts'

const house = await openHouse()
const service: NewClient = {
  name: 'Service',
  kind: 'confidential',
  grantTypes: ['client_credentials'],
  scopes: ['a', 'b'],
  audiences: ['https://api.example'],
}
const chosen = 'x'.repeat(32)

const ask = async (clientId: string, secret: string) =>
  house.inject(form('/token', { grant_type: 'client_credentials' }, { authorization: basic(clientId, secret) }))
const tokenOf = async (clientId: string, secret: string): Promise<string> => (await ask(clientId, secret)).json().access_token
const isAccepted = async (token: string): Promise<boolean> =>
  house.tokens.verifyAccessToken(house.op(), token, 'https://api.example').then(
    () => true,
    () => false,
  )

test('a client is registered once under its id, with a secret that is told once', async () => {
  house.recording.events.length = 0
  const { client, secret } = await house.clients.create(house.op(), { ...service, clientId: 'reports' })
  assert.equal(client.clientId, 'reports')
  assert.match(secret?.reveal() ?? '', /^cs1_[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(
    house.recording.events.map(({ what, about }) => [what, about]),
    [['client.created', client.id]],
  )
  assert.equal((await ask('reports', secret?.reveal() ?? '')).statusCode, 200)
  await assert.rejects(house.clients.create(house.op(), { ...service, clientId: 'reports' }), { code: 'client.exists' })
  assert.deepEqual(await house.clients.get(house.op(), client.id), client)
  assert.equal(await house.clients.get(house.op(), newId('cli')), undefined)
})

test('without an id it gets ours, and a public client gets no secret', async () => {
  const { client, secret } = await house.clients.create(house.op(), {
    name: 'App',
    kind: 'public',
    grantTypes: ['authorization_code'],
    redirectUris: ['https://app.example/cb'],
  })
  assert.equal(client.clientId, client.id as string)
  assert.equal(secret, undefined)
  await assert.rejects(house.clients.addSecret(house.op(), client.id), { code: 'client.invalid_metadata' })
})

test('what cannot be registered is refused and nothing is written', async () => {
  house.recording.events.length = 0
  const wrong: readonly (readonly [NewClient, string])[] = [
    [{ ...service, clientId: 'a\u0000b' }, 'client.invalid_metadata'],
    [{ ...service, clientId: '' }, 'client.invalid_metadata'],
    [{ ...service, name: '' }, 'client.invalid_metadata'],
    [{ ...service, secret: new Secret('x'.repeat(31)) }, 'client.invalid_secret'],
    [{ ...service, secret: new Secret('x'.repeat(513)) }, 'client.invalid_secret'],
    [{ ...service, secret: new Secret(`${'x'.repeat(32)}\n`) }, 'client.invalid_secret'],
    [
      { name: 'A', kind: 'public', grantTypes: ['authorization_code'], redirectUris: ['https://a.example'], secret: new Secret(chosen) },
      'client.invalid_metadata',
    ],
  ]
  for (const [given, code] of wrong) await assert.rejects(house.clients.create(house.op(), given), { code })
  assert.deepEqual(house.recording.names(), [])
  const longest = await house.clients.create(house.op(), { ...service, secret: new Secret('x'.repeat(512)) })
  assert.equal((await ask(longest.client.clientId, 'x'.repeat(512))).statusCode, 200)
})

test('a change that takes something away ends what was given out, any other does not', async () => {
  const { client, secret } = await house.clients.create(house.op(), service)
  const token = await tokenOf(client.clientId, secret?.reveal() ?? '')
  const bystander = (await house.clients.create(house.op(), service)).client
  house.recording.events.length = 0
  await house.clients.update(house.op(), client.id, { name: 'New name', scopes: ['a', 'b', 'c'] })
  assert.deepEqual(await house.clients.get(house.op(), bystander.id), bystander)
  assert.equal(await isAccepted(token), true)
  assert.equal((await ask(client.clientId, secret?.reveal() ?? '')).json().scope, 'a b c', 'and it is believed at once')
  await house.clients.update(house.op(), client.id, { scopes: ['a'] })
  assert.equal(await isAccepted(token), false)
  const next = await ask(client.clientId, secret?.reveal() ?? '')
  assert.equal(next.json().scope, 'a')
  assert.equal(await isAccepted(next.json().access_token), true)
  assert.deepEqual(
    house.recording.events.filter(({ what }) => what === 'client.changed').map(({ facts }) => facts?.['endsTokens']),
    [false, true],
  )
  await assert.rejects(house.clients.update(house.op(), newId('cli'), { name: 'x' }), { code: 'client.unknown' })
  await assert.rejects(house.clients.update(house.op(), client.id, { name: '' }), { code: 'client.invalid_metadata' })
  await assert.rejects(house.clients.update(house.op(), client.id, { accessTokenSeconds: 3_601 }), { code: 'client.invalid_metadata' })
})

test('a secret is changed without an outage: a second beside the first, then the first goes', async () => {
  const { client, secret } = await house.clients.create(house.op(), service)
  const first = secret?.reveal() ?? ''
  house.recording.events.length = 0
  const second = (await house.clients.addSecret(house.op(), client.id)).secret.reveal()
  assert.deepEqual([(await ask(client.clientId, first)).statusCode, (await ask(client.clientId, second)).statusCode], [200, 200])
  await assert.rejects(house.clients.addSecret(house.op(), client.id), { code: 'client.too_many_secrets' })
  const token = await tokenOf(client.clientId, first)
  assert.equal(await house.clients.removeSecret(house.op(), client.id, 1), true)
  assert.deepEqual([(await ask(client.clientId, first)).statusCode, (await ask(client.clientId, second)).statusCode], [401, 200])
  assert.equal(await isAccepted(token), false, 'whoever knew the secret may hold tokens')
  assert.equal(await house.clients.removeSecret(house.op(), client.id, 1), false)
  const told = house.recording.events.filter(({ about }) => about === client.id).map(({ what, facts }) => [what, facts?.['number']])
  assert.deepEqual(told, [
    ['client.secret_added', 2],
    ['client.secret_removed', 1],
  ])
  const { number } = await house.clients.addSecret(house.op(), client.id, new Secret(chosen))
  assert.equal(number, 3)
  assert.equal((await ask(client.clientId, chosen)).statusCode, 200)
  await assert.rejects(house.clients.addSecret(house.op(), newId('cli')), { code: 'client.unknown' })
})

test('the number of a secret is never used again, whichever went', async () => {
  const { client } = await house.clients.create(house.op(), service)
  const add = async (): Promise<number> => (await house.clients.addSecret(house.op(), client.id)).number
  const remove = async (number: number): Promise<boolean> => house.clients.removeSecret(house.op(), client.id, number)
  assert.equal(await add(), 2)
  await remove(2)
  assert.equal(await add(), 3, 'after the newest went')
  await remove(1)
  await remove(3)
  assert.deepEqual([await add(), await add()], [4, 5], 'after all went')
})

test('a client of before the numbers were kept goes on from the last that goes', async () => {
  const { client } = await house.clients.create(house.op(), service)
  await house.store.write(house.op(), async (tx) => {
    const update = tx.withTables<{ client: { id: string; tenant: string; last_secret: number | null } }>().updateTable('client')
    await update.set({ last_secret: null }).where('tenant', '=', house.op().tenant).where('id', '=', client.id).execute()
  })
  await house.clients.removeSecret(house.op(), client.id, 1)
  assert.equal((await house.clients.addSecret(house.op(), client.id)).number, 2)
})

test('a client goes in one write with its roles, its secrets and its event, or not at all', async () => {
  const gone: string[] = []
  const fresh = await openHouse({
    withdrawRoles: async (_tx, _op, id) => {
      gone.push(id)
      if (gone.length === 1) throw new Error('no disk')
    },
  })
  const { client, secret } = await fresh.clients.create(fresh.op(), { ...service, clientId: 'goes' })
  fresh.recording.events.length = 0
  await assert.rejects(fresh.clients.delete(fresh.op(), client.id), /no disk/)
  assert.deepEqual(fresh.recording.names(), [])
  const authorization = basic('goes', secret?.reveal() ?? '')
  const token = form('/token', { grant_type: 'client_credentials' }, { authorization })
  assert.equal((await fresh.inject(token)).statusCode, 200, 'half of it went')
  fresh.recording.events.length = 0
  assert.equal(await fresh.clients.delete(fresh.op(), client.id), true)
  assert.deepEqual([gone, fresh.recording.names()], [[client.id, client.id], ['client.deleted']])
})

test('the secret of one client is none of another, even if it is the same text', async () => {
  const one = await house.clients.create(house.op(), { ...service, secret: new Secret(chosen) })
  const other = await house.clients.create(house.op(), service)
  assert.equal((await ask(one.client.clientId, chosen)).statusCode, 200)
  assert.equal((await ask(other.client.clientId, chosen)).statusCode, 401)
  const rows = await house.store.read(house.op(), async (db) =>
    db.withTables<{ client_secret: { hash: Uint8Array } }>().selectFrom('client_secret').select('hash').execute(),
  )
  const texts = rows.map(({ hash }) => Buffer.from(hash).toString('hex'))
  assert.equal(new Set(texts).size, texts.length)
})

test('a configured client is made, left alone, and changed to match', async () => {
  const configured = { ...service, clientId: 'configured', secret: new Secret(chosen) }
  const made = await house.clients.ensure(house.op(), configured)
  house.recording.events.length = 0
  assert.deepEqual(await house.clients.ensure(house.op(), configured), made)
  assert.deepEqual(house.recording.names(), [], 'nothing differs, nothing is written')
  const renamed = await house.clients.ensure(house.op(), { ...configured, name: 'Renamed' })
  assert.deepEqual([renamed.id, renamed.name], [made.id, 'Renamed'])
  assert.deepEqual(house.recording.names(), ['client.changed'])
  for (const text of ['y', 'z', 'w']) {
    await house.clients.ensure(house.op(), { ...configured, name: 'Renamed', secret: new Secret(text.repeat(32)) })
    assert.equal((await ask('configured', text.repeat(32))).statusCode, 200)
    if (text === 'y') assert.equal((await ask('configured', chosen)).statusCode, 200, 'the one before stays for a while')
  }
  assert.equal((await ask('configured', chosen)).statusCode, 401, 'of the old secrets only the newest is left')
})

test('a configured client without a secret of its own keeps what it has', async () => {
  const app = { name: 'App', kind: 'public', grantTypes: ['authorization_code'], redirectUris: ['https://app.example/cb'] } as const
  const made = await house.clients.ensure(house.op(), { ...app, clientId: 'configured-app' })
  assert.deepEqual(await house.clients.ensure(house.op(), { ...app, clientId: 'configured-app' }), made)
  const { client, secret } = await house.clients.create(house.op(), { ...service, clientId: 'configured-later' })
  assert.deepEqual(await house.clients.ensure(house.op(), { ...service, clientId: 'configured-later' }), client)
  assert.equal((await ask('configured-later', secret?.reveal() ?? '')).statusCode, 200)
})

test('a row of a later version is not guessed at', async () => {
  const { client } = await house.clients.create(house.op(), service)
  await house.store.write(house.op(), async (tx) => {
    const registration = JSON.stringify({ ...service, version: 2 })
    const update = tx
      .withTables<{ client: { id: string; tenant: string; registration: string } }>()
      .updateTable('client')
      .set({ registration })
    await update.where('tenant', '=', house.op().tenant).where('id', '=', client.id).execute()
  })
  await assert.rejects(house.clients.get(house.op(), client.id), /has version 2/)
  assert.equal(await house.clients.delete(house.op(), client.id), true)
})

test('clients are listed in the order of their registration, page by page', async () => {
  const fresh = await openHouse()
  const ids: string[] = []
  for (let at = 0; at < 5; at += 1) {
    if (at % 2 === 0) fresh.clock.forwardMs(1)
    ids.push((await fresh.clients.create(fresh.op(), service)).client.id)
  }
  const listed: string[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    pages += 1
    const page = await fresh.clients.list(fresh.op(), { cursor, limit: 2 })
    assert.ok(page.items.length <= 2)
    listed.push(...page.items.map(({ id }) => id))
    cursor = page.next
  } while (cursor !== undefined)
  assert.deepEqual([pages, listed.length], [3, 5])
  assert.deepEqual(new Set(listed), new Set(ids))
})

test('a client that is remembered is forgotten when it changes, and not believed when nothing is known', async () => {
  const { client } = await house.clients.create(house.op(), service)
  const name = readClientIdentifier(client.clientId) ?? assert.fail()
  const known = await house.clients.find(house.op(), name)
  assert.equal(await house.clients.find(house.op(), name), known, 'the very same, from memory')
  await house.clients.update(house.op(), client.id, { name: 'Changed' })
  assert.equal((await house.clients.find(house.op(), name))?.client.name, 'Changed')
  await house.store.write(house.op(), async (tx) => {
    const registration = JSON.stringify({ version: 1, ...known?.client, name: 'Changed elsewhere' })
    const update = tx
      .withTables<{ client: { id: string; tenant: string; registration: string } }>()
      .updateTable('client')
      .set({ registration })
    await update.where('tenant', '=', house.op().tenant).where('id', '=', client.id).execute()
  })
  house.clock.forwardMs(1_001)
  assert.equal((await house.clients.find(house.op(), name))?.client.name, 'Changed elsewhere')
  assert.equal(await house.clients.find(house.op(), readClientIdentifier('nobody') ?? assert.fail()), undefined)
})
