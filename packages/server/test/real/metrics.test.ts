/**
 * Metrics of a real server and gateway: values move with what happens, strangers
 * cannot make series, and nobody reads them at the public listener.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { listenForReaders } from '#http'
import { Secret } from '#kernel'
import { gatewayMetrics, processMetrics, serverMetrics } from '../../src/app/telemetry/metric-list.ts'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { readSamples, scrape, sumOf, until, type Sample } from '../metrics.ts'
import { goodPassword } from '../people.ts'
import { freePort } from '../product.ts'
import { makeAdministrator, makeMember, startProduction } from '../production.ts'
import { exchange } from '../visitor.ts'
import { Traveller } from '../traveller.ts'

const [serverPort, gatewayMetricsPort] = [await freePort(), await freePort()]
const production = await startProduction({
  app: (incoming, response) => {
    if (incoming.url === '/broken') response.destroy()
    else response.end(`the app at ${incoming.url ?? ''}`)
  },
  settings: {
    metrics: { listen: { host: '127.0.0.1', port: serverPort }, gatewayListen: { host: '127.0.0.1', port: gatewayMetricsPort } },
  },
})
const { product, port, gatewayPort } = production
after(async () => product.stop('SIGKILL'))
const issuer = `http://localhost:${port}`
const app = `http://notes.localhost:${gatewayPort}`
const ada = { username: 'ada', password: goodPassword }
await makeAdministrator(production, ada)
await makeMember(production, ada.username)
const ofServer = async (): Promise<readonly Sample[]> => scrape(serverPort)
const ofGateway = async (): Promise<readonly Sample[]> => scrape(gatewayMetricsPort)
const requests = 'countersign_http_request_duration_seconds_count'
const visits = 'countersign_gateway_request_duration_seconds_count'

/** What grew between two looks. */
async function grown(
  look: () => Promise<readonly Sample[]>,
  name: string,
  labels: Readonly<Record<string, string>>,
  act: () => Promise<unknown>,
): Promise<number> {
  const before = sumOf(await look(), name, labels)
  await act()
  return sumOf(await look(), name, labels) - before
}

test('every metric of the reference is there, and no other', async () => {
  for (const [look, list] of [
    [ofServer, { ...processMetrics, ...serverMetrics }],
    [ofGateway, { ...processMetrics, ...gatewayMetrics }],
  ] as const) {
    const names = new Set((await look()).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))
    for (const name of names) assert.ok(Object.hasOwn(list, name), name)
  }
  const samples = await ofServer()
  assert.equal(sumOf(samples, 'countersign_ready'), 1)
  assert.equal(sumOf(samples, 'countersign_gateways_connected'), 1)
  assert.equal(sumOf(samples, 'countersign_store_healthy'), 1)
  assert.equal(sumOf(samples, 'countersign_build_info'), 1)
  assert.ok(sumOf(samples, 'process_resident_memory_bytes') > 20e6)
  assert.ok(sumOf(samples, 'process_cpu_seconds_total') > 0)
  assert.ok(sumOf(samples, 'process_open_fds') > 3)
  assert.equal(sumOf(await ofGateway(), 'countersign_gateway_channel_fresh'), 1)
})

test('requests are counted by template and class, sign-ins by outcome', async () => {
  const visitor = new Traveller()
  const labels = { method: 'POST', route: '/sign-in' }
  const wrong = async (): Promise<unknown> => visitor.ask(`${issuer}/sign-in`, { form: { username: 'ada', password: 'not her password' } })
  assert.equal(await grown(ofServer, requests, { ...labels, status: '4xx' }, wrong), 1)
  assert.equal(await grown(ofServer, 'countersign_sign_ins_total', { outcome: 'wrong' }, wrong), 1)
  const right = async (): Promise<unknown> => visitor.ask(`${issuer}/sign-in`, { form: ada })
  assert.equal(await grown(ofServer, requests, { ...labels, status: '3xx' }, right), 1)
  assert.equal(await grown(ofServer, 'countersign_sign_ins_total', { outcome: 'succeeded' }, right), 1)
  assert.ok((await grown(ofServer, 'countersign_store_writes_per_commit_count', {}, right)) >= 1)
})

