/** The doctor and certificates: each thing about them is broken for real, on a server that ends TLS itself. @module */

import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import { diagnosed, setUp, started } from '../doctor.ts'
import { makeAuthority, writeIssued, type Issued } from '../http-certificates.ts'
import { freePort, temporaryFolder } from '../product.ts'

const folder = temporaryFolder('doctor-tls')
const authority = makeAuthority()
const good = authority.issue({ hosts: ['localhost'] })
const { certificateFile, keyFile } = writeIssued(good, folder)
const authorityFile = join(folder, 'authority.pem')
writeFileSync(authorityFile, authority.certificate)

const port = await freePort()
const ours = await setUp(`https://localhost:${port}`, [
  '--listen',
  `localhost:${port}`,
  '--tls-certificate',
  certificateFile,
  '--tls-key',
  keyFile,
])
const product = await started(ours)
after(async () => product.stop('SIGKILL'))

const write = (issued: Issued): void => void writeIssued(issued, folder)
const ask = async (config = ours.config) => diagnosed(config, ['--authority', authorityFile])
const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('a certificate on disk', () => {
  beforeEach(() => {
    rmSync(keyFile, { force: true })
    write(good)
  })

  test('that is right has no finding', async () => {
    assert.deepEqual(await ask(), { code: 0, names: [], notes: ['limits.memory'], says: '' })
  })

  // The server shows the good one on, since nobody told it to read again; that is said too.
  const lives = [
    { says: 'that has ended', life: [-2 * dayMs, -hourMs], names: ['tls.expired', 'tls.not_reloaded'] },
    { says: 'that begins tomorrow', life: [dayMs, 30 * dayMs], names: ['tls.not_reloaded', 'tls.not_yet'] },
    { says: 'that ends in nine days of ninety', life: [-81 * dayMs, 9 * dayMs], names: ['tls.ends_soon', 'tls.not_reloaded'] },
    { says: 'that ends in eleven days of ninety', life: [-79 * dayMs, 11 * dayMs], names: ['tls.not_reloaded'] },
    { says: 'that ends in an hour of six', life: [-5 * hourMs, hourMs], names: ['tls.ends_soon', 'tls.not_reloaded'] },
    { says: 'that ends in two hours of six', life: [-4 * hourMs, 2 * hourMs], names: ['tls.not_reloaded'] },
  ] as const
  for (const { says, life, names } of lives) {
    test(says, async () => {
      const [from, until] = life
      write(authority.issue({ hosts: ['localhost'] }, { fromMs: Date.now() + from, untilMs: Date.now() + until }))
      assert.deepEqual((await ask()).names, names)
    })
  }

  test('that is for another name', async () => {
    write(authority.issue({ hosts: ['other.example'] }))
    const { names, says } = await ask()
    assert.deepEqual(names, ['tls.name', 'tls.not_reloaded'])
    assert.match(says, /is not for localhost\./)
  })

  test('that is for one name of two of the gateway', async () => {
    const one = writeIssued(authority.issue({ hosts: ['notes.localhost'] }), temporaryFolder('doctor-gateway'))
    const host = (name: string): object => ({
      origin: `https://${name}:${port + 1}`,
      name,
      policyStore: 'app',
      upstream: 'http://127.0.0.1:1',
      routes: [{ path: '/*', open: 'anyone' }],
    })
    const gateway = { listen: { host: 'localhost', port: 0, tls: one }, hosts: [host('notes.localhost'), host('wiki.localhost')] }
    const { names, says } = await ask(ours.changed({ gateway, policies: { app: ours.folder } }))
    assert.deepEqual(names, ['tls.name'], says)
    assert.match(says, /is not for wiki\.localhost\./)
  })

  test('that belongs to another key', async () => {
    write({ certificate: good.certificate, key: authority.issue({ hosts: ['localhost'] }).key })
    assert.deepEqual((await ask()).names, ['tls.key'])
  })

  test('whose key is gone, or open to others', async () => {
    chmodSync(keyFile, 0o644)
    assert.deepEqual((await ask()).names, ['tls.key_open'])
    rmSync(keyFile)
    assert.deepEqual((await ask()).names, ['tls.key_missing'])
  })

  test('that is no certificate, or gone', async () => {
    writeFileSync(certificateFile, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    assert.deepEqual((await ask()).names, ['tls.unreadable'])
    rmSync(certificateFile)
    assert.deepEqual((await ask()).names, ['tls.unreadable'])
  })

  test('whose intermediate is not sent with it, and then is', async () => {
    const between = authority.intermediate('Test intermediate')
    const leaf = between.issue({ hosts: ['localhost'] })
    write(leaf)
    const { names, says } = await ask()
    assert.deepEqual(names, ['tls.chain', 'tls.not_reloaded'])
    assert.match(says, /"CN=Test intermediate"/)
    write({ certificate: `${leaf.certificate}${between.certificate}`, key: leaf.key })
    product.child.kill('SIGHUP')
    for (let tries = 0; tries < 100 && (await ask()).names.length > 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual((await ask()).names, [])
  })
})
