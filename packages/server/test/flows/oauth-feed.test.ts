/** Resource servers that follow revocations: what they are told, and who waits for them. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Response } from 'light-my-request'
import { newId, type Id } from '#kernel'
import type { RevocationKind } from '#tokens'
import { basic, form, openHouse } from './oauth-house.ts'

const house = await openHouse()
const registered = async (introspects: readonly string[]) => {
  const { client, secret } = await house.clients.create(house.op(), {
    name: 'API',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    introspects,
  })
  return { client, headers: { authorization: basic(client.clientId, secret?.reveal() ?? '') } }
}
const api = await registered(['https://api.example'])

interface Told {
  readonly sequence: number
  readonly entries: readonly { readonly sequence: number; readonly kind: RevocationKind; readonly id: string; readonly seconds: number }[]
  readonly reset: boolean
  readonly more: boolean
  readonly known_ms: number
}

const subscribe = async (headers: Record<string, string> = api.headers): Promise<Response> =>
  house.inject(form('/revocations', {}, headers))
const subscription = async (): Promise<string> => (await subscribe()).json<{ subscription: string }>().subscription
const ask = async (text: string, after: number): Promise<Response> =>
  house.inject(form('/revocations', { subscription: text, after: String(after) }))
const follow = async (text: string, after: number): Promise<Told> => (await ask(text, after)).json<Told>()

/** Revokes something, and waits until everybody has heard. */
async function revoke(kind: RevocationKind, id: Id<'tok' | 'usr' | 'cli'>): Promise<void> {
  const op = house.op()
  await house.store.write(op, async (tx) => house.tokens.revocations.revoke(tx, op, { kind, id }))
  await house.tokens.revocations.announce(op)
}

/** Everything that there is, from the beginning. */
async function caughtUp(text: string): Promise<number> {
  let after = 0
  for (;;) {
    const { sequence, entries } = await follow(text, after)
    after = sequence
    if (entries.length === 0) return after
  }
}

test('a verifier hears what is revoked at once, and whoever revoked waits until it is in effect', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  const waiting = follow(mine, after)
  await wait(20)
  const id = newId('tok')
  let answered = false
  const op = house.op()
  await house.store.write(op, async (tx) => house.tokens.revocations.revoke(tx, op, { kind: 'token', id }))
  const announced = house.tokens.revocations.announce(op).then(() => (answered = true))
  const { sequence, entries, known_ms: knownMs } = await waiting
  assert.deepEqual(
    entries.map((entry) => [entry.kind, entry.id]),
    [['token', id]],
  )
  assert.ok(knownMs > -250, `as of ${knownMs} ms after it asked`)
  await wait(50)
  assert.equal(answered, false, 'nobody has said that it is in effect')
  const next = follow(mine, sequence)
  await announced
  assert.deepEqual((await next).entries, [], 'and then there is nothing new for a while')
})

test('an answer that was lost is given again', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  const id = newId('tok')
  void revoke('token', id)
  const [first, again] = [await follow(mine, after), await follow(mine, after)]
  assert.deepEqual(again.entries, first.entries)
  assert.equal(first.entries[0]?.id, id)
})

test('a verifier that falls silent is waited for a second and no longer', async () => {
  const mine = await subscription()
  await caughtUp(mine)
  const beganMs = performance.now()
  await revoke('token', newId('tok'))
  const tookMs = performance.now() - beganMs
  assert.ok(tookMs > 500 && tookMs < 1_600, `${tookMs} ms`)
  const later = performance.now()
  await revoke('token', newId('tok'))
  assert.ok(performance.now() - later < 400, 'it is not waited for again')
})

test('what only caches have to hear is not told, and a number that is not reached yet means that everything is to be forgotten', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  await revoke('entity', newId('usr'))
  const told = await follow(mine, after)
  assert.deepEqual([told.entries, told.reset], [[], false])
  assert.ok(told.sequence > after)
  assert.deepEqual({ ...(await follow(mine, 1_000_000)), known_ms: 0 }, { sequence: 0, entries: [], reset: true, more: false, known_ms: 0 })
})

