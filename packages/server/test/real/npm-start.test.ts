/**
 * `npm start` as a newcomer and their scripts run it: it prints one line, keeps
 * everything in one folder, starts again on what it made, and ends with npm,
 * however npm ends.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort, temporaryFolder, type Started } from '../product.ts'
import { runCommand } from '../terminal.ts'
import { Traveller } from '../traveller.ts'
import { exchange } from '../visitor.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

interface Npm {
  readonly child: ChildProcess
  readonly started: Started
  /** All that npm printed on standard output. */
  readonly out: () => string
  readonly ended: Promise<number | null>
}

/** Starts it in a home and a temporary folder of its own, and waits for the line that begins with `{`. */
async function npmStart(home: string, ...words: readonly string[]): Promise<Npm> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home }
  const child = spawn('npm', ['start', '--', '--json', ...words], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const heard = { out: '', err: '' }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.stderr.on('data', (chunk: Buffer) => (heard.err += chunk.toString('utf8')))
  const started = await new Promise<Started>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      heard.out += chunk.toString('utf8')
      const line = heard.out.split('\n').find((text) => text.startsWith('{') && text.endsWith('}'))
      if (line !== undefined) resolve(JSON.parse(line) as Started)
    })
    child.once('exit', (code) => reject(new Error(`ended with ${String(code)}: ${heard.err}${heard.out}`)))
  })
  after(() => {
    child.kill('SIGKILL')
    if (isThere(started.pid)) process.kill(started.pid, 'SIGKILL')
  })
  return { child, started, out: () => heard.out, ended }
}

function isThere(pid: number): boolean {
  try {
    // A process that ended and that nobody has asked about yet still has a number.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false
    throw error
  }
}

/** The processes that this one started. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

async function gone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (!pids.some(isThere)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`still there after 30 s: ${pids.filter(isThere).join(' ')}`)
}

test('one line, one folder, the same accounts at the next start, and no process stays behind, however npm ends', async () => {
  const home = temporaryFolder('home')
  const data = join(temporaryFolder('npm'), 'data')
  const anywhere = ['--port', '0', '--gateway-port', '0', '--data', data]

  const first = await npmStart(home, ...anywhere)
  assert.equal(first.out().trim(), JSON.stringify(first.started), 'nothing but the line')
  assert.deepEqual(Object.keys(first.started).sort(), ['accounts', 'admin', 'app', 'clients', 'dataDir', 'issuer', 'pid'])
  assert.equal(first.started.dataDir, data)
  assert.deepEqual(
    first.started.accounts?.map(({ username, roles }) => [username, ...roles]),
    [
      ['alice', 'editor'],
      ['bob', 'viewer'],
      ['admin', 'owner'],
    ],
  )
  const [service] = first.started.clients ?? []
  assert.ok(service)
  assert.equal((await exchange(first.started.issuer, service, { grant_type: 'client_credentials' })).status, 200)
  const list = await fetch(`${first.started.admin?.apiUrl}/users`, { headers: { authorization: `Bearer ${first.started.admin?.token}` } })
  assert.equal(list.status, 200)
  assert.equal(statSync(join(data, 'demo.json')).mode & 0o777, 0o600)
  const family = [first.started.pid, ...childrenOf(first.started.pid)]
  assert.equal(family.length, 4, 'the server, the gateway, the app and its API')
  first.child.kill('SIGTERM')
  assert.equal(await first.ended, 0)
  await gone(family)

  const second = await npmStart(home, ...anywhere)
  assert.deepEqual([second.started.issuer, second.started.app], [first.started.issuer, first.started.app])
  assert.deepEqual(second.started.accounts, first.started.accounts)
  assert.deepEqual(second.started.clients, first.started.clients)
  const alice = second.started.accounts?.find(({ username }) => username === 'alice')
  assert.ok(alice)
  assert.equal((await new Traveller().open(second.started.app ?? '', alice)).status, 200)
  const killed = [second.started.pid, ...childrenOf(second.started.pid)]
  second.child.kill('SIGKILL')
  await gone(killed)

  const third = await npmStart(home, '--data', data)
  assert.equal(third.started.issuer, first.started.issuer, 'without a port it is the one that the data was made with')
  const orphans = childrenOf(third.started.pid)
  process.kill(third.started.pid, 'SIGKILL')
  await gone(orphans)

  // npm makes its own folder when it is asked for anything at all, and on Node 22 and newer a cache of its compiled self.
  assert.deepEqual(
    readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name !== '.npm' && !name.startsWith('node-compile-cache')),
    [],
  )
})

const mistake = async (...words: readonly string[]): Promise<string> => {
  const { code, out, err } = await runCommand(['start', '--demo', ...words])
  assert.deepEqual([code, out], [4, ''])
  assert.match(err, /^[^\n]+\n$/)
  return err
}

test('a port that is taken is said before anything is made, so that another port is all it takes', async () => {
  const data = join(temporaryFolder('taken'), 'data')
  const [port, free] = [await freePort(), await freePort()]
  for (const host of ['127.0.0.1', '::1']) {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, host, resolve))
    for (const [one, two] of [
      [port, free],
      [free, port],
    ])
      assert.match(
        await mistake('--port', String(one), '--gateway-port', String(two), '--data', data),
        new RegExp(`^Port ${port} of \\S+ is taken by another program\\. Choose others with --port and --gateway-port\\.\\n$`),
      )
    await new Promise((resolve) => other.close(resolve))
  }
  assert.match(await mistake('--port', String(port), '--gateway-port', String(port), '--data', data), /cannot both have port/)
  assert.deepEqual(readdirSync(data), [])
})

test('a demo.json that is not whole: alone it is made again, beside data it is a mistake', async () => {
  const data = join(temporaryFolder('cut-off'), 'data')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'demo.json'), '{"version":1,"acc', { mode: 0o600 })
  const made = await npmStart(temporaryFolder('home'), '--port', '0', '--gateway-port', '0', '--data', data)
  const port = new URL(made.started.issuer).port
  made.child.kill('SIGTERM')
  assert.equal(await made.ended, 0)

  const wrong = Number(port) === 65535 ? 65534 : Number(port) + 1
  assert.equal(
    await mistake('--port', String(wrong), '--data', data),
    `This demo was made at port ${port}, which its tokens and links name. Start it with --port ${port}, or give another folder with --data.\n`,
  )
  const before = readdirSync(data)
  writeFileSync(join(data, 'demo.json'), '')
  assert.match(await mistake('--data', data), /demo\.json is not what the demo wrote, and without it nobody can sign in\. [^\n]+\n$/)
  assert.deepEqual(readdirSync(data), before)

  rmSync(data, { recursive: true })
  writeFileSync(data, '')
  assert.match(await mistake('--data', data), /^The folder \S+ cannot be used \(EEXIST\)\.\n$/)
  rmSync(data)
  chmodSync(join(data, '..'), 0o700)
})
