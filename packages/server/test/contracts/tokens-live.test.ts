/** Authorizations as their administrators see and end them, on each engine. @module */

import assert from 'node:assert/strict'
import { newId, systemOperation, type ClientId, type Clock, type FamilyId, type Operation, type UserId } from '#kernel'
import { migrations as keysMigrations } from '#keys'
import type { Store } from '#store'
import {
  createTokens,
  migrations,
  newFamilyId,
  newRefreshToken,
  prepareRefresh,
  writeRefreshToken,
  type Family,
  type Tokens,
} from '#tokens'
import type { RefreshTokenTable } from '../../src/tokens/table.ts'
import { openTestKeys } from '../keys.ts'
import { eachEngine } from '../store.ts'

const tenant = newId('ten')
const day = 24 * 3_600_000
const startMs = 1_800_000_000_000

interface Bench {
  readonly tokens: Tokens
  readonly op: () => Operation
  readonly forwardMs: (ms: number) => void
  readonly start: (
    more?: Partial<Family> & { readonly endsByMs?: number; readonly token?: undefined },
  ) => Promise<{ id: FamilyId; text: string }>
  readonly use: (text: string, client: ClientId) => Promise<string>
}

async function bench(store: Store): Promise<Bench> {
  let nowMs = startMs
  const clock: Clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
  const { keys } = await openTestKeys(store, { tenant, clock })
  const tokens = createTokens({ store, keys, clock, tenant, issuer: 'https://id.example' })
  const op = (): Operation => systemOperation('test', tenant, () => {}, clock)
  return {
    tokens,
    op,
    forwardMs: (ms) => {
      nowMs += ms
    },
    start: async (more = {}) => {
      const token = newRefreshToken()
      const { id } = await store.write(op(), async (tx) =>
        tokens.startFamily(tx, op(), {
          id: newFamilyId(),
          client: newId('cli'),
          user: newId('usr'),
          session: newId('ses'),
          scopes: ['openid', 'offline_access'],
          audience: ['https://api.example'],
          lives: 'offline',
          proof: { acr: '1fa', amr: ['pwd'], authTimeMs: nowMs },
          token,
          accessToken: newId('tok'),
          ...more,
        }),
      )
      return { id, text: writeRefreshToken(token).reveal() }
    },
    use: async (text, client) => {
      const at = op()
      const prepared = prepareRefresh(at, text) ?? assert.fail('not a refresh token')
      const used = await store.write(at, async (tx) => tokens.useRefreshToken(tx, at, prepared, { client, proof: 'secret:1' }))
      return used.is === 'rotated' ? writeRefreshToken(used.token).reveal() : assert.fail(used.is)
    },
  }
}

function contract(name: string, body: Parameters<typeof eachEngine>[2]): void {
  eachEngine(name, [keysMigrations, migrations], body)
}

contract('an authorization says since when, last used when, and until when', async (store) => {
  const { tokens, op, forwardMs, start, use } = await bench(store)
  const client = newId('cli')
  const { id, text } = await start({ client })
  const fresh = (await tokens.findFamily(op(), id)) ?? assert.fail()
  assert.deepEqual([fresh.startedAtMs, fresh.lastUsedAtMs, fresh.idleUntilMs], [startMs, undefined, startMs + 14 * day])
  assert.equal(fresh.endsAtMs, startMs + 30 * day)
  forwardMs(day)
  const second = await use(text, client)
  forwardMs(day)
  await use(second, client)
  const used = await tokens.findFamily(op(), id)
  assert.deepEqual([used?.lastUsedAtMs, used?.idleUntilMs], [startMs + 2 * day, startMs + 16 * day])
  assert.deepEqual((await tokens.listFamilies(op(), { limit: 10 })).items, [used])
  assert.ok(!JSON.stringify(used).includes(text), 'no token is in it')
})

contract('an authorization is listed while it lives, to the millisecond', async (store) => {
  const { tokens, op, forwardMs, start } = await bench(store)
  const idle = await start()
  const short = await start({ endsByMs: startMs + 1000, token: undefined })
  const listed = async (): Promise<readonly FamilyId[]> => (await tokens.listFamilies(op(), { limit: 10 })).items.map(({ id }) => id)
  assert.deepEqual([...(await listed())].sort(), [idle.id, short.id].sort())
  assert.equal((await tokens.findFamily(op(), short.id))?.idleUntilMs, undefined)
  forwardMs(999)
  assert.equal((await listed()).length, 2)
  forwardMs(1)
  assert.deepEqual(await listed(), [idle.id])
  forwardMs(14 * day - 1001)
  assert.deepEqual(await listed(), [idle.id])
  forwardMs(1)
  assert.deepEqual(await listed(), [], 'nobody used its token')
  assert.equal(await tokens.findFamily(op(), idle.id), undefined)
})

