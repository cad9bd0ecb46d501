/**
 * The drill: a system with people, sessions and tokens is backed up under load,
 * somebody is deleted, everything is lost, and the backup comes back.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { makeSystem, passwordOf, personOf, signInAs, web, whatLives, type System } from '../restorable.ts'
import { exchange, signIn, Visitor } from '../visitor.ts'

/** Asks for tokens until it is told to stop. Says how many it got. */
function load(system: System): () => Promise<number> {
  const ending = new AbortController()
  after(() => ending.abort())
  const worker = async (): Promise<number> => {
    let got = 0
    while (!ending.signal.aborted) {
      const { status } = await exchange(system.issuer, web, { grant_type: 'client_credentials' })
      if (status === 200) got += 1
    }
    return got
  }
  const workers = Promise.all([worker(), worker(), worker()])
  return async () => {
    ending.abort()
    return (await workers).reduce((sum, got) => sum + got, 0)
  }
}

const kidsOf = async (system: System): Promise<readonly string[]> => {
  const answer = await fetch(`${system.issuer}/jwks`)
  return ((await answer.json()) as { readonly keys: readonly { readonly kid: string }[] }).keys.map(({ kid }) => kid)
}

test(
  'a backup under load comes back as a new life: nothing that was given out lives, nobody erased is there',
  { timeout: 280_000 },
  async () => {
    const system = await makeSystem()
    const backups = join(system.folder, 'backups')
    let product = await system.start()
    await system.createUser('alice', '--name', 'Alice Moreau', '--role', 'owner')
    const bob = await system.createUser('bob', '--name', 'Bob Erased')
    const dave = await system.createUser('dave', '--role', 'owner')
    const erin = await system.createUser('erin', '--role', 'auditor', '--role', 'operator')
    const frank = await system.createUser('frank')
    const { client: gone } = (await system.ask('clients', 'create', 'gone', '--grant', 'client_credentials', '--scope', 'notes:read')) as {
      readonly client: { readonly id: string }
    }
    const held = await signInAs(system, 'alice')
    assert.deepEqual(await whatLives(system, await signInAs(system, 'alice')), ['access token', 'session', 'refresh token'])
    const oldKids = await kidsOf(system)

    const stop = load(system)
    const backedUp = await system.run(['backup', '--config', system.config, '--out', backups, '--json'])
    assert.ok((await stop()) > 0, 'there was no load')
    assert.equal(backedUp.code, 0, backedUp.err)
    const { folder } = JSON.parse(backedUp.out) as { readonly folder: string }
    assert.deepEqual(
      readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]),
      [
        ['countersign.db', 0o600],
        ['manifest', 0o600],
      ],
    )
    assert.equal(statSync(join(backups, 'keys')).mode & 0o777, 0o600)

    await system.ask('users', 'delete', bob, '--yes')
    await system.ask('users', 'update', dave, '--state', 'disabled')
    await system.ask('users', 'update', erin, '--withdraw', 'operator', '--assign', 'helpdesk')
    const changed = await system.run(
      ['users', 'update', frank, '--password-stdin', '--data', system.data],
      'a password that nobody else knows\n',
    )
    assert.equal(changed.code, 0, changed.err)
    await system.ask('clients', 'delete', gone.id, '--yes')
    await system.createUser('carol')
    const keysAgain = await system.run(['backup', 'keys', '--config', system.config, '--out', backups])
    assert.equal(keysAgain.code, 0, keysAgain.err)
    assert.doesNotMatch(readFileSync(join(backups, 'keys'), 'utf8'), new RegExp(bob), 'the key of somebody who was erased')
    const { checkpoint } = (await system.ask('audit', 'checkpoint')) as { readonly checkpoint: string }
    writeFileSync(join(system.folder, 'checkpoint'), checkpoint)

    product.child.kill('SIGKILL')
    await product.stop()
    rmSync(system.data, { recursive: true })

    const restored = await system.run([
      'restore',
      folder,
      '--config',
      system.config,
      '--checkpoint',
      join(system.folder, 'checkpoint'),
      '--json',
    ])
    assert.equal(restored.code, 0, restored.err)
    const says = JSON.parse(restored.out) as Readonly<Record<'epoch' | 'lost' | 'erasedAgain' | 'takenAgain', number>>
    // Disabled, a role, a password, a client.
    assert.deepEqual([says.epoch, says.erasedAgain, says.takenAgain], [2, 1, 4])
    assert.ok(says.lost >= 2, 'the events after the backup are counted as lost')
    assert.deepEqual(readdirSync(system.data).sort(), ['countersign.db', 'lock'])

    product = await system.start()
    try {
      assert.deepEqual(await whatLives(system, held), [])
      const kids = await kidsOf(system)
      assert.deepEqual(
        oldKids.filter((kid) => kids.includes(kid)),
        [],
        'an old signing key is still published',
      )
      assert.deepEqual(await whatLives(system, await signInAs(system, 'alice')), ['access token', 'session', 'refresh token'])
      const users = (await system.ask('users', 'list')) as {
        readonly items: readonly {
          readonly username: string
          readonly name?: string
          readonly state: string
          readonly roles: readonly string[]
        }[]
      }
      assert.deepEqual(
        users.items.map(({ username, name, state, roles }) => [username, name, state, roles]),
        [
          ['alice', 'Alice Moreau', 'active', ['owner']],
          ['dave', undefined, 'disabled', ['owner']],
          // What was given after the backup is lost with it; what was taken is taken.
          ['erin', undefined, 'active', ['auditor']],
          ['frank', undefined, 'active', []],
        ],
      )
      const clients = (await system.ask('clients', 'list')) as { readonly items: readonly { readonly id: string }[] }
      assert.ok(!clients.items.some(({ id }) => id === gone.id), 'a client that was deleted is back')
      await assert.rejects(signIn(new Visitor(system.issuer), web, personOf('frank')), 'the password that was replaced is back')
      const newest = { username: 'frank', password: 'a password that nobody else knows' }
      assert.equal((await signIn(new Visitor(system.issuer), web, newest)).status, 200)
      const verified = await system.run(['audit', 'verify', '--data', system.data])
      assert.equal(verified.code, 0, verified.out)
      const ahead = await system.run([
        'audit',
        'verify',
        '--checkpoint',
        join(system.folder, 'checkpoint'),
        '--data',
        system.data,
        '--json',
      ])
      const { findings } = JSON.parse(ahead.out) as { readonly findings: readonly { readonly code: string; readonly says: string }[] }
      assert.deepEqual([ahead.code, findings.map(({ code }) => code)], [5, ['lost_in_restore']])
      assert.match(
        findings[0]?.says ?? '',
        /^The given checkpoint counts \d+ events\. The system was restored, as life 2, from a backup that had \d+ of them/,
      )
      const events = (await system.ask('audit', 'list', '--what', 'instance.restored')) as {
        readonly items: readonly { readonly about: string }[]
      }
      assert.equal(events.items.length, 1)
    } finally {
      assert.equal(await product.stop(), 0)
    }
  },
)

