/** That a backup was made stands in the record, whoever writes it, on both engines. @module */

import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { createDatabase, missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { makeSystem, type System } from '../restorable.ts'

stopPostgresAfterwards()

interface Shown {
  readonly actor: string
  readonly about: string
  readonly facts: Readonly<Record<string, unknown>>
}

async function backUp(system: System, ...more: readonly string[]): Promise<{ readonly folder?: string; readonly recorded: boolean }> {
  const { code, out, err } = await system.run(['backup', ...more, '--config', system.config, '--out', join(system.folder, 'out'), '--json'])
  assert.equal(code, 0, err)
  return JSON.parse(out) as { readonly folder?: string; readonly recorded: boolean }
}

async function told(system: System): Promise<readonly Shown[]> {
  const { items } = (await system.ask('audit', 'search', '--what', 'backup.made')) as { readonly items: readonly Shown[] }
  return items.toReversed()
}

const engines = [
  { name: 'SQLite', skip: false, place: async () => undefined },
  { name: 'PostgreSQL', skip: missingPostgres(), place: async () => (await createDatabase()).url },
] as const

for (const { name, skip, place } of engines) {
  test(`each backup is recorded when it is whole, with a server and without, on ${name}`, { skip, timeout: 120_000 }, async () => {
    const system = await makeSystem(await place())
    const before = await backUp(system)
    const product = await system.start()
    const during = await backUp(system, '--keys', join(system.folder, 'elsewhere.keys'))
    await backUp(system, 'keys')
    const failed = await system.run(['backup', '--config', system.config, '--out', join(system.config, 'a file is in the way')])
    assert.equal(failed.code, 4)
    const events = await told(system)
    assert.deepEqual(
      events.map(({ actor, facts }) => [actor.split(' ')[0], facts]),
      [
        ['system', { holds: 'data', keys: 'beside', name: basename(before.folder ?? '') }],
        ['machine-owner', { holds: 'data', keys: 'apart', name: basename(during.folder ?? '') }],
        ['machine-owner', { holds: 'keys', keys: 'beside' }],
      ],
    )
    for (const { about } of events) assert.match(about, /^ins_/)
    assert.ok(!JSON.stringify(events).includes(system.folder), 'the record tells of a path')
    const verified = await system.run(['audit', 'verify', '--data', system.data])
    assert.equal(verified.code, 0, verified.out)
    assert.equal(await product.stop(), 0)
  })
}
