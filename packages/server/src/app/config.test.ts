import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMistakes, readConfig, variables } from './config.ts'

const good = `
version: 1
issuer: https://id.example.test
dataDirectory: data
rootKeyFile: /etc/countersign/root.key
listen: { host: 127.0.0.1, port: 9000, tlsEndedBy: { name: nginx, addresses: [127.0.0.1] } }
`

test('a good file is read, its paths are absolute and nothing can change it', () => {
  const config = readConfig(good, '/srv/countersign', {})
  assert.equal(config.dataDirectory, '/srv/countersign/data')
  assert.equal(config.issuerUrl.host, 'id.example.test')
  assert.throws(() => {
    ;(config.listen as { port: number }).port = 1
  }, TypeError)
})

test('a variable overrides the file', () => {
  assert.equal(readConfig(good, '/', { COUNTERSIGN_LISTEN_PORT: '9100' }).listen.port, 9100)
  assert.equal(readConfig(good, '/', { COUNTERSIGN_DATABASE_URL: 'postgres://x' }).database?.url, 'postgres://x')
  assert.ok(variables.has('COUNTERSIGN_SESSIONS_IDLE_SECONDS'))
})

const mistakes = [
  { says: 'a setting that does not exist', text: `${good}isuer: x\n`, found: ['isuer is not a setting'] },
  { says: 'a setting that is missing', text: good.replace(/^rootKeyFile.*$/m, ''), found: ['rootKeyFile is missing'] },
  { says: 'a value of the wrong type', text: good.replace('port: 9000', 'port: "9000"'), found: ['listen.port: must be integer'] },
  {
    says: 'all mistakes at once',
    text: good.replace('port: 9000', 'port: 70000').replace('version: 1', 'version: 2'),
    found: ['listen.port: must be <= 65535', 'version: must be equal to constant'],
  },
  { says: 'a variable that is no setting', text: good, env: { COUNTERSIGN_ISUER: 'x' }, found: ['COUNTERSIGN_ISUER is not a setting'] },
  {
    says: 'an http issuer off loopback',
    text: good.replace('https://id.example.test', 'http://id.example.test'),
    found: ['issuer must be an https URL'],
  },
  {
    says: 'an issuer with a trailing slash',
    text: good.replace('id.example.test', 'id.example.test/'),
    found: ['issuer must be an https URL'],
  },
  {
    says: 'the root key among the data',
    text: good.replace('/etc/countersign/root.key', 'data/root.key'),
    found: ['rootKeyFile is inside dataDirectory'],
  },
  {
    says: 'https that nobody ends',
    text: good.replace(/, tlsEndedBy.*$/m, ' }'),
    found: ['listen: the public address is https, so say who ends TLS'],
  },
  {
    says: 'plain http off loopback',
    text: good.replace('https://id.example.test', 'http://localhost:9000').replace(/^listen.*$/m, 'listen: { host: 0.0.0.0, port: 9000 }'),
    found: ['listen.host: plain http is for loopback addresses only'],
  },
  { says: 'a file that is not YAML', text: 'a: [', found: ['the file is not YAML'] },
  { says: 'a file that is a list', text: '- a', found: ['the file is not a list of settings'] },
  { says: 'an alias bomb', text: `${good}x: &a [1]\ny: *a\n`, found: ['anchors and aliases'] },
  {
    says: 'sessions that idle longer than they live',
    text: `${good}sessions: { idleSeconds: 3601, absoluteSeconds: 3600 }\n`,
    found: ['sessions.idleSeconds is longer'],
  },
  {
    says: 'a claim that the protocol says itself',
    text: `${good}claims: { teams: { sub: { from: username } } }\n`,
    found: ['claims.teams.sub: the protocol says this claim itself'],
  },
  {
    says: 'a claim of what there is not',
    text: `${good}claims: { teams: { groups: { from: password } } }\n`,
    found: ['claims.teams.groups.from'],
  },
  {
    says: 'spans in plain http off loopback',
    text: `${good}tracing: { collector: "http://collector.example:4318/v1/traces" }\n`,
    found: ['tracing.collector: plain http is for loopback addresses only'],
  },
  {
    says: 'a collector with a password in its address',
    text: `${good}tracing: { collector: "https://me:secret@collector.example/v1/traces", share: 2 }\n`,
    found: ['tracing.share: must be <= 1'],
  },
  {
    says: 'a Redis in the clear off loopback',
    text: `${good}limits: { redis: { url: 'redis://redis.example.test:6379' } }\n`,
    found: ['limits.redis.url: redis:// is for loopback only'],
  },
  {
    says: 'a password in the address of Redis',
    text: `${good}limits: { redis: { url: 'rediss://user:hunter2@redis.example.test' } }\n`,
    found: ['limits.redis.url: must match pattern'],
  },
  {
    says: 'an authority for a Redis without TLS',
    text: `${good}limits: { redis: { url: 'redis://localhost:6379/1', caFile: a } }\n`,
    found: ['limits.redis.caFile: there is no TLS'],
  },
  {
    says: 'metrics in plain http off loopback',
    text: `${good}metrics: { listen: { host: 0.0.0.0, port: 9464 }, tokenFile: token }\n`,
    found: ['metrics.listen.host: plain http is for loopback addresses only'],
  },
  {
    says: 'metrics off loopback without a token',
    text: `${good}metrics: { listen: { host: 10.0.0.1, port: 9464, tls: { certificateFile: a, keyFile: b } } }\n`,
    found: ['metrics.listen.host is not on loopback, so scrapers need a token'],
  },
  {
    says: 'metrics of a gateway that is not there, through a proxy',
    text: `${good}metrics: { listen: { host: 127.0.0.1, port: 1, tlsEndedBy: { name: x, addresses: [127.0.0.1] } }, gatewayListen: { host: 127.0.0.1, port: 2 } }\n`,
    found: ['metrics.gatewayListen is for a gateway', 'metrics.listen.tlsEndedBy: metrics are not read through a proxy'],
  },
]

for (const row of mistakes) {
  test(`the configuration refuses ${row.says}`, () => {
    assert.throws(
      () => readConfig(row.text, '/srv/countersign', row.env ?? {}),
      (error: unknown) => {
        assert.ok(error instanceof ConfigMistakes)
        for (const found of row.found) {
          assert.ok(
            error.mistakes.some((mistake) => mistake.includes(found)),
            `${found} is not among: ${error.mistakes.join('; ')}`,
          )
        }
        return true
      },
    )
  })
}
