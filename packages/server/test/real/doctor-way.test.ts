/** The doctor and the way to a server: each thing on it is broken for real. @module */

import assert from 'node:assert/strict'
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { diagnosed, setUp, started } from '../doctor.ts'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { createNginx } from '../nginx.ts'
import { missing } from '../parts.ts'
import { freePort, temporaryFolder } from '../product.ts'
import { writeFileSync } from 'node:fs'

const port = await freePort()
const plain = await setUp(`http://localhost:${port}`)
const product = await started(plain)
after(async () => product.stop('SIGKILL'))

async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('a healthy server has no finding, and says where rate limits are counted', async () => {
  const { code, names, notes } = await diagnosed(plain.config)
  assert.deepEqual([code, names, notes], [0, [], ['limits.memory']])
})

test('a server that does not run', async () => {
  const asleep = await setUp(`http://localhost:${await freePort()}`)
  const { code, names, says } = await diagnosed(asleep.config)
  assert.deepEqual([code, names], [5, ['issuer.not_running']])
  assert.ok(says.includes(join(asleep.data, 'admin.sock')))
})

describe('configuration', () => {
  for (const row of [
    { says: 'an issuer that is plain http', settings: { issuer: 'http://id.example.com' } },
    { says: 'an issuer with a final slash', settings: { issuer: 'https://id.example.com/' } },
    { says: 'a setting that does not exist', settings: { listne: { port: 1 } } },
    { says: 'nobody who ends TLS', settings: { issuer: 'https://id.example.com' } },
  ]) {
    test(`${row.says} is the one thing that is said`, async () => {
      assert.deepEqual((await diagnosed(plain.changed(row.settings))).names, ['configuration.mistake'])
    })
  }

  test('a file that is half written', async () => {
    const half = join(plain.folder, 'half.yaml')
    writeFileSync(half, 'version: 1\nissuer: "http://loc', { mode: 0o600 })
    assert.deepEqual((await diagnosed(half)).names, ['configuration.mistake'])
  })
})

test('a client of the configuration that goes without PKCE', async () => {
  const secretFile = join(plain.folder, 'old.secret')
  writeFileSync(secretFile, 'a secret that is long enough to be one\n', { mode: 0o600 })
  const asked = { grantTypes: ['authorization_code'], redirectUris: ['https://old.example/cb'], scopes: ['openid'] }
  const client = { clientId: 'old-app', name: 'Old app', kind: 'confidential', secretFile, ...asked, unsafelyWithoutPkce: true }
  const { names, says } = await diagnosed(plain.changed({ clients: [client] }))
  assert.deepEqual(names, ['configuration.without_pkce'])
  assert.ok(says.includes('old-app'))
})

describe('issuer', () => {
  const behind = { listen: { host: 'localhost', port, tlsEndedBy: { name: 'nginx', addresses: ['127.0.0.1', '::1'] } } }

  test('a name without an address', async () => {
    const { names } = await diagnosed(plain.changed({ issuer: 'https://nowhere.invalid', ...behind }))
    assert.deepEqual(names, ['issuer.unknown_name'])
  })

  test('a port where nobody is', async () => {
    const { names } = await diagnosed(plain.changed({ issuer: `http://localhost:${await freePort()}` }))
    assert.deepEqual(names, ['issuer.unreachable'])
  })

  test('https at a port of plain HTTP', async () => {
    const { names } = await diagnosed(plain.changed({ issuer: `https://localhost:${port}`, ...behind }))
    assert.deepEqual(names, ['issuer.no_tls'])
  })

  test('another program', async () => {
    const other = await listening((_request, response) => response.end('<h1>Welcome</h1>'))
    const { names, says } = await diagnosed(plain.changed({ issuer: `http://localhost:${other}` }))
    assert.deepEqual(names, ['issuer.not_discovered'])
    assert.match(says, /status 200/)
  })

  test('a proxy that asks for another host, behind which discovery names another issuer', async () => {
    const relay = await listening(relayTo(port, {}))
    const { names, says } = await diagnosed(plain.changed({ issuer: `http://localhost:${relay}` }))
    assert.deepEqual(names, ['issuer.other', 'proxy.host'])
    assert.match(says, new RegExp(`that it is http://localhost:${port}`))
  })

  test('a server of the same name with other keys', async () => {
    const own = await freePort()
    const twin = await setUp(`http://localhost:${port}`, ['--listen', `localhost:${own}`])
    const running = await started(twin)
    const { names } = await diagnosed(twin.config)
    await running.stop()
    assert.deepEqual(names, ['issuer.other_server'])
  })
})

