/** What is published, as somebody gets it: small, without dependencies, and the same on Node, an edge runtime and in a browser. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../../../../pack.ts'
import { missingBrowser, openBrowser } from '../../../server/test/browser.ts'

const mostBytes = 60_000

/** Decides with every part that could need something of its platform: 64 bits, extension types, templates, text and search. */
const decides = `
import { authorize, EntityStore, PolicySet, readEntities, readPolicies, readRequest, readSchema, readSchemaText } from './package/dist/index.js'

const schema = readSchema(readSchemaText(\`
  entity User in Team = { level: Long };
  entity Team;
  entity Note { owner: User };
  action read appliesTo { principal: User, resource: Note, context: { address: ipaddr, at: datetime } };
\`))
const texts = [
  'permit (principal in Team::"staff", action, resource) when { context.address.isInRange(ip("10.0.0.0/8")) };',
  'permit (principal, action, resource) when { resource.owner == principal && principal.level == 9223372036854775807 };',
  'forbid (principal, action, resource) when { context.at > datetime("2030-01-01") };',
]
const staticPolicies = Object.fromEntries(texts.map((text, at) => ['policy' + at, readPolicies(text)[0].json]))
const policies = PolicySet.fromJson({ staticPolicies })
const entities = new EntityStore()
const uid = (type, id) => ({ type, id })
entities.apply({
  put: readEntities(schema, [
    { uid: uid('Team', 'staff'), attrs: {}, parents: [] },
    { uid: uid('User', 'alice'), attrs: { level: 1 }, parents: [uid('Team', 'staff')] },
    { uid: uid('User', 'bob'), attrs: { level: 2 }, parents: [] },
    { uid: uid('Note', '1'), attrs: { owner: uid('User', 'bob') }, parents: [] },
  ]),
})
const ask = (principal, address, at) =>
  readRequest(schema, { principal: uid('User', principal), action: uid('Action', 'read'), resource: uid('Note', '1'), context: { address, at } })
export const decisions = [
  ask('alice', '10.1.2.3', '2026-01-01'),
  ask('alice', '11.1.2.3', '2026-01-01'),
  ask('alice', '10.1.2.3', '2031-01-01'),
  ask('bob', '10.1.2.3', '2026-01-01'),
].map((request) => authorize(policies, entities, request).decision)
`

const expected = ['allow', 'deny', 'deny', 'deny']

const deno = fileURLToPath(new URL(`../../../../node_modules/@deno/${process.platform}-${process.arch}-glibc/deno`, import.meta.url))
const missingDeno = existsSync(deno) ? false : `Deno is not on this machine: npm install @deno/${process.platform}-${process.arch}-glibc`

suite('the packed policy engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cedar-'))
  const published = (name: string): string => readFileSync(join(folder, 'package', name), 'utf8')
  let tarball = ''

  before(
    async () => {
      tarball = await pack('cedar', folder)
      execFileSync('tar', ['xzf', tarball, '-C', folder])
      writeFileSync(join(folder, 'decides.js'), decides)
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
      writeFileSync(join(folder, 'says.js'), "import { decisions } from './decides.js'\nconsole.log(JSON.stringify(decisions))\n")
    },
    { timeout: 120_000 },
  )
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is under 60 kB and needs nothing: no dependency, no import, nothing of Node', () => {
    assert.ok(statSync(tarball).size < mostBytes, `${statSync(tarball).size} bytes`)
    assert.deepEqual((JSON.parse(published('package.json')) as { dependencies: object }).dependencies, {})
    assert.doesNotMatch(published('dist/index.js'), /^\s*import\b|\bimport\(|\brequire\(|\bprocess\.|\bBuffer\b|\b__dirname\b/m)
  })

  test('brings the types of all that it exports', () => {
    const names = execFileSync(
      process.execPath,
      ['-e', "import('./package/dist/index.js').then((all) => console.log(Object.keys(all).join()))"],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    const types = published('dist/index.d.ts')
    for (const name of names.trim().split(',')) assert.match(types, new RegExp(`\\b${name}\\b`), name)
    const user = join(folder, 'user.ts')
    writeFileSync(
      user,
      "import { authorize, type Answer } from './package/dist/index.js'\nexport const answer: Answer['decision'] = authorize.length > 0 ? 'allow' : 'deny'\n",
    )
    const tsc = fileURLToPath(new URL('../../../../node_modules/.bin/tsc', import.meta.url))
    execFileSync(tsc, ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', '', user], {
      cwd: folder,
      stdio: 'pipe',
    })
  })

  test('decides on Node', () => {
    const said = execFileSync(process.execPath, ['says.js'], { cwd: folder, encoding: 'utf8' })
    assert.deepEqual(JSON.parse(said), expected)
  })

  test('decides on Deno, with nothing of the machine', { skip: missingDeno, timeout: 60_000 }, () => {
    const sandbox = ['--no-config', '--no-lock', '--no-remote', '--no-npm', '--no-check', '--no-prompt', '--cached-only']
    const said = execFileSync(deno, ['run', ...sandbox, 'says.js'], {
      cwd: folder,
      encoding: 'utf8',
      env: { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: '/nonexistent' },
    })
    assert.deepEqual(JSON.parse(said), expected)
  })

  test('decides in a browser', { skip: missingBrowser(), timeout: 120_000 }, async () => {
    const files: Readonly<Record<string, string>> = {
      '/': '<!doctype html><title>Decides</title>',
      '/decides.js': decides,
      '/package/dist/index.js': published('dist/index.js'),
    }
    const server = createServer(({ url = '' }, answer) => {
      answer.setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript')
      answer.setHeader('content-security-policy', "default-src 'self'")
      answer.end(files[url])
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const opened = await openBrowser()
    try {
      const page = await opened.browser.newPage()
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      const said = await page.evaluate("import('/decides.js').then(({ decisions }) => decisions)")
      assert.deepEqual(said, expected)
    } finally {
      await opened.close()
      server.close()
    }
  })
})
