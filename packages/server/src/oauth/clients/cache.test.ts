import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, readClientIdentifier, type ClientIdentifier } from '#kernel'
import { ClientCache } from './cache.ts'
import type { KnownClient } from './client.ts'
import { completeRegistration } from './registration.ts'

const tenant = newId('ten')
const registration = completeRegistration({ name: 'A', kind: 'confidential', grantTypes: ['client_credentials'] }, 3_600)

function client(name: string): KnownClient & { readonly name: ClientIdentifier } {
  const clientId = readClientIdentifier(name) ?? assert.fail()
  return { name: clientId, client: { ...registration, id: newId('cli'), clientId, createdAtMs: 0 }, secrets: [] }
}

const keep = async (cache: ClientCache, known: ReturnType<typeof client>) => cache.load(tenant, known.name, async () => known)
const changed = (known: KnownClient, kind: 'client' | 'entity' | 'user' = 'entity') => ({
  sequence: 1,
  entries: [{ sequence: 1, kind, id: known.client.id, untilMs: 0 }],
  reset: false,
})

test('what was read is remembered, for its tenant', async () => {
  const cache = new ClientCache()
  const known = client('a')
  assert.equal(cache.find(tenant, known.name), undefined)
  assert.equal(await keep(cache, known), known)
  assert.equal(cache.find(tenant, known.name), known)
  assert.equal(cache.find(newId('ten'), known.name), undefined)
})

test('a client that does not exist is not remembered as such', async () => {
  const cache = new ClientCache()
  const known = client('a')
  assert.equal(await cache.load(tenant, known.name, async () => undefined), undefined)
  assert.equal(cache.find(tenant, known.name), undefined)
  assert.equal(await keep(cache, known), known)
})

test('a change forgets that client and no other; what concerns people forgets nobody', async () => {
  for (const kind of ['client', 'entity'] as const) {
    const cache = new ClientCache()
    const [one, other] = [client('a'), client('b')]
    await keep(cache, one)
    await keep(cache, other)
    await cache.deliver(changed(one, 'user'))
    assert.equal(cache.find(tenant, one.name), one)
    await cache.deliver(changed(one, kind))
    assert.equal(cache.find(tenant, one.name), undefined)
    assert.equal(cache.find(tenant, other.name), other)
  }
})

test('a reset forgets everybody', async () => {
  const cache = new ClientCache()
  const [one, other] = [client('a'), client('b')]
  await keep(cache, one)
  await keep(cache, other)
  await cache.deliver({ sequence: 1, entries: [], reset: true })
  assert.deepEqual([cache.find(tenant, one.name), cache.find(tenant, other.name)], [undefined, undefined])
})

test('what changed while it was read is used once and not remembered', async () => {
  const cache = new ClientCache()
  const known = client('a')
  const old = await cache.load(tenant, known.name, async () => {
    await cache.deliver(changed(known))
    return known
  })
  assert.equal(old, known)
  assert.equal(cache.find(tenant, known.name), undefined)
})

test('what concerns no client disturbs no reading', async () => {
  const cache = new ClientCache()
  const known = client('a')
  await cache.load(tenant, known.name, async () => {
    await cache.deliver(changed(known, 'user'))
    return known
  })
  assert.equal(cache.find(tenant, known.name), known)
})

test('a thousand are remembered, and the one that was not used for longest goes first', async () => {
  const cache = new ClientCache()
  const clients = Array.from({ length: 1_001 }, (_, at) => client(`c${at}`))
  const [first, second, ...others] = clients
  assert.ok(first !== undefined && second !== undefined)
  for (const known of clients.slice(0, 1_000)) await keep(cache, known)
  assert.equal(cache.find(tenant, first.name), first, 'all thousand are there, and the first was used just now')
  await keep(cache, others.at(-1) ?? assert.fail())
  assert.equal(cache.find(tenant, second.name), undefined)
  assert.equal(cache.find(tenant, first.name), first)
})
