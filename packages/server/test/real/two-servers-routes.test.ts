/** Routes on two servers and their gateways on one PostgreSQL: what is said on one is served on the other when it is answered. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { call } from '#remote'
import { reach, startCluster, type Cluster, type Member } from '../cluster.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'

stopPostgresAfterwards()

interface Made {
  readonly id: string
}

async function openApp(name: string): Promise<string> {
  const app = createServer((_request, response) => response.end(name))
  app.unref()
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(app.address() as AddressInfo).port}`
}

suite('routes on two servers', { skip: missingPostgres(), timeout: 200_000 }, () => {
  let cluster: Cluster
  let one: Member
  let other: Member

  before(async () => {
    cluster = await startCluster()
    ;[one, other] = cluster.members
  })
  after(async () => cluster.stop())

  const route = (name: string, upstream: string): object => ({
    origin: `http://${name}.localhost:${one.gatewayPort}`,
    name,
    policyStore: 'app',
    upstream,
    paths: [
      { path: '/*', action: 'use' },
      { path: '/open', open: 'anyone' },
    ],
  })
  const ask = async (at: Member, name: string, path = '/open') =>
    reach(at.gatewayPort, new URL(path, `http://${name}.localhost:${one.gatewayPort}`))

  test('made on one, moved on the other, deleted on one: each in force on both with the next request', async () => {
    const [first, second] = [await openApp('first'), await openApp('second')]
    for (let turn = 0; turn < 5; turn += 1) {
      const name = `app-${turn}`
      const { id } = await one.admin<Made>('POST', '/routes', route(name, first))
      assert.deepEqual([(await ask(other, name)).body, (await ask(one, name)).body], ['first', 'first'], `turn ${turn}`)
      assert.equal((await ask(other, name, '/')).status, 401)
      await other.admin('PATCH', `/routes/${id}`, { upstream: second })
      assert.deepEqual([(await ask(one, name)).body, (await ask(other, name)).body], ['second', 'second'], `turn ${turn}`)
      await one.admin('DELETE', `/routes/${id}`)
      assert.deepEqual([(await ask(other, name)).status, (await ask(one, name)).status], [421, 421], `turn ${turn}`)
    }
  })

  test('of two servers that change what was read once, one does; and of two that make one origin, one does', async () => {
    const upstream = await openApp('raced')
    for (let turn = 0; turn < 10; turn += 1) {
      const made = await Promise.allSettled(
        [one, other].map(async (at) => at.admin<Made>('POST', '/routes', route(`raced-${turn}`, upstream))),
      )
      const [winner, ...more] = made.flatMap((settled) => (settled.status === 'fulfilled' ? [settled.value.id] : []))
      assert.ok(winner !== undefined && more.length === 0, `turn ${turn}`)
      const at = ({ dataDir }: Member): { readonly socket: string } => ({ socket: join(dataDir, 'admin.sock') })
      const path = `/admin/v1/routes/${winner}` as const
      const { etag } = await call(at(one), { method: 'GET', path })
      const changes = [one, other].map(async (member, number) =>
        call(at(member), { method: 'PATCH', path, json: { name: `Name ${number}` }, ifMatch: etag }),
      )
      assert.deepEqual(
        (await Promise.all(changes)).map(({ status }) => status).sort((one, other) => one - other),
        [200, 412],
        `turn ${turn}`,
      )
    }
  })
})