test('a backup holds no key, no session, no name, and not the root key', { timeout: 120_000 }, async () => {
  const system = await makeSystem()
  const backups = join(system.folder, 'backups')
  const product = await system.start()
  await system.createUser('alice', '--name', 'Alice Moreau', '--email', 'alice@example.com')
  await signInAs(system, 'alice')
  const backedUp = await system.run(['backup', '--config', system.config, '--out', backups, '--json'])
  assert.equal(backedUp.code, 0, backedUp.err)
  await product.stop()
  const { folder } = JSON.parse(backedUp.out) as { readonly folder: string }
  const copy = new DatabaseSync(join(folder, 'countersign.db'), { readOnly: true })
  const rows = (table: string): unknown => copy.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']
  for (const table of [
    'person_key',
    'purpose_key',
    'session',
    'known_browser',
    'refresh_token',
    'refresh_family',
    'authorization_code',
    'setup_link',
  ])
    assert.equal(rows(table), 0, table)
  assert.equal(rows('identity_user'), 1)
  copy.close()
  const live = new DatabaseSync(join(system.data, 'countersign.db'), { readOnly: true })
  const wrapped = live.prepare('SELECT wrapped FROM person_key UNION SELECT wrapped FROM purpose_key').all() as unknown as readonly {
    readonly wrapped: Uint8Array
  }[]
  live.close()
  assert.ok(wrapped.length > 5)
  const rootKey = readFileSync(system.rootKey, 'latin1').slice('countersign-root-1:'.length, -1)
  for (const path of [join(folder, 'countersign.db'), join(folder, 'manifest'), join(backups, 'keys')]) {
    const bytes = readFileSync(path)
    for (const secret of [rootKey, Buffer.from(rootKey, 'base64url'), 'Alice', 'alice@example.com', passwordOf('alice')])
      assert.ok(!bytes.includes(secret), `${path} holds a secret or a name`)
    if (path.endsWith('.db')) for (const key of wrapped) assert.ok(!bytes.includes(key.wrapped), 'a wrapped key is in the copy of the data')
  }
})
