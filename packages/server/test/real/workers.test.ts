/** `countersign start --workers 2` on a real PostgreSQL: several processes, one port, one server to whoever looks at it. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { makeCluster, reach, Roamer, type Cluster, type Member } from '../cluster.ts'
import { readSamples, type Sample } from '../metrics.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { countersign, freePort, type Product } from '../product.ts'

stopPostgresAfterwards()

const password = 'several words that do not belong'

/** The words of a process's command line. None when it has ended, or has and nobody has looked. */
function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}

/** The processes that a process has started, by the word of the command line that they run. */
function childrenOf(pid: number, word: string): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return children.filter((child) => wordsOf(child).includes(word))
}

const isAlive = (pid: number): boolean => wordsOf(pid).length > 0

async function until(says: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not in time: ${says}`)
    await wait(50)
  }
}

suite('several workers on one PostgreSQL', { skip: missingPostgres(), timeout: 280_000 }, () => {
  let cluster: Cluster
  let one: Member
  let product: Product
  let metricsPort: number
  const rate = { burst: 1_000_000, perSecond: 1_000_000 }
  const [tries, never] = [6, { burst: 6, perSecond: 0.001 }]

  before(async () => {
    metricsPort = await freePort()
    cluster = await makeCluster({
      settings: {
        metrics: { listen: { host: '127.0.0.1', port: metricsPort } },
        limits: {
          classes: { page: { address: rate }, 'sign-in': { address: rate }, admin: { principal: rate }, api: { principal: rate } },
          guesses: { accountFromNetwork: never, account: rate, network: rate, accountFromKnownBrowser: rate },
        },
      },
    })
    one = cluster.members[0]
    product = await one.start('--workers', '2')
    await member('alice')
  })
  after(async () => cluster.stop())

  const workers = (): readonly number[] => childrenOf(product.pid, 'worker')
  const answered = (): readonly unknown[] =>
    product
      .log()
      .split('\n')
      .filter((line) => line.includes('"request"'))
      .map((line) => (JSON.parse(line) as { worker: unknown }).worker)

  async function scrape(): Promise<readonly Sample[]> {
    return readSamples(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text())
  }

  async function member(username: string): Promise<void> {
    const { id } = await one.admin<{ id: string }>('POST', '/users', { username, password })
    await one.admin('PUT', `/users/${id}/roles/member`)
  }

  test('both answer at one port, readiness was said once, and the schema was made once', async () => {
    assert.equal(workers().length, 2)
    assert.equal((product as unknown as { workers: number }).workers, 2)
    for (let times = 0; times < 8; times += 1) assert.equal((await reach(one.port, new URL('/readyz', cluster.issuer))).status, 200)
    await until('both have answered', () => new Set(answered()).size === 2)
    assert.match(product.log(), /Limits on requests are counted by each of the 2 workers/)
    const client = new Client(cluster.database.superuser)
    await client.connect()
    const { rows } = await client.query<{ most: string }>(
      'SELECT max(times) AS most FROM (SELECT count(*) AS times FROM schema_step GROUP BY module, number) AS steps',
    )
    await client.end()
    assert.equal(rows[0]?.most, '1')
  })

  test('the gateway and the owner’s socket are there once, and both belong to the first', async () => {
    const gateways = workers().flatMap((worker) => childrenOf(worker, 'gateway'))
    assert.equal(gateways.length, 1)
    assert.equal((await new Roamer(cluster).open(() => one, cluster.app, { username: 'alice', password })).body, 'the app')
  })

  test('a session that is ended through one is refused by both from the first request after the answer', async () => {
    await member('bob')
    for (let round = 0; round < 4; round += 1) {
      const browser = new Roamer(cluster)
      await browser.open(() => one, cluster.app, { username: 'bob', password })
      const { items } = await one.admin<{ items: readonly { id: string; username?: string }[] }>('GET', '/sessions?limit=200')
      const session = items.find(({ username }) => username === 'bob')?.id ?? ''
      const signedIn = async (): Promise<boolean> => !(await browser.send(one, '/sign-in')).body.includes('name="password"')
      // Connections go to one worker and the other in turn.
      assert.deepEqual([await signedIn(), await signedIn()], [true, true])
      await one.admin('DELETE', `/sessions/${session}`)
      assert.deepEqual([await signedIn(), await signedIn()], [false, false])
      assert.notEqual((await browser.send(one, cluster.app)).status, 200)
    }
  })

  test('guesses are counted over all workers together: two are not twice the tries', async () => {
    await member('carol')
    const browser = new Roamer(cluster)
    const statuses: number[] = []
    for (let times = 0; times < 2 * tries; times += 1) {
      const { status } = await browser.send(one, '/sign-in', { username: 'carol', password: 'a wrong one' })
      statuses.push(status)
    }
    assert.equal(statuses.filter((status) => status !== 429).length, tries, statuses.join())
  })

  test('one listener tells the metrics of both, each under its number, and no name twice', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    const heads = text.split('\n').filter((line) => line.startsWith('# TYPE '))
    assert.equal(new Set(heads).size, heads.length)
    const samples = await scrape()
    for (const { name, labels } of samples) assert.ok(['1', '2'].includes(labels['worker'] ?? ''), name)
    const of = (name: string): readonly number[] => samples.filter((sample) => sample.name === name).map(({ value }) => value)
    assert.deepEqual(of('countersign_ready'), [1, 1])
    assert.deepEqual(
      [...of('countersign_gateways_connected')].sort((one, other) => one - other),
      [0, 1],
    )
  })

  for (const which of [1, 0]) {
    test(`a worker that is killed is replaced, the ${which === 0 ? 'first, with its gateway,' : 'second'} too`, async () => {
      const killed = workers()[which] ?? 0
      process.kill(killed, 'SIGKILL')
      await until('there are two again', () => workers().filter((pid) => pid !== killed).length === 2)
      const samples = async (): Promise<number> =>
        (await scrape()).filter(({ name, value }) => name === 'countersign_ready' && value === 1).length
      await until('both are ready', async () => (await samples()) === 2)
      await until('the app is guarded', async () => {
        const open = new Roamer(cluster).open(() => one, cluster.app, { username: 'alice', password })
        return (await open.catch(() => undefined))?.body === 'the app'
      })
      assert.match(product.log(), new RegExp(`"name":"worker ${which + 1}","times":1,"msg":"a process ended by itself`))
    })
  }

  test('a worker that stands still is killed and replaced, and the apps of its gateway are reachable again', async () => {
    const still = workers().find((pid) => childrenOf(pid, 'gateway').length > 0) ?? 0
    process.kill(still, 'SIGSTOP')
    await until('it has ended', () => !isAlive(still), 60_000)
    await until('the app is guarded', async () => {
      const open = new Roamer(cluster).open(() => one, cluster.app, { username: 'alice', password })
      return (await open.catch(() => undefined))?.body === 'the app'
    })
    assert.match(product.log(), /a worker stands still and is killed/)
  })

  test('what was begun before SIGTERM is answered, and then nothing of ours is left', async () => {
    const [pids, gateways] = [workers(), workers().flatMap((worker) => childrenOf(worker, 'gateway'))]
    const body = 'grant_type=client_credentials&client_id=nobody&client_secret=x'
    const begun = await Promise.all(
      pids.map(async () => {
        const socket = connect(one.port, '127.0.0.1')
        const text = new Promise<string>((resolve) => {
          let heard = ''
          socket.on('data', (chunk) => (heard += chunk.toString('utf8'))).on('close', () => resolve(heard))
        })
        const head = `POST /token HTTP/1.1\r\nhost: ${new URL(cluster.issuer).host}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n`
        await new Promise<void>((resolve) => socket.write(head + body.slice(0, 10), () => resolve()))
        return { socket, text }
      }),
    )
    await wait(200)
    const stopped = product.stop('SIGTERM')
    await wait(300)
    for (const { socket } of begun) socket.write(body.slice(10))
    for (const { text } of begun) assert.match(await text, /^HTTP\/1\.1 401 /)
    assert.equal(await stopped, 0)
    assert.deepEqual([...pids, ...gateways].filter(isAlive), [])
  })

  test('when the process that started them is killed, workers and gateway end by themselves', async () => {
    product = await one.start('--workers', '2')
    const all = [...workers(), ...workers().flatMap((worker) => childrenOf(worker, 'gateway'))]
    assert.equal(all.length, 3)
    product.child.kill('SIGKILL')
    await until('all have ended', () => !all.some(isAlive))
  })

  test('what keeps them from starting is one sentence, once', async () => {
    product = await one.start('--workers', '2')
    const start = async (env: Record<string, string> = {}): ReturnType<typeof countersign> =>
      countersign(['start', '--config', cluster.members[1].config, '--workers', '2', '--json'], '', { ...cluster.env, ...env })
    const taken = await start({ COUNTERSIGN_LISTEN_PORT: String(one.port) })
    assert.deepEqual([taken.code, taken.out, taken.err], [4, '', `Port ${one.port} of 127.0.0.1 is taken by another program.\n`])
    const measured = await start({ COUNTERSIGN_METRICS_LISTEN_PORT: String(metricsPort) })
    assert.deepEqual(
      [measured.code, measured.out, measured.err],
      [4, '', `Port ${metricsPort} of 127.0.0.1 is taken by another program.\n`],
    )
    const nowhere = await start({ COUNTERSIGN_DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${await freePort()}/x` })
    assert.match(nowhere.err, /^The database 127\.0\.0\.1:\d+\/x cannot be reached\.\n$/)
    assert.deepEqual([nowhere.code, nowhere.out], [4, ''])
    await product.stop()
    const client = new Client(cluster.database.superuser)
    await client.connect()
    await client.query(
      "INSERT INTO schema_step (module, number, digest, at_ms) VALUES ('tokens', 999, 'x', 0); INSERT INTO instance VALUES ('contract tokens 999', '')",
    )
    await client.end()
    const newer = await start()
    assert.match(newer.err, /^[^\n]*newer[^\n]*\n$/)
    assert.equal(newer.code, 4)
  })
})