test('too many guesses are sign-ins that were limited, and refusals of that limit', async () => {
  const guess = async (): Promise<void> => {
    for (let tries = 0; tries < 40; tries += 1)
      await new Traveller().ask(`${issuer}/sign-in`, { form: { username: 'nobody-knows', password: 'a guess at something' } })
  }
  assert.ok((await grown(ofServer, 'countersign_sign_ins_total', { outcome: 'limited' }, guess)) >= 1)
  const limits = (await ofServer()).filter(({ name }) => name === 'countersign_limit_refusals_total')
  assert.ok(limits.some(({ labels, value }) => labels['limit']?.startsWith('guess-') === true && value >= 1))
})

test('decisions are counted by store and effect, where they are made', async () => {
  const { client, secret } = (await production.admin('POST', '/clients', {
    clientId: 'counted',
    name: 'Counted',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    scopes: [],
    audiences: [`${issuer}/admin`],
  })) as { readonly client: { readonly clientId: string }; readonly secret: string }
  const { access_token: token = '' } = await exchange(
    issuer,
    { client_id: client.clientId, client_secret: secret },
    { grant_type: 'client_credentials' },
  )
  const denied = async (): Promise<unknown> =>
    new Traveller().ask(`${issuer}/admin/v1/users`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(await grown(ofServer, 'countersign_decisions_total', { store: 'countersign', effect: 'deny' }, denied), 1)

  const visitor = new Traveller()
  const signIn = async (): Promise<void> => {
    assert.equal((await visitor.open(`${app}/first`, ada)).text, 'the app at /first')
  }
  assert.equal(await grown(ofGateway, 'countersign_decisions_total', { store: 'app', effect: 'allow' }, signIn), 1)
  const open = async (): Promise<unknown> => visitor.ask(`${app}/second`)
  assert.equal(await grown(ofGateway, visits, { app, status: '2xx' }, open), 1)
  const broken = async (): Promise<unknown> => visitor.ask(`${app}/broken`)
  assert.equal(await grown(ofGateway, visits, { app, status: '5xx' }, broken), 1)
  const failures = { app, code: 'upstream.unreachable' }
  assert.equal(await grown(ofGateway, 'countersign_gateway_app_failures_total', failures, broken), 1)
})

test('the log catches up, and what is known of revocations is fresh', async () => {
  await until('no event waits', async () => {
    const samples = await ofServer()
    return sumOf(samples, 'countersign_audit_lag_events') === 0 && sumOf(samples, 'countersign_revocations_age_seconds') <= 1
  })
})

test('whatever strangers send, no series is made for it', async () => {
  const raw = async (to: number, target: string, method: string, host: string): Promise<void> => {
    await new Promise<void>((resolve) => {
      const out = request({ host: '127.0.0.1', port: to, path: target, method, agent: false, headers: { host } })
      out.once('error', () => resolve()).once('response', (answer) => answer.resume().once('close', resolve))
      out.end()
    })
  }
  const throwAll = async (round: string): Promise<void> => {
    for (let number = 0; number < 40; number += 1) {
      const planted = `planted-${round}-${number}`
      await raw(port, `/${planted}/x?${planted}`, 'GET', `localhost:${port}`)
      await raw(port, `/admin/v1/users/${planted}`, 'PROPFIND', `localhost:${port}`)
      await raw(port, `/sign-in`, ['MKCOL', 'PURGE', 'LINK', 'COPY'][number % 4] ?? '', `${planted}.example`)
      await raw(gatewayPort, `/${planted}`, 'M-SEARCH', `${planted}.example`)
      await raw(gatewayPort, `/${planted}%22}%0a1`, 'GET', `notes.localhost:${gatewayPort}`)
    }
  }
  const series = async (): Promise<readonly string[]> =>
    [...(await ofServer()), ...(await ofGateway())].map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
  await throwAll('first')
  const before = await series()
  await throwAll('second')
  const now = await series()
  assert.deepEqual(now, before)
  assert.ok(!now.some((one) => /planted|PROPFIND|MKCOL|SEARCH/.test(one)))
})

test('metrics are at their own listener alone, by address, and nothing else is', async () => {
  assert.equal((await new Traveller().ask(`${issuer}/metrics`)).status, 404)
  assert.notEqual((await new Traveller().ask(`${app}/metrics`)).status, 200)
  const at = `http://127.0.0.1:${serverPort}`
  assert.equal((await fetch(`${at}/`)).status, 404)
  assert.equal((await fetch(`${at}/metrics?x`)).status, 404)
  assert.equal((await fetch(`${at}/metrics`, { method: 'POST' })).status, 405)
  // A page whose own name was made to lead here.
  const rebound = await new Traveller().ask(`http://attacker.example:${serverPort}/metrics`)
  assert.deepEqual([rebound.status, readSamples(rebound.text.replaceAll(/.*/g, ''))], [421, []])
  const answer = await fetch(`${at}/metrics`)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
})

test('a port of metrics that is taken keeps it from starting, in one sentence', async () => {
  const taken = { host: '127.0.0.1', port: serverPort }
  const free = { host: '127.0.0.1', port: await freePort() }
  for (const metrics of [{ listen: taken }, { listen: free, gatewayListen: taken }]) {
    await assert.rejects(startProduction({ app: (_incoming, response) => response.end(), settings: { metrics } }), (error: Error) =>
      error.message.includes(`Port ${serverPort} of 127.0.0.1 is taken by another program`),
    )
  }
})

test('with a token, scrapers need it, over TLS where the listener has it', async () => {
  const authority = makeAuthority()
  const files = writeIssued(authority.issue({ hosts: ['metrics.example.test'] }))
  const token = 'a token of at least thirty-two characters'
  let failures = 0
  const listener = await listenForReaders(
    {
      path: '/metrics',
      contentType: 'text/plain',
      text: async () => (failures === 0 ? 'the text' : Promise.reject(new Error('no text'))),
      token: new Secret(token),
      failed: () => (failures += 1),
    },
    { host: '127.0.0.1', port: 0, tls: files },
  )
  after(async () => listener.drain(0))
  const ask = async (authorization?: string): Promise<number> => {
    const scraper = new Traveller({ authority: authority.certificate })
    const headers = authorization === undefined ? {} : { authorization }
    return (await scraper.ask(`https://metrics.example.test:${listener.port}/metrics`, { headers })).status
  }
  for (const wrong of [undefined, '', 'Bearer', 'Bearer a', `Bearer ${token}x`, `Basic ${token}`, token])
    assert.equal(await ask(wrong), 401, wrong ?? 'none')
  assert.equal(await ask(`Bearer ${token}`), 200)
  failures = 1
  await assert.rejects(ask(`Bearer ${token}`))
  assert.equal(failures, 2)
})

test('a gateway whose server was killed gives both ports back at once, though a stranger holds a request of theirs open', async () => {
  const isRefused = async (at: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(at, '127.0.0.1', () => resolve(false)).on('error', () => resolve(true))
      socket.once('connect', () => socket.destroy())
    })
  const stranger = connect(gatewayPort, '127.0.0.1')
  let isHeld = true
  stranger.on('error', () => undefined).once('close', () => (isHeld = false))
  await new Promise<void>((resolve) => stranger.write('GET / HTTP/1.1\r\nHost: ', () => resolve()))
  // What was written has arrived when something that was sent later is answered.
  await ofGateway()
  product.child.kill('SIGKILL')
  await until('the port of the gateway is free', async () => isRefused(gatewayPort))
  await until('the port of its metrics is free', async () => isRefused(gatewayMetricsPort))
  assert.ok(isHeld)
  stranger.destroy()
})
