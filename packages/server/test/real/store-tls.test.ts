/** The way to a PostgreSQL that speaks TLS: it proves who it is, by name and by authority, or nothing is sent to it. */

import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { createRecorder, migrations } from '#audit'
import { openStore, type Store } from '#store'
import { missingDebianPostgres, startDebianPostgres } from '../debian-postgres.ts'
import { makeAuthority } from '../http-certificates.ts'
import { createDatabase, missingPostgres, stopPostgresAfterwards } from '../postgres.ts'
import { temporaryFolder } from '../product.ts'
import { testOperation } from '../store.ts'

stopPostgresAfterwards()

const authority = makeAuthority()
const folder = temporaryFolder('tls')
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const ours = written('ours.pem', authority.certificate)
const strangers = written('strangers.pem', makeAuthority('Another authority').certificate)

/** An address of this machine that is not on loopback, where it has one. */
const outer = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.internal === false && address.family === 'IPv4')?.address

const skip = missingDebianPostgres()
const addresses = ['127.0.0.1', ...(outer === undefined ? [] : [outer])]
const { certificate, key } = authority.issue({ hosts: ['localhost', ...addresses.slice(1)] })
const postgres =
  skip === false
    ? await startDebianPostgres((own, write) => {
        const [keyFile, certificateFile, rules] = [join(own, 'ours.key'), join(own, 'ours.crt'), join(own, 'rules.conf')]
        write(keyFile, [key])
        chmodSync(keyFile, 0o600)
        write(certificateFile, [certificate])
        write(
          rules,
          addresses.map((address) => `host all all ${address}/32 trust`),
        )
        return [
          `listen_addresses = '${addresses.join()}'`,
          `hba_file = '${rules}'`,
          'ssl = on',
          `ssl_cert_file = '${certificateFile}'`,
          `ssl_key_file = '${keyFile}'`,
          'log_connections = on',
        ]
      })
    : undefined
const url = postgres === undefined ? undefined : new URL(await postgres.create('verified'))

suite('a database that speaks TLS', { skip, timeout: 120_000 }, () => {
  const at = (host: string, mode = '?sslmode=verify-full'): string => `postgres://app@${host}:${url?.port}/verified${mode}`
  const open = async (address: string, caFile?: string): Promise<Store> =>
    openStore({ kind: 'postgres', url: address, caFile, migrations: [migrations], recorder: createRecorder() })

  async function refused(address: string, caFile: string | undefined, says: RegExp): Promise<void> {
    await assert.rejects(open(address, caFile), (error) => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, 'store.unverified', error.message)
      assert.match(error.message, says)
      assert.match(error.message, /^[A-Z][^\n]*\.$/)
      return true
    })
  }

  const verified = [
    { says: 'by its name', host: 'localhost' },
    { says: 'by an address that is not on loopback', host: outer },
  ] as const
  for (const { says, host } of verified) {
    test(
      `is used when it proves who it is ${says}, by TLS 1.3 on every connection`,
      { skip: host === undefined && 'loopback is all there is' },
      async () => {
        const store = await open(at(host ?? ''), ours)
        try {
          assert.equal(await store.read(testOperation(store.defaultTenant), async () => Promise.resolve(7)), 7)
          const ways = await postgres?.ask(
            "SELECT string_agg(DISTINCT s.ssl || ' ' || s.version, ', ') FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'countersign'",
          )
          assert.equal(ways, 'true TLSv1.3')
        } finally {
          await store.close()
        }
      },
    )
  }

  test('is refused when its certificate is from another authority, or one that this machine does not know', async () => {
    await refused(at('localhost'), strangers, /did not prove who it is/)
    await refused(at('localhost'), undefined, /did not prove who it is/)
  })

  test('is refused under a name that its certificate does not have', async () => {
    await refused(at('127.0.0.1'), ours, /did not prove who it is \(ERR_TLS_CERT_ALTNAME_INVALID\)/)
  })

  test('is refused when it does not speak TLS and was to prove who it is', { skip: missingPostgres() }, async () => {
    const plain = await createDatabase()
    await refused(`${plain.url}?sslmode=verify-full`, ours, /does not speak TLS/)
  })

  test(
    'off loopback is not even connected to, unless it must prove who it is',
    { skip: outer === undefined && 'loopback is all there is' },
    async () => {
      const arrived = (): number =>
        readFileSync(join(postgres?.folder ?? '', 'log'), 'utf8').split(`connection received: host=${outer ?? ''}`).length - 1
      const before = arrived()
      for (const mode of ['', '?sslmode=disable', '?sslmode=require', '?sslmode=verify-ca', '?sslmode=prefer'])
        await refused(at(outer ?? '', mode), ours, /must say sslmode=verify-full/)
      assert.equal(arrived(), before)
      await refused(at(outer ?? ''), strangers, /did not prove who it is/)
      assert.ok(arrived() > before, 'connections are seen')
    },
  )
})