contract('authorizations are listed newest first, of one user or client, page by page', async (store) => {
  const { tokens, op, forwardMs, start } = await bench(store)
  const [user, client] = [newId('usr'), newId('cli')]
  const ids: FamilyId[] = []
  for (let count = 0; count < 5; count += 1) {
    ids.unshift((await start({ user, ...(count % 2 === 0 ? { client } : {}) })).id)
    if (count !== 2) forwardMs(1)
  }
  const stranger = await start()
  const all = async (filter: { user?: UserId; client?: ClientId }, limit: number): Promise<readonly FamilyId[]> => {
    const found: FamilyId[] = []
    let cursor: string | undefined
    do {
      const page = await tokens.listFamilies(op(), { ...filter, limit, cursor })
      assert.ok(page.items.length <= limit)
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    return found
  }
  const sorted = async (list: Promise<readonly FamilyId[]>): Promise<readonly FamilyId[]> => [...(await list)].sort()
  for (const limit of [1, 2, 5, 200]) {
    assert.deepEqual(await sorted(all({ user }, limit)), [...ids].sort(), String(limit))
    assert.equal((await all({ client }, limit)).length, 3)
    assert.equal((await all({ user, client }, limit)).length, 3)
    assert.equal((await all({}, limit))[0], stranger.id, 'the newest')
  }
  assert.deepEqual((await all({ user }, 2)).slice(0, 1), ids.slice(0, 1))
  await assert.rejects(tokens.listFamilies(op(), { limit: 1, cursor: 'p1.x' }), { code: 'family.bad_cursor' })
  const elsewhere = { ...op(), tenant: newId('ten') }
  assert.deepEqual((await tokens.listFamilies(elsewhere, { limit: 10 })).items, [])
  assert.equal(await tokens.findFamily(elsewhere, stranger.id), undefined)
  assert.equal(await tokens.endFamily(elsewhere, stranger.id), false)
  assert.ok(await tokens.findFamily(op(), stranger.id))
})

contract('what ended is neither listed nor accepted, and ends once', async (store, recording) => {
  const { tokens, op, start, use } = await bench(store)
  const client = newId('cli')
  const { id, text } = await start({ client })
  recording.events.length = 0
  assert.deepEqual(
    await Promise.all([tokens.endFamily(op(), id), tokens.endFamily(op(), id)]).then((ended) =>
      ended.toSorted((one, other) => Number(one) - Number(other)),
    ),
    [false, true],
  )
  assert.deepEqual(
    recording.events.map(({ what, about, facts }) => [what, about, facts?.['why']]),
    [['family.ended', id, 'revoked']],
  )
  assert.equal(await tokens.findFamily(op(), id), undefined)
  assert.deepEqual((await tokens.listFamilies(op(), { limit: 10 })).items, [])
  await assert.rejects(use(text, client), { code: 'refresh.ended' })
  assert.equal(await tokens.revocations.isRevoked(op(), { generation: 9, family: id }), true)
  assert.equal(await tokens.endFamily(op(), newFamilyId()), false)
})

contract('all of a user end, however many, and nobody else’s', async (store, recording) => {
  const { tokens, op, start } = await bench(store)
  const user = newId('usr')
  const many = 101 // more than end in one write
  for (let count = 0; count < many; count += 1) await start({ user })
  const other = await start()
  recording.events.length = 0
  assert.equal(await tokens.endEveryFamily(op(), { by: 'user', user }), many)
  assert.equal(recording.names().filter((name) => name === 'family.ended').length, many)
  for (const { about } of recording.events)
    assert.equal(await tokens.revocations.isRevoked(op(), { generation: 0, family: about as FamilyId }), true)
  assert.equal(await tokens.revocations.isRevoked(op(), { generation: 0, user, session: newId('ses') }), false, 'their sessions stay')
  assert.deepEqual(
    (await tokens.listFamilies(op(), { limit: 10 })).items.map(({ id }) => id),
    [other.id],
  )
  assert.equal(await tokens.endEveryFamily(op(), { by: 'user', user }), 0)
})

contract('all of a client end, with the tokens that it has as itself', async (store) => {
  const { tokens, op, start } = await bench(store)
  const client = newId('cli')
  const { id } = await start({ client })
  const other = await start()
  const generation = await tokens.revocations.generation(op())
  assert.equal(await tokens.endEveryFamily(op(), { by: 'client', client }), 1)
  assert.equal(await tokens.revocations.isRevoked(op(), { generation, client }), true)
  assert.equal(await tokens.revocations.isRevoked(op(), { generation, family: id }), true)
  assert.equal(
    await tokens.revocations.isRevoked(op(), { generation: await tokens.revocations.generation(op()), client }),
    false,
    'a new one is believed',
  )
  assert.ok(await tokens.findFamily(op(), other.id))
})

contract('a token that a server of the release before wrote does not say when it was made', async (store) => {
  const { tokens, op, start, use } = await bench(store)
  const client = newId('cli')
  const { id, text } = await start({ client })
  await use(text, client)
  await store.write(op(), async (tx) => {
    const rows = tx.withTables<{ refresh_token: RefreshTokenTable }>().updateTable('refresh_token').set({ issued_at_ms: null })
    await rows.where('tenant', '=', tenant).execute()
  })
  assert.equal((await tokens.findFamily(op(), id))?.lastUsedAtMs, undefined)
})