test('one that goes on asking and never says that it has heard is as good as silent', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  const asking = { on: true }
  const ask = (async () => {
    while (asking.on) await follow(mine, after)
  })()
  const beganMs = performance.now()
  await revoke('token', newId('tok'))
  const tookMs = performance.now() - beganMs
  asking.on = false
  await ask
  assert.ok(tookMs < 1_600, `${tookMs} ms`)
})

test('a verifier that another server told more than this one knows is not told to forget', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  const op = house.op()
  // Written and not announced: as a server has it that has not read the table since.
  await house.store.write(op, async (tx) => house.tokens.revocations.revoke(tx, op, { kind: 'token', id: newId('tok') }))
  assert.equal((await follow(mine, after + 1)).reset, false)
})

test('a request that was given up takes nothing from the one that follows it', async () => {
  const mine = await subscription()
  const after = await caughtUp(mine)
  const givenUp = follow(mine, after)
  await wait(20)
  // From where it began: what is kept for it does not reach so far back.
  const anew = await follow(mine, 0)
  assert.deepEqual([(await givenUp).reset, anew.reset, anew.entries.length > 0], [false, false, true])
  let asked = anew.sequence
  for (const until = performance.now() + 1_300; performance.now() < until;) {
    const told = await follow(mine, asked)
    assert.deepEqual([told.reset, told.more], [false, false])
    asked = told.sequence
  }
})

test('a resource server has room for a hundred verifiers', async () => {
  const many = await registered(['https://many.example'])
  const mine = async (): Promise<string> => (await subscribe(many.headers)).json<{ subscription: string }>().subscription
  const all = await Promise.all(Array.from({ length: 101 }, mine))
  const answers = await Promise.all(all.map(async (text) => ask(text, 0)))
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode).filter((status) => status !== 200),
    [503],
  )
  assert.equal((await ask(await subscription(), 0)).statusCode, 200, 'and others have theirs')
})

test('a token that is revoked already is not revoked once more', async () => {
  const { client, secret } = await house.clients.create(house.op(), {
    name: 'Service',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    scopes: ['api'],
    audiences: ['https://api.example'],
  })
  const proof = { authorization: basic(client.clientId, secret?.reveal() ?? '') }
  const { access_token: token } = (await house.inject(form('/token', { grant_type: 'client_credentials' }, proof))).json<{
    access_token: string
  }>()
  for (let time = 0; time < 2; time += 1) assert.equal((await house.inject(form('/revoke', { token }, proof))).statusCode, 200)
  const before = house.tokens.revocations.knownTo()
  await house.inject(form('/revoke', { token }, proof))
  assert.equal(house.tokens.revocations.knownTo(), before)
})

test('only a resource server follows, and only while it is one', async () => {
  const stranger = await registered([])
  assert.deepEqual(
    [(await subscribe(stranger.headers)).statusCode, (await subscribe(stranger.headers)).json().code],
    [403, 'feed.not_served'],
  )
  assert.equal((await subscribe({})).statusCode, 401)
  const ended = await registered(['https://ended.example'])
  const { subscription: text } = (await subscribe(ended.headers)).json<{ subscription: string }>()
  assert.equal((await ask(text, 0)).statusCode, 200)
  await house.clients.update(house.op(), ended.client.id, { introspects: [] })
  assert.equal((await ask(text, 0)).json().code, 'feed.subscription')
})

test('a subscription ends with the client, after an hour, and is nothing that one can make', async () => {
  const gone = await registered(['https://gone.example'])
  const { subscription: text } = (await subscribe(gone.headers)).json<{ subscription: string }>()
  await house.clients.delete(house.op(), gone.client.id)
  assert.equal((await ask(text, 0)).json().code, 'feed.subscription')
  const old = await subscription()
  house.clock.forwardMs(3_600_000)
  assert.equal((await ask(old, 0)).json().code, 'feed.subscription')
  for (const made of ['', 'x', '%', old.slice(1)]) assert.equal((await ask(made, 0)).statusCode, 401, made)
})

for (const after of ['-1', '1.5', 'x', '1e3', '01', '9'.repeat(16)]) {
  test(`after=${after} is refused`, async () => {
    const answer = await house.inject(form('/revocations', { subscription: await subscription(), after }))
    assert.deepEqual([answer.statusCode, answer.json().error], [400, 'invalid_request'])
  })
}
