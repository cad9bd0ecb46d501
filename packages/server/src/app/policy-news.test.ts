import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock, systemOperation } from '#kernel'
import type { Revocations } from '#tokens'
import { testTenant } from '../../test/serve.ts'
import { followPolicies } from './policy-news.ts'

type Listener = Parameters<Revocations['subscribe']>[0]

interface Scene {
  readonly policies: ReturnType<typeof followPolicies>
  /** Of what the feed knows. */
  age: number
  nowMs: number
  /** The news arrives; what it returns says that the set is there. */
  hear(): Promise<() => Promise<void>>
  /** The last news was acknowledged. */
  heard: Promise<void> | undefined
}

function scene(): Scene {
  const made: Pick<Scene, 'age' | 'nowMs' | 'heard'> = { age: 100, nowMs: 5_000, heard: undefined }
  let listener: Listener | undefined
  let arrived = (): void => undefined
  const rulebook = {
    follow: async () => new Promise<void>((resolve) => (arrived = resolve)),
    decide: () => ({ effect: 'deny' }) as never,
  }
  const policies = followPolicies(rulebook, {
    revocations: { subscribe: (one) => ((listener = one), () => undefined), ageMs: () => made.age },
    clock: { ...systemClock, monotonicMs: () => made.nowMs },
    operation: (task) => systemOperation(task, testTenant, () => undefined, systemClock),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return Object.assign(made, {
    policies,
    hear: async () => {
      const entry = { sequence: 1, kind: 'entity', id: 'policies:app', untilMs: Infinity } as never
      const heard = listener?.deliver({ sequence: 1, entries: [entry], reset: false })
      made.heard = heard
      const arrive = arrived
      return Promise.resolve(async () => {
        arrive()
        await heard
      })
    },
  })
}

test('a server that takes longer than a second to follow decides nothing until it has (its gateway let in by the former set)', async () => {
  const server = scene()
  const arrive = await server.hear()
  // The feed is read on and knows of everything; the set is still on its way.
  server.age = 0
  server.nowMs += 900
  assert.deepEqual([server.policies.isBehind(), server.policies.ageMs()], [false, 1_000])
  server.policies.decide('app', {} as never)
  server.nowMs += 1
  assert.deepEqual([server.policies.isBehind(), server.policies.ageMs()], [true, 1_001])
  assert.throws(() => server.policies.decide('app', {} as never), { name: 'Unavailable' })
  await arrive()
  assert.deepEqual([server.policies.isBehind(), server.policies.ageMs()], [false, 0])
})

test('news on the way does not make older news younger', async () => {
  const server = scene()
  const first = await server.hear()
  server.nowMs += 800
  const second = await server.hear()
  assert.equal(server.policies.ageMs(), 900)
  await first()
  assert.equal(server.policies.ageMs(), 900)
  await second()
  assert.equal(server.policies.ageMs(), 100)
})

test('news is acknowledged when it is in force or nothing is decided any more, so that a server that cannot follow keeps nobody waiting', async () => {
  const server = scene()
  const began = performance.now()
  const arrive = await server.hear()
  await server.heard
  assert.ok(performance.now() - began > 990)
  server.nowMs += 1_000
  assert.equal(server.policies.isBehind(), true)
  await arrive()
  await turn()
  assert.equal(server.policies.isBehind(), false)
})
