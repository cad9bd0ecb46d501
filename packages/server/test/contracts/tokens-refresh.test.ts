import assert from 'node:assert/strict'
import { newId, systemOperation, type ClientId, type Clock, type Operation } from '#kernel'
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
  type Presenter,
  type Refreshed,
  type Tokens,
} from '#tokens'
import { endFamilies, spendToken } from '../../src/tokens/families/store.ts'
import type { FamilyTable } from '../../src/tokens/table.ts'
import { openTestKeys } from '../keys.ts'
import { eachEngine } from '../store.ts'

const tenant = newId('ten')
const client = newId('cli')
const presenter: Presenter = { client, proof: 'secret:1' }
const week = 7 * 24 * 3_600_000

interface Bench {
  readonly tokens: Tokens
  readonly op: () => Operation
  readonly forwardMs: (ms: number) => void
  readonly start: (more?: Partial<Family> & { readonly endsByMs?: number }) => Promise<{ family: Family; text: string }>
  readonly use: (text: string, as?: Presenter) => Promise<Refreshed>
}

async function bench(store: Store): Promise<Bench> {
  let nowMs = 1_800_000_000_000
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
      const family = await store.write(op(), async (tx) =>
        tokens.startFamily(tx, op(), {
          id: newFamilyId(),
          client,
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
      return { family, text: writeRefreshToken(token).reveal() }
    },
    use: async (text, as = presenter) => {
      const at = op()
      const prepared = prepareRefresh(at, text) ?? assert.fail('not a refresh token')
      return store.write(at, async (tx) => tokens.useRefreshToken(tx, at, prepared, as))
    },
  }
}

const textOf = (used: Refreshed): string => (used.is === 'theft' ? assert.fail('a theft') : writeRefreshToken(used.token).reveal())

eachEngine('a refresh token is replaced at every use', [keysMigrations, migrations], async (store, recording) => {
  const { start, use } = await bench(store)
  const { family, text } = await start()
  assert.match(text, /^r1\.[A-Za-z0-9_-]{43}$/)
  recording.events.length = 0
  const first = await use(text)
  assert.equal(first.is, 'rotated')
  assert.deepEqual(first.family, family)
  assert.notEqual(textOf(first), text)
  assert.equal((await use(textOf(first))).is, 'rotated')
  assert.deepEqual(
    recording.events.map(({ what, about, facts }) => [what, about, facts?.['number']]),
    [
      ['family.rotated', family.id, 1],
      ['family.rotated', family.id, 2],
    ],
  )
})

eachEngine('a refresh token sent many times at once yields one successor', [keysMigrations, migrations], async (store, recording) => {
  const { start, use } = await bench(store)
  const { text } = await start()
  recording.events.length = 0
  const all = await Promise.all(Array.from({ length: 12 }, async () => use(text)))
  assert.equal(new Set(all.map(textOf)).size, 1)
  assert.deepEqual(
    all.map(({ is }) => is).toSorted((left, right) => left.localeCompare(right)),
    [...Array.from({ length: 11 }, () => 'repeated'), 'rotated'],
  )
  const times = (name: string): number => recording.names().filter((one) => one === name).length
  assert.deepEqual([times('family.rotated'), times('family.repeated')], [1, 11])
  assert.equal((await use(textOf(all[0] ?? assert.fail()))).is, 'rotated', 'and the successor works')
})

eachEngine('a used refresh token whose successor was used ends the family', [keysMigrations, migrations], async (store, recording) => {
  const { start, use, op, tokens } = await bench(store)
  const { family, text } = await start()
  const second = textOf(await use(text))
  const third = textOf(await use(second))
  recording.events.length = 0
  assert.equal((await use(text)).is, 'theft')
  assert.deepEqual(
    recording.events.map(({ what, about, outcome, facts }) => [what, about, outcome, facts?.['why']]),
    [
      ['family.reused', family.id, 'refused', 'reused'],
      ['family.ended', family.id, 'done', 'reused'],
    ],
  )
  await assert.rejects(use(third), { name: 'Refusal', code: 'refresh.ended' })
  assert.equal(await tokens.revocations.isRevoked(op(), { generation: 0, family: family.id }), true)
})

eachEngine('ten seconds decide between a retry and a theft', [keysMigrations, migrations], async (store) => {
  const { start, use, forwardMs } = await bench(store)
  const { text } = await start()
  const successor = textOf(await use(text))
  forwardMs(10_000)
  assert.equal(textOf(await use(text)), successor)
  forwardMs(1)
  assert.equal((await use(text)).is, 'theft')
  await assert.rejects(use(successor), { code: 'refresh.ended' })
})

eachEngine('nobody else gets the successor', [keysMigrations, migrations], async (store) => {
  const { start, use } = await bench(store)
  const others: readonly [Presenter, string][] = [
    [{ client, proof: 'secret:2' }, 'another secret of the same client'],
    [{ client: newId('cli') as ClientId, proof: 'secret:1' }, 'another client'],
  ]
  for (const [other, says] of others) {
    const { text } = await start()
    const successor = textOf(await use(text))
    assert.equal((await use(text, other)).is, 'theft', says)
    await assert.rejects(use(successor), { code: 'refresh.ended' })
  }
  const { text } = await start()
  assert.equal((await use(text, { client: newId('cli'), proof: 'secret:1' })).is, 'theft', 'an unused token in other hands')
  await assert.rejects(use(text), { code: 'refresh.ended' })
})

eachEngine('an unused token dies after two weeks and a family after a month', [keysMigrations, migrations], async (store) => {
  const { start, use, forwardMs } = await bench(store)
  const idle = await start()
  const almost = await start()
  forwardMs(2 * week - 1)
  const kept = textOf(await use(almost.text))
  forwardMs(1)
  await assert.rejects(use(idle.text), { code: 'refresh.expired' })
  forwardMs(2 * week - 2)
  const last = textOf(await use(kept))
  forwardMs(30 * 24 * 3_600_000 - 4 * week + 1)
  const final = textOf(await use(last))
  forwardMs(1)
  await assert.rejects(use(final), { code: 'refresh.expired' })
})

eachEngine('a family does not outlive what it depends on', [keysMigrations, migrations], async (store) => {
  const { start, use, forwardMs, op } = await bench(store)
  const { text } = await start({ lives: 'with-session', endsByMs: op().nowMs + 1_000 })
  const next = textOf(await use(text))
  forwardMs(999)
  const last = textOf(await use(next))
  forwardMs(1)
  await assert.rejects(use(last), { code: 'refresh.expired' })
})

eachEngine('the database lets a token be spent once and a family end once', [keysMigrations, migrations], async (store) => {
  const { start, op } = await bench(store)
  const { family, text } = await start()
  const { presented, sealedNext } = prepareRefresh(op(), text) ?? assert.fail()
  const spent = { hash: presented.hash, spentAtMs: 1, spentBy: 'none', successor: sealedNext }
  const spend = async () => store.write(op(), async (tx) => ({ first: await spendToken(tx, tenant, spent) }))
  assert.deepEqual([await spend(), await spend()], [{ first: true }, { first: false }])
  const end = async () => store.write(op(), async (tx) => endFamilies(tx, tenant, { by: 'id', id: family.id }, 'revoked', 1))
  assert.deepEqual([await end(), await end()], [[family.id], []])
})

eachEngine('a token of one tenant is none of another', [keysMigrations, migrations], async (store) => {
  const { start, tokens } = await bench(store)
  const { text } = await start()
  const elsewhere = systemOperation('test', newId('ten'), () => {})
  assert.equal(await store.read(elsewhere, async (db) => tokens.findFamilyOf(elsewhere, db, text)), undefined)
  const prepared = prepareRefresh(elsewhere, text) ?? assert.fail()
  const attempt = store.write(elsewhere, async (tx) => tokens.useRefreshToken(tx, elsewhere, prepared, presenter))
  await assert.rejects(attempt, { code: 'refresh.unknown' })
})

eachEngine('a token that never was is unknown', [keysMigrations, migrations], async (store) => {
  const { use } = await bench(store)
  await assert.rejects(use(writeRefreshToken(newRefreshToken()).reveal()), { code: 'refresh.unknown' })
})

eachEngine('what ends with a session, a person, a client', [keysMigrations, migrations], async (store, recording) => {
  const { start, use, op, tokens } = await bench(store)
  const revoke = async (kind: 'session' | 'user' | 'client' | 'family' | 'entity' | 'token', id: string) =>
    store.write(op(), async (tx) => tokens.revocations.revoke(tx, op(), { kind, id }))

  const bound = await start({ lives: 'with-session' })
  const offline = await start()
  recording.events.length = 0
  await revoke('session', bound.family.session)
  await revoke('session', offline.family.session)
  await assert.rejects(use(bound.text), { code: 'refresh.ended' })
  const live = textOf(await use(offline.text))
  assert.deepEqual(recording.names(), ['family.ended', 'family.rotated'])

  await revoke('entity', offline.family.user)
  const still = textOf(await use(live))
  await revoke('user', offline.family.user)
  await assert.rejects(use(still), { code: 'refresh.ended' })

  const ofClient = await start({ client: newId('cli') })
  await revoke('client', ofClient.family.client)
  await assert.rejects(use(ofClient.text, { ...presenter, client: ofClient.family.client }), { code: 'refresh.ended' })

  const one = await start()
  const other = await start()
  await revoke('family', one.family.id)
  await assert.rejects(use(one.text), { code: 'refresh.ended' })
  assert.equal((await use(other.text)).is, 'rotated')
  await assert.rejects(revoke('user', 'somebody'), /no id of kind usr/)
})

eachEngine('nothing slips between a revocation and what is given out at the same moment', [keysMigrations, migrations], async (store) => {
  const { op, tokens } = await bench(store)
  const outcomes = { refused: 0, ended: 0 }
  for (let round = 0; round < 12; round += 1) {
    const [user, session, id] = [newId('usr'), newId('ses'), newFamilyId()]
    const generation = await tokens.revocations.generation(op())
    const give = async () =>
      store.write(op(), async (tx) => {
        if (await tokens.wasRevoked(tx, op(), { generation, user })) return 'refused'
        await tokens.startFamily(tx, op(), {
          id,
          client,
          user,
          session,
          scopes: [],
          audience: ['a'],
          lives: 'offline',
          proof: { acr: '1fa', amr: [], authTimeMs: 0 },
          accessToken: newId('tok'),
        })
        return 'given'
      })
    const take = async () => store.write(op(), async (tx) => tokens.revocations.revoke(tx, op(), { kind: 'user', id: user }))
    const given = await inOrder(round, give, take)
    const [family] = await store.read(op(), async (db) =>
      db.withTables<{ refresh_family: FamilyTable }>().selectFrom('refresh_family').selectAll().where('id', '=', id).execute(),
    )
    if (given === 'refused') outcomes.refused += 1
    else {
      assert.equal(typeof family?.ended_at_ms, 'number', 'given, and so it was ended')
      outcomes.ended += 1
    }
  }
  assert.ok(outcomes.refused > 0 && outcomes.ended > 0, JSON.stringify(outcomes))
})

/** One after the other both ways first, so that both outcomes are seen; then at once, where the machine says who is first. */
async function inOrder<Given>(round: number, give: () => Promise<Given>, take: () => Promise<unknown>): Promise<Given> {
  if (round === 0) {
    const given = await give()
    await take()
    return given
  }
  if (round === 1) {
    await take()
    return give()
  }
  if (round % 2 === 0) return (await Promise.all([give(), take()]))[0]
  return (await Promise.all([take(), give()]))[1]
}

eachEngine('what is over is swept, and not before', [keysMigrations, migrations], async (store) => {
  const { start, use, op, tokens, forwardMs } = await bench(store)
  const { text } = await start()
  await use(text)
  await store.write(op(), async (tx) => tokens.revocations.revoke(tx, op(), { kind: 'token', id: newId('tok') }))
  assert.equal(await tokens.sweep(op()), 0)
  forwardMs(24 * 3_600_000 + 3_600_000 + 5 * 60_000 - 1)
  assert.equal(await tokens.sweep(op()), 0)
  forwardMs(1)
  assert.equal(await tokens.sweep(op()), 1, 'the revocation of a token that expired a day ago')
  forwardMs(40 * 24 * 3_600_000)
  assert.equal(await tokens.sweep(op()), 3, 'two tokens and their family')
  assert.equal(await tokens.sweep(op()), 0)
})
