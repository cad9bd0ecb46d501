/**
 * Traces over gateway and server, as a collector receives them: one trace for
 * what belongs together, nothing that a request held, and no stranger's trace.
 *
 * @module
 */

import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { after, test } from 'node:test'
import { openCollector, type Collector, type CollectedSpan } from '../collector.ts'
import { until } from '../metrics.ts'
import { goodPassword } from '../people.ts'
import { freePort } from '../product.ts'
import { makeAdministrator, makeMember, startProduction, type Production } from '../production.ts'
import { Traveller } from '../traveller.ts'

const ada = { username: 'ada', password: goodPassword }
const remoteTrace = 'a'.repeat(32)
const remote = { traceparent: `00-${remoteTrace}-${'b'.repeat(16)}-01`, tracestate: 'vendor=kept', baggage: 'user=PLANTED' }

interface Traced extends Production {
  readonly collector: Collector
  readonly issuer: string
  readonly app: string
  /** Headers of the last request that reached the app. */
  readonly told: () => IncomingHttpHeaders
}

async function started(tracing: object, proxy?: string): Promise<Traced> {
  const collector = await openCollector()
  after(() => collector.close())
  let headers: IncomingHttpHeaders = {}
  const production = await startProduction({
    app: (incoming, response) => {
      headers = incoming.headers
      if (incoming.url === '/broken') response.destroy()
      else response.end('the app')
    },
    settings: { tracing: { collector: collector.url, ...tracing }, log: { level: 'warn' } },
    ...(proxy === undefined ? {} : { proxy }),
  })
  after(async () => production.product.stop('SIGKILL'))
  const issuer = `http://localhost:${production.port}`
  const app = `http://notes.localhost:${production.gatewayPort}`
  return { ...production, collector, issuer, app, told: () => headers }
}

/** The first span that looks like this, once it has arrived. */
async function span({ collector }: Traced, what: string, looks: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
  return until(what, async () => collector.spans.find(looks))
}

test('one trace leads from a request at the gateway to the server and to the app', { timeout: 120_000 }, async () => {
  const traced = await started({ share: 1 })
  const { app, issuer, collector } = traced
  await makeAdministrator(traced, ada)
  await makeMember(traced, ada.username)
  const person = new Traveller()
  const found = await person.open(`${app}/notes/PLANTED?q=PLANTED`, ada)
  assert.equal(found.text, 'the app')
  const { traceparent = '' } = traced.told()

  const atGateway = await span(traced, 'the request at the gateway', ({ service, name, attributes }) => {
    return service === 'countersign-gateway' && name === 'GET /*' && attributes['http.response.status_code'] === 200
  })
  assert.equal(atGateway.parentSpanId, undefined)
  assert.equal(atGateway.kind, 2)
  assert.deepEqual([atGateway.attributes['server.address'], atGateway.attributes['http.route']], [app, '/*'])
  assert.match(String(atGateway.attributes['countersign.request_id']), /^req_/)
  const ofIt = ({ traceId }: CollectedSpan): boolean => traceId === atGateway.traceId

  const toApp = await span(traced, 'what the app was asked', (one) => ofIt(one) && one.name === 'app request')
  assert.deepEqual([toApp.parentSpanId, toApp.kind], [atGateway.spanId, 3])
  assert.equal(traceparent, `00-${toApp.traceId}-${toApp.spanId}-01`, 'the app is told of its own place in the trace')

  // The callback redeemed a code and asked for the session: both ends are in its trace.
  for (const what of ['exchange', 'session']) {
    const asked = await span(
      traced,
      `the server was asked: ${what}`,
      (one) => one.service === 'countersign-server' && one.name === `channel ${what}`,
    )
    const question = await span(traced, `the question: ${what}`, ({ spanId }) => spanId === asked.parentSpanId)
    assert.deepEqual([question.service, question.name, question.traceId], ['countersign-gateway', `server ${what}`, asked.traceId])
    const visit = await span(traced, 'the visit', ({ spanId }) => spanId === question.parentSpanId)
    assert.deepEqual([visit.kind, visit.traceId], [2, asked.traceId])
  }
  const own = await span(traced, 'a request to the server itself', ({ name }) => name === 'POST /sign-in')
  assert.deepEqual([own.service, own.attributes['http.response.status_code'], own.failed], ['countersign-server', 303, false])

  assert.equal((await person.ask(`${app}/broken`)).status, 502)
  const broken = await span(traced, 'the failure', ({ attributes }) => attributes['error.type'] === 'upstream.unreachable')
  assert.equal(broken.failed, true)

  // Strangers join no trace, neither at the server nor at the gateway nor at the app.
  await person.ask(`${app}/again`, { headers: remote })
  assert.notEqual(traced.told()['traceparent']?.slice(3, 35), remoteTrace)
  assert.deepEqual([traced.told()['tracestate'], traced.told()['baggage']], [undefined, undefined])
  await person.ask(`${issuer}/livez`, { headers: remote })
  await span(traced, 'the last request', ({ name }) => name === 'GET /livez')
  assert.ok(!collector.spans.some(({ traceId }) => traceId === remoteTrace))
  for (const secret of ['PLANTED', ada.password, ...person.cookiesOf(new URL(app).host).split(/[=;]\s*/)])
    assert.ok(secret.length < 9 || secret.includes('countersign_') || !collector.text().includes(secret), secret.slice(0, 6))
})

test('a proxy that was named may say the trace, where the configuration says so; others may not', { timeout: 120_000 }, async () => {
  const traced = await started({ share: 0, fromProxies: true }, '127.0.0.1')
  const { app, issuer } = traced
  const behind = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' }
  const proxy = new Traveller()
  await proxy.ask(`${app}/`, { headers: { ...remote, ...behind } })
  await proxy.ask(`${issuer}/livez`, { headers: { ...remote, ...behind } })
  const atGateway = await span(
    traced,
    'the gateway continues it',
    ({ service, traceId }) => service === 'countersign-gateway' && traceId === remoteTrace,
  )
  assert.equal(atGateway.parentSpanId, 'b'.repeat(16))
  await span(traced, 'the server continues it', ({ service, traceId }) => service === 'countersign-server' && traceId === remoteTrace)

  const known = traced.collector.spans.length
  await new Traveller({ from: '127.0.3.1' }).ask(`${app}/`, { headers: remote })
  await new Traveller({ from: '127.0.3.1' }).ask(`${issuer}/livez`, { headers: remote })
  assert.equal(await traced.product.stop(), 0)
  assert.equal(traced.collector.spans.length, known, 'of their own nothing is kept, as the share says')
})

test('a collector that does not answer holds nobody up, and is complained about once', { timeout: 120_000 }, async () => {
  const production = await startProduction({
    settings: { tracing: { collector: `http://127.0.0.1:${await freePort()}/v1/traces`, share: 1 }, log: { level: 'warn' } },
  })
  const { product, port } = production
  after(async () => product.stop('SIGKILL'))
  for (let times = 0; times < 5; times += 1) assert.equal((await new Traveller().ask(`http://localhost:${port}/livez`)).status, 200)
  await until('the log says so', async () => product.log().includes('spans could not be sent'))
  assert.equal(await product.stop(), 0)
  assert.equal(product.log().match(/spans could not be sent/g)?.length, 1)
})
