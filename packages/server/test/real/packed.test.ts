/**
 * What is published, as somebody gets it: both tarballs installed by npm into an
 * empty folder, made and started from there.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../../../../pack.ts'
import { freePort, temporaryFolder } from '../product.ts'
import { exchange } from '../visitor.ts'

const folder = temporaryFolder('packed')
const installed = join(folder, 'node_modules', 'countersign')
const program = join(installed, 'dist', 'cli', 'main.js')
const note = fileURLToPath(new URL('../note-loaded.ts', import.meta.url))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the installed program with nothing of ours in its environment. */
async function run(...words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: {} })
  const heard = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (heard.err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...heard }
}

describe('the packed artifact', () => {
  before(
    async () => {
      const tarballs = [await pack('sdk', folder), await pack('server', folder)]
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', ...tarballs], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    },
    { timeout: 240_000 },
  )

  test('holds plain JavaScript, the server in few files and the SDK with types, pages, policies, licenses and what it is; no test and no source', () => {
    for (const name of ['countersign', '@countersign/sdk']) {
      const home = join(folder, 'node_modules', name)
      const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('node_modules'))
      for (const file of ['LICENSE', 'README.md', 'package.json']) assert.ok(files.includes(file), `${name}: ${file}`)
      for (const file of files) {
        assert.ok(!/(?<!\.d)\.ts$|\.test\.|(^|\/)(test|src)(\/|$)|\.map$/.test(file), `${name}: ${file}`)
        if (file.endsWith('.js')) assert.doesNotMatch(readFileSync(join(home, file), 'utf8'), /from '[^']+\.ts'/, file)
      }
    }
    const installedFiles = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    assert.deepEqual(installedFiles.filter((path) => path.endsWith('.js') && !path.startsWith('node_modules')).sort(), [
      join('dist', 'app', 'referee', 'clerk-main.js'),
      ...['app', 'fixture', 'main', 'rolldown-runtime', 'server', 'shared'].map((name) => join('dist', 'cli', `${name}.js`)),
    ])
    const licenses = readFileSync(join(installed, 'dist', 'LICENSES.txt'), 'utf8')
    for (const name of ['kysely', 'typebox']) {
      assert.match(licenses, new RegExp(`^${name}$`, 'm'))
      assert.ok(!existsSync(join(folder, 'node_modules', name)), `${name} is inside and not beside`)
    }
    const types = readFileSync(join(folder, 'node_modules', '@countersign/sdk', 'dist', 'index.d.ts'), 'utf8')
    assert.match(types, /verifyAccessToken/)
  })

  test('to explain itself it loads three small files', () => {
    const list = join(folder, 'loaded')
    const env = { NODE_OPTIONS: `--import=${note}`, NOTE_LOADED: list }
    execFileSync(process.execPath, [program, 'completion', 'bash'], { cwd: folder, env })
    const loaded = readFileSync(list, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:') && !url.endsWith('/note-loaded.ts'))
    assert.deepEqual(loaded.map((url) => basename(url)).sort(), ['main.js', 'rolldown-runtime.js', 'shared.js'])
    const bytes = loaded.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0)
    assert.ok(bytes < 200_000, `${bytes} bytes`)
  })

  test(
    'makes a configuration, starts with its gateway, gives out a token that the SDK believes, and ends',
    { timeout: 120_000 },
    async () => {
      const [port, gatewayPort] = [await freePort(), await freePort()]
      const issuer = `http://localhost:${port}`
      const app = ['--app', `http://notes.localhost:${gatewayPort}=http://127.0.0.1:9`, '--gateway-listen', `localhost:${gatewayPort}`]
      const made = await run('init', '--issuer', issuer, ...app, '--json')
      assert.equal(made.code, 0, made.err)

      const child = spawn(process.execPath, [program, 'start', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: {} })
      after(() => child.kill('SIGKILL'))
      let said = ''
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      const ready = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
        void ended.then((code) => reject(new Error(`ended with ${String(code)}: ${said}`)))
      })
      assert.equal((JSON.parse(ready) as { readonly issuer: string }).issuer, issuer)

      const asked = [
        'clients',
        'create',
        'Reports',
        '--client-id',
        'reports',
        '--grant',
        'client_credentials',
        '--audience',
        'https://api.example',
      ]
      const created = await run(...asked, '--json')
      assert.equal(created.code, 0, created.err)
      const { secret } = JSON.parse(created.out) as { readonly secret: string }
      const { access_token: token = '' } = await exchange(
        issuer,
        { client_id: 'reports', client_secret: secret },
        { grant_type: 'client_credentials' },
      )

      writeFileSync(
        join(folder, 'verify.js'),
        `import { trustIssuer, verifyAccessToken } from '@countersign/sdk'
const [issuer, token] = process.argv.slice(2)
const { clientId } = await verifyAccessToken(token, { issuer: trustIssuer(issuer), audience: 'https://api.example' })
console.log(clientId)
`,
      )
      assert.equal(execFileSync(process.execPath, ['verify.js', issuer, token], { cwd: folder, encoding: 'utf8' }), 'reports\n')

      const toSignIn = await new Promise<string | undefined>((resolve, reject) => {
        const headers = { host: `notes.localhost:${gatewayPort}`, accept: 'text/html' }
        get({ host: '127.0.0.1', port: gatewayPort, path: '/', headers, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.headers.location)
        }).once('error', reject)
      })
      assert.ok(toSignIn?.startsWith(`${issuer}/authorize?`), String(toSignIn))

      child.kill('SIGTERM')
      assert.equal(await ended, 0)
      assert.equal(said, '')
    },
  )

  test('says in a sentence that the demo is in the repository', async () => {
    const demo = await run('start', '--demo', '--data', join(folder, 'demo'))
    assert.deepEqual(
      [demo.code, demo.out, demo.err],
      [4, '', 'The demo needs the repository, because the Notes app is part of it. Use countersign init here.\n'],
    )
    assert.ok(!existsSync(join(folder, 'demo')))
  })
})