/** Sends everything on, with the Host of where it goes, as a proxy that was not told otherwise does. */
function relayTo(upstream: number, more: Readonly<Record<string, string>>): RequestListener {
  return (asked: IncomingMessage, response) => {
    const headers = { ...asked.headers, host: `localhost:${upstream}`, ...more }
    const on = request({ host: 'localhost', port: upstream, path: asked.url, method: asked.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    asked.pipe(on)
  }
}

describe('proxy', { skip: missing('nginx') }, async () => {
  const front = await freePort()
  const back = await freePort()
  const issuer = `https://localhost:${front}`
  const authority = makeAuthority()
  const folder = temporaryFolder('doctor-proxy')
  const { certificateFile, keyFile } = writeIssued(authority.issue({ hosts: ['localhost'] }), folder)
  const authorityFile = join(folder, 'authority.pem')
  writeFileSync(authorityFile, authority.certificate)
  const ours = await setUp(issuer, ['--listen', `127.0.0.1:${back}`, '--tls-ended-by', 'nginx', '--proxy-address', '127.0.0.1'])
  const running = await started(ours)
  after(async () => running.stop('SIGKILL'))
  const nginx = createNginx(front)

  const tls = `listen localhost:${front} ssl; ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};`
  const good = {
    host: 'proxy_set_header Host $http_host;',
    address: 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    proto: 'proxy_set_header X-Forwarded-Proto $scheme;',
    bind: '',
  }
  const serve = async (changed: Partial<typeof good> = {}): Promise<void> => {
    const { host, address, proto, bind } = { ...good, ...changed }
    await nginx.serve(`${tls} location / { proxy_pass http://127.0.0.1:${back}; ${host} ${address} ${proto} ${bind} }`)
  }
  const ask = async () => diagnosed(ours.config, ['--authority', authorityFile])

  test('a proxy that does as the guide says has no finding', async () => {
    await serve()
    assert.deepEqual(await ask(), { code: 0, names: [], notes: ['limits.memory'], says: '' })
  })

  for (const row of [
    { says: 'that asks for itself', changed: { host: '' }, names: ['issuer.not_discovered', 'proxy.host'] },
    // What nginx is not told to set it passes on.
    {
      says: 'that does not say how the client came',
      changed: { proto: '' },
      names: ['issuer.not_discovered', 'proxy.no_proto', 'proxy.passes_proto'],
    },
    {
      says: 'that does not say where the client is',
      changed: { address: '' },
      names: ['proxy.no_address', 'proxy.passes_address'],
    },
    {
      says: 'that passes on what strangers say of their address',
      changed: {
        address: 'set $said $http_x_forwarded_for; if ($said = "") { set $said $remote_addr; } proxy_set_header X-Forwarded-For $said;',
      },
      names: ['proxy.passes_address'],
    },
    {
      says: 'that passes on what strangers say of their scheme',
      changed: {
        proto: 'set $said $http_x_forwarded_proto; if ($said = "") { set $said $scheme; } proxy_set_header X-Forwarded-Proto $said;',
      },
      names: ['proxy.passes_proto'],
    },
    {
      says: 'that connects from where nobody expects it',
      changed: { bind: 'proxy_bind 127.0.0.2;' },
      names: ['issuer.not_discovered', 'proxy.addresses'],
    },
  ]) {
    test(`a proxy ${row.says}`, async () => {
      await serve(row.changed)
      const { code, names } = await ask()
      assert.deepEqual([code, names], [5, row.names])
    })
  }

  test('a certificate of the proxy that leads to no authority', async () => {
    await serve()
    const { names, says } = await diagnosed(ours.config)
    assert.deepEqual(names, ['tls.chain'])
    assert.match(says, new RegExp(`^The certificate that ${issuer} shows .*"CN=Test authority"`))
  })

  test('a certificate of the proxy that has ended', async () => {
    const life = { fromMs: Date.now() - 86_400_000, untilMs: Date.now() - 3_600_000 }
    writeIssued(authority.issue({ hosts: ['localhost'] }, life), folder)
    await serve()
    assert.deepEqual((await ask()).names, ['tls.expired'])
  })

  test('a proxy that the configuration does not name', async () => {
    const open = await freePort()
    const upstream = await freePort()
    const unnamed = await setUp(`http://localhost:${open}`, ['--listen', `localhost:${upstream}`])
    const alone = await started(unnamed)
    const other = createNginx(open)
    await other.serve(`listen localhost:${open}; location / { proxy_pass http://localhost:${upstream}; ${good.host} ${good.address} }`)
    const { names } = await diagnosed(unnamed.config)
    await alone.stop()
    assert.deepEqual(names, ['proxy.unnamed'])
  })
})

test('a mirror shows nothing to whoever was not given one', async () => {
  for (const mirror of ['x', 'AAAA', 'a'.repeat(400)]) {
    const answer = await fetch(`http://localhost:${port}/mirror/${mirror}`)
    assert.equal(answer.status, 404)
    assert.doesNotMatch(await answer.text(), /peer/)
  }
})
