/**
 * Two servers on one PostgreSQL that serve different people and clients at the
 * same time have no lock in common: one whose transaction cannot end holds up
 * nobody at the other.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { reach, refreshTokenAt, startCluster, tokenAt, webClient, type Cluster, type Member } from '../cluster.ts'
import { missingPostgres, readPostgresLog, stopPostgresAfterwards } from '../postgres.ts'

stopPostgresAfterwards()

const password = 'several words that do not belong'
const redirect = 'http://127.0.0.1/callback'

/** The key of the lock that a held transaction waits for in its COMMIT. */
const [holdClass, holdKey] = [0x77, 1]

interface Path {
  readonly name: string
  /** Somebody or something new, whom no other request is about: the id that the record names, and what asks for them. */
  readonly prepare: () => Promise<{ readonly id: string; readonly ask: (at: Member) => Promise<number> }>
}

suite('two servers at work for different people', { skip: missingPostgres(), timeout: 280_000 }, () => {
  let cluster: Cluster
  let one: Member
  let other: Member
  let database: Client

  before(async () => {
    cluster = await startCluster({ settings: { clients: [webClient(redirect)] } })
    ;[one, other] = cluster.members
    database = new Client(cluster.database.superuser)
    await database.connect()
    await database.query(`CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`)
    await database.query(
      'CREATE CONSTRAINT TRIGGER hold_back AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_back()',
    )
  })
  after(async () => {
    await database.end()
    await cluster.stop()
  })

  async function person(): Promise<{ id: string; username: string; password: string }> {
    const username = `person-${randomBytes(6).toString('hex')}`
    const { id } = await one.admin<{ id: string }>('POST', '/users', { username, password })
    return { id, username, password }
  }

  const paths: readonly Path[] = [
    {
      name: 'client credentials',
      prepare: async () => {
        const clientId = `robot-${randomBytes(6).toString('hex')}`
        const kind = { kind: 'confidential', grantTypes: ['client_credentials'], scopes: [], audiences: ['https://api.example.test'] }
        const { secret } = await one.admin<{ secret: string }>('POST', '/clients', { clientId, name: 'Robot', ...kind })
        const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret }
        return { id: clientId, ask: async (at) => (await tokenAt(cluster, at, form)).status }
      },
    },
    {
      name: 'refresh',
      prepare: async () => {
        const who = await person()
        let token = await refreshTokenAt(cluster, one, who, redirect)
        const ask = async (at: Member): Promise<number> => {
          const answer = await tokenAt(cluster, at, { grant_type: 'refresh_token', client_id: 'web', refresh_token: token })
          token = String(answer['refresh_token'])
          return answer.status
        }
        const { items } = await one.admin<{ items: readonly { id: string }[] }>('GET', `/tokens?user=${who.id}`)
        return { id: items[0]?.id ?? assert.fail('no token of the person is listed'), ask }
      },
    },
    {
      name: 'sign-in',
      prepare: async () => {
        const { id, username } = await person()
        const body = new URLSearchParams({ username, password }).toString()
        const headers = {
          'content-type': 'application/x-www-form-urlencoded',
          origin: cluster.issuer,
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'navigate',
        }
        const ask = async ({ port }: Member): Promise<number> =>
          (await reach(port, new URL('/sign-in', cluster.issuer), { method: 'POST', headers, body })).status
        return { id, ask }
      },
    },
  ]
  const good = (name: string): number => (name === 'sign-in' ? 303 : 200)

  /** From now on a transaction whose event names this id stays open in its COMMIT, with every lock that it took. */
  async function holdBack(id: string): Promise<void> {
    assert.match(id, /^[\w-]+$/)
    await database.query(`CREATE OR REPLACE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
      BEGIN
        IF NEW.content LIKE '%${id}%' THEN PERFORM pg_advisory_xact_lock(${holdClass}, ${holdKey}); END IF;
        RETURN NULL;
      END $$`)
    await database.query(`SELECT pg_advisory_lock(${holdClass}, ${holdKey})`)
  }

  async function letGo(): Promise<void> {
    await database.query(`SELECT pg_advisory_unlock(${holdClass}, ${holdKey})`)
  }

  async function isHeld(): Promise<boolean> {
    const { rowCount } = await database.query(`SELECT 1 FROM pg_locks WHERE classid = ${holdClass} AND objid = ${holdKey} AND NOT granted`)
    return rowCount === 1
  }

  /** Statements that failed because another transaction was in the way. Who grows the tree of the record is on none of these paths. */
  function collisions(log: string): readonly string[] {
    const found = log.match(/could not serialize[^]*?STATEMENT: .*/g) ?? []
    return found.filter((entry) => !/"audit_(tree|run|tile)"/.test(entry))
  }

  async function until(says: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 20_000
    while (!(await holds())) {
      assert.ok(performance.now() < end, `not in time: ${says}`)
      await wait(10)
    }
  }

  for (const path of paths) {
    test(`${path.name} at one, held in its COMMIT, holds up none at the other`, async () => {
      const held = await path.prepare()
      const others = await Promise.all(paths.map(async ({ name, prepare }) => ({ name, ...(await prepare()) })))
      const before = (await readPostgresLog(cluster.database)).length
      await holdBack(held.id)
      let answer: Promise<number>
      try {
        answer = held.ask(one)
        await until('the transaction is held', isHeld)
        // Whoever needs a lock of it is refused by the bound on waiting for one, which is shorter than that on a COMMIT.
        const answers = await Promise.all(others.map(async ({ name, ask }) => [name, await ask(other)]))
        assert.deepEqual(
          answers,
          paths.map(({ name }) => [name, good(name)]),
        )
        assert.ok(await isHeld(), 'it was held all the while')
      } finally {
        await letGo()
      }
      assert.equal(await answer, good(path.name))
      const log = (await readPostgresLog(cluster.database)).slice(before)
      assert.doesNotMatch(log, /deadlock detected|lock timeout/)
      assert.deepEqual(collisions(log), [])
    })
  }
})
