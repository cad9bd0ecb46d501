/** The product with a listener for certificates: its settings, its client, and what is wrong with others. @module */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setUp, started } from '../doctor.ts'
import { makeAuthority, writeIssued } from '../http-certificates.ts'
import { makeOpensslAuthority } from '../openssl-certificates.ts'
import { freePort } from '../product.ts'

test('a client of the configuration gets a token by its certificate', { timeout: 120_000 }, async () => {
  const ours = await setUp(`http://localhost:${await freePort()}`)
  const port = await freePort()
  const [server, clients] = [makeAuthority('Server'), makeOpensslAuthority('/CN=Clients')]
  writeFileSync(join(ours.folder, 'clients.pem'), `${makeOpensslAuthority('/CN=Others').cert}${clients.cert}`)
  const tls = writeIssued(server.issue({ hosts: ['localhost'] }))
  const mtls = { origin: `https://localhost:${port}`, listen: { host: 'localhost', port, tls }, authoritiesFile: 'clients.pem' }
  const client = {
    clientId: 'ledger',
    name: 'Ledger',
    kind: 'confidential',
    grantTypes: ['client_credentials'],
    scopes: [],
    tokenEndpointAuthMethod: 'tls_client_auth',
    tlsClientAuthSubjectDn: 'CN=ledger,O=Example',
  }
  const wrong = [
    [{ mtls: { ...mtls, authoritiesFile: 'gone.pem' } }, /mtls\.authoritiesFile: .*gone\.pem cannot be read/],
    [{ mtls: { ...mtls, origin: 'http://localhost' } }, /mtls\.origin is not an https origin/],
    [{ mtls: { ...mtls, listen: { host: 'localhost', port } } }, /mtls\.listen: the public address is https/],
    [{ mtls: { ...mtls, certificateField: { name: 'client-cert', format: 'rfc9440' } } }, /mtls\.certificateField is for a proxy/],
    [
      { mtls: { ...mtls, listen: { host: 'localhost', port, tlsEndedBy: { name: 'nginx', addresses: ['127.0.0.1'] } } } },
      /mtls\.certificateField: say/,
    ],
  ] as const
  for (const [settings, says] of wrong) await assert.rejects(started({ ...ours, config: ours.changed(settings) }), says)
  const product = await started({ ...ours, config: ours.changed({ mtls, clients: [client] }) })
  after(() => product.child.kill('SIGKILL'))
  const { cert, key } = clients.issue('/O=Example/CN=ledger')
  const body = 'grant_type=client_credentials&client_id=ledger'
  const ask = async (shown: object) =>
    new Promise<number | undefined>((resolve, reject) => {
      const out = request(`https://localhost:${port}/token`, {
        method: 'POST',
        ca: server.certificate,
        agent: false,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...shown,
      })
      out.once('error', reject).once('response', (answer) => resolve(answer.resume().statusCode))
      out.end(body)
    })
  assert.deepEqual([await ask({ cert, key }), await ask({})], [200, 401])
  const main = await fetch(`${product.issuer}/token`, { method: 'POST', body: new URLSearchParams(body) })
  assert.equal(main.status, 401)
})
