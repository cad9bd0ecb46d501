import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { createDatabase, missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { makeCluster, reach } from '../cluster.ts'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from '../product.ts'
import { missingRedis, startRedis } from '../redis.ts'

stopPostgresAfterwards()

const burst = 30

/** The status of one request for the key set, whichever server it is for. */
async function ask(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path: '/jwks', headers: { host } }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
      .once('error', reject)
      .end()
  })
}

test(
  'two servers on one database and one Redis count together exactly, and each alone when Redis is gone',
  { skip: missingPostgres() === false ? missingRedis() : missingPostgres(), timeout: 120_000 },
  async () => {
    const { url } = await createDatabase()
    const redis = await startRedis(['--requirepass', 'open sesame'])
    const folder = temporaryFolder('limits')
    const ports = [await freePort(), await freePort()] as const
    const host = `localhost:${ports[0]}`
    const env = { COUNTERSIGN_DATABASE_URL: url }
    const made = await countersign(['init', '--issuer', `http://${host}`, '--listen', host, '--folder', folder], '', env)
    assert.equal(made.code, 0, made.err)
    writeFileSync(join(folder, 'redis.password'), 'open sesame\n', { mode: 0o600 })
    const written = parse(readFileSync(join(folder, 'countersign.yaml'), 'utf8')) as object
    const rate = { burst, perSecond: 0.001 }
    const limits = { redis: { url: redis.url, passwordFile: 'redis.password' }, classes: { metadata: { address: rate } } }
    const start = async (port: number, name: string): Promise<Product> => {
      const config = join(folder, `${name}.yaml`)
      writeFileSync(
        config,
        stringify({ ...written, limits, dataDirectory: name, listen: { host: 'localhost', port }, log: { level: 'info' } }),
      )
      const product = await startProduct(['--config', config, '--server-only'], env)
      after(() => product.child.kill('SIGKILL'))
      return product
    }
    const servers = [await start(ports[0], 'one'), await start(ports[1], 'two')]
    const statuses = await Promise.all(Array.from({ length: 3 * burst }, async (_, at) => ask(ports[at % 2] ?? 0, host)))
    assert.deepEqual(
      [statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length],
      [burst, 2 * burst],
    )

    await redis.kill('SIGKILL')
    const alone = await Promise.all(Array.from({ length: 3 * burst }, async (_, at) => ask(ports[at % 2] ?? 0, host)))
    // Each had spent in its own memory what it had let through before.
    assert.equal(alone.filter((status) => status === 200).length, burst)
    for (const server of servers) {
      assert.match(server.log(), /rate limits are counted in Redis/)
      assert.match(server.log(), /Redis does not answer: rate limits are counted in this process alone/)
      assert.doesNotMatch(server.log(), /open sesame/)
      assert.equal(await server.stop(), 0)
    }
  },
)

test(
  'two gateways of one database and one Redis count together exactly, and each alone when Redis is gone',
  { skip: missingPostgres() === false ? missingRedis() : missingPostgres(), timeout: 120_000 },
  async () => {
    const redis = await startRedis()
    const limits = { redis: { url: redis.url }, classes: { proxied: { address: { burst, perSecond: 0.001 } } } }
    const cluster = await makeCluster({ settings: { limits } })
    const [one, other] = cluster.members
    after(async () => cluster.stop())
    for (const member of [one, other]) await member.start()
    const ask = async (): Promise<readonly number[]> =>
      Promise.all(
        Array.from({ length: 3 * burst }, async (_, at) => {
          const { gatewayPort } = at % 2 === 0 ? one : other
          return (await reach(gatewayPort, new URL(cluster.app))).status
        }),
      )
    const limited = (statuses: readonly number[]): number => statuses.filter((status) => status === 429).length
    assert.equal(limited(await ask()), 2 * burst)
    await redis.kill('SIGKILL')
    assert.equal(limited(await ask()), 2 * burst, 'each had spent in its own memory what it had let through before')
    for (const { product } of [one, other]) {
      const told = (product?.log() ?? '').split('\n').filter((line) => line.includes('"part":"gateway"'))
      assert.ok(told.some((line) => line.includes('Redis does not answer: rate limits are counted in this process alone')))
    }
  },
)
