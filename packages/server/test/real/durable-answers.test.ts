import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../parts.ts'
import { startDemo, temporaryFolder } from '../product.ts'
import { exchange } from '../visitor.ts'

const answers = 20

test(
  'between each token request and its answer the event of the token is synced to the disk',
  { skip: missing('strace'), timeout: 120_000 },
  async () => {
    const product = await startDemo({ serverOnly: true })
    const trace = join(temporaryFolder('strace'), 'trace')
    const tracer = spawn(
      'strace',
      ['-f', '-p', String(product.pid), '-e', 'trace=fdatasync,fsync,write,writev,sendto', '-s', '40', '-o', trace],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    await new Promise<void>((resolve) => tracer.stderr.once('data', () => resolve()))

    const client = product.clients?.find(({ client_id }) => client_id === 'demo-service')
    assert.ok(client)
    for (let sent = 0; sent < answers; sent += 1) {
      const { status } = await exchange(product.issuer, client, { grant_type: 'client_credentials' })
      assert.equal(status, 200)
    }
    tracer.kill('SIGINT')
    await new Promise((resolve) => tracer.once('exit', resolve))
    await product.stop()

    let synced = false
    let answered = 0
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/f(data)?sync\(\d+\) += 0|f(data)?sync resumed>\) += 0/.test(line)) synced = true
      if (!line.includes('HTTP/1.1 200')) continue
      assert.ok(synced, `answer ${answered + 1} left before anything was synced`)
      synced = false
      answered += 1
    }
    assert.equal(answered, answers)
  },
)
