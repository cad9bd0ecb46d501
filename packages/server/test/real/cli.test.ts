/**
 * The command line against a running server: over the Unix socket as the owner
 * of the machine, and over HTTP with a token.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { goodPassword } from '../people.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'
import { commandsOn, itemsOf, runCommand, type Ran, type Row } from '../terminal.ts'
import { exchange, Visitor } from '../visitor.ts'

const folder = temporaryFolder('cli')
const port = await freePort()
const issuer = `http://localhost:${port}`
const made = await runCommand(['init', '--issuer', issuer, '--folder', folder])
assert.equal(made.code, 0, made.err)
const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
after(async () => product.stop('SIGKILL'))
const data = join(folder, 'data')

const { on, json } = commandsOn(data)

describe('over the socket', () => {
  test('users: create with a password from standard input, list, get, update, delete', async () => {
    const typed = [
      'users',
      'create',
      'carol',
      '--name',
      'Carol Danvers',
      '--email',
      'carol@example.com',
      '--role',
      'editor',
      '--role',
      'viewer',
    ]
    const created = await runCommand([...typed, '--password-stdin', '--data', data, '--json'], `${goodPassword}\r\nnext line\n`)
    assert.equal(created.code, 0, created.err)
    const carol = JSON.parse(created.out) as Row
    assert.deepEqual([carol['username'], carol['name'], carol['roles']], ['carol', 'Carol Danvers', ['editor', 'viewer']])
    const id = String(carol['id'])
    assert.equal((await new Visitor(issuer).post('/sign-in', { username: 'carol', password: goodPassword })).status, 303)

    assert.deepEqual(await json('users', 'get', id), carol)
    const shown = await on('users', 'list', '--prefix', 'car')
    assert.match(shown.out, new RegExp(`^id +user name +name +state +roles\\n${id}  carol +Carol Danvers  active  editor, viewer\\n$`))

    const updated = await json('users', 'update', id, '--assign', 'auditor', '--withdraw', 'editor', '--state', 'disabled')
    assert.deepEqual([updated['roles'], updated['state']], [['auditor', 'viewer'], 'disabled'])
    assert.equal((await new Visitor(issuer).post('/sign-in', { username: 'carol', password: goodPassword })).status, 401)
    await json('users', 'update', id, '--state', 'active')
    const changed = await runCommand(['users', 'update', id, '--password-stdin', '--data', data], 'eleven quiet lanterns\n')
    assert.equal(changed.code, 0, changed.err)
    assert.equal((await new Visitor(issuer).post('/sign-in', { username: 'carol', password: 'eleven quiet lanterns' })).status, 303)

    const deleted = await on('users', 'delete', id, '--yes')
    assert.deepEqual([deleted.code, deleted.out], [0, 'The user is gone.\n'])
    const again = await on('users', 'get', id)
    assert.deepEqual([again.code, again.err], [1, 'There is nothing here by that id. (admin.not_found)\n'])
  })

  test('a list goes on where an earlier page said', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await json('users', 'create', name)
    const first = await on('users', 'list', '--limit', '2')
    const [, cursor = ''] = /^More: --cursor (\S+)\n$/.exec(first.err) ?? []
    assert.match(cursor, /^p1\./)
    const second = await json('users', 'list', '--limit', '2', '--cursor', cursor)
    assert.ok(itemsOf(second).length > 0)
    assert.ok(!itemsOf(second).some(({ id }) => first.out.includes(String(id))))
  })

  test('clients: create, list, get, roles, delete; the secret works and is shown once', async () => {
    const asked = ['clients', 'create', 'Ledger', '--client-id', 'ledger', '--grant', 'client_credentials', '--scope', 'ledger:read']
    const { client, secret } = (await json(...asked, '--audience', 'https://ledger.example')) as {
      readonly client: Row
      readonly secret: string
    }
    assert.equal((await exchange(issuer, { client_id: 'ledger', client_secret: secret }, { grant_type: 'client_credentials' })).status, 200)
    const id = String(client['id'])
    assert.deepEqual(await json('clients', 'get', id), client)
    assert.ok(!JSON.stringify(await json('clients', 'list')).includes(secret))
    assert.deepEqual((await json('clients', 'update', id, '--assign', 'auditor'))['roles'], ['auditor'])
    assert.equal((await on('clients', 'delete', id, '--yes')).out, 'The client is gone.\n')
    assert.equal((await exchange(issuer, { client_id: 'ledger', client_secret: secret }, { grant_type: 'client_credentials' })).status, 401)
    const page = await on('clients', 'create', 'Phone', '--public', '--redirect-uri', 'com.example.phone:/cb')
    assert.equal(page.code, 0, page.err)
    assert.doesNotMatch(page.out, /secret/)
  })

  test('sessions: list, of one user, end', async () => {
    const person = await runCommand(['users', 'create', 'sam', '--password-stdin', '--data', data, '--json'], `${goodPassword}\n`)
    const { id } = JSON.parse(person.out) as Row
    const visitor = new Visitor(issuer)
    await visitor.post('/sign-in', { username: 'sam', password: goodPassword })
    const [session] = itemsOf(await json('sessions', 'list', '--user', String(id)))
    assert.equal(session?.['username'], 'sam')
    assert.match(
      (await on('sessions', 'list')).out,
      /^id +user +device +began +ends\n(.*\n)*ses_\S+ +sam +.* \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/,
    )
    const ended = await on('sessions', 'end', String(session?.['id']))
    assert.equal(ended.code, 0, ended.err)
    assert.equal((await visitor.get('/signed-in')).status, 303)
    assert.equal((await on('sessions', 'end', String(session?.['id']))).code, 1)
  })

  test('audit: list, tail from a place, checkpoint, verify', async () => {
    const { place } = await json('audit', 'tail')
    await json('users', 'create', 'tailed')
    const tail = await on('audit', 'tail', '--from', String(place), '--json')
    assert.ok(itemsOf(JSON.parse(tail.out) as Row).some(({ what }) => what === 'user.created'))
    const listed = await on('audit', 'list', '--what', 'user.created', '--limit', '1')
    assert.match(
      listed.out,
      /^time +outcome +what +about +who +in clear +request\n\S+ \S+Z  done +user\.created +usr_\S+ +machine-owner machine-owner +req_\S+\n$/,
    )

    const checkpoint = await on('audit', 'checkpoint')
    const file = join(folder, 'checkpoint.txt')
    writeFileSync(file, checkpoint.out)
    await json('users', 'create', 'later')
    const verified = await on('audit', 'verify', '--checkpoint', file)
    assert.equal(verified.code, 0, verified.out)
    assert.match(verified.out, /^The record is whole: \d+ events, \d+ of them under a signed checkpoint\.\n$/)
  })

  test('audit search finds by who did it, how it ended, the request and the time', async () => {
    const { id } = await json('users', 'create', 'sought')
    const about = itemsOf(await json('audit', 'search', '--about', String(id), '--since', '1h'))
    assert.deepEqual(
      about.map(({ what, actor, outcome }) => [what, actor, outcome]),
      [['user.created', 'machine-owner machine-owner', 'done']],
    )
    const request = String(about[0]?.['request'])
    assert.ok(itemsOf(await json('audit', 'search', '--request', request)).every((event) => event['request'] === request))
    assert.deepEqual(itemsOf(await json('audit', 'search', '--about', String(id), '--until', '1h')), [])
    assert.deepEqual(itemsOf(await json('audit', 'search', '--about', String(id), '--outcome', 'refused')), [])
    const never = await on('audit', 'search', '--since', 'tomorrow')
    assert.deepEqual([never.code, never.out], [2, ''])
    assert.match(never.err, /^--since must be a moment like .*, and "tomorrow" is neither\. See/)
  })

  test('audit verify finds a checkpoint that this log never signed, with exit code 5', async () => {
    const [origin, size, root = '', ...rest] = (await on('audit', 'checkpoint')).out.split('\n')
    const file = join(folder, 'forged.txt')
    writeFileSync(file, [origin, size, `${root.startsWith('A') ? 'B' : 'A'}${root.slice(1)}`, ...rest].join('\n'))
    const found = await on('audit', 'verify', '--checkpoint', file)
    assert.equal(found.code, 5)
    assert.match(found.out, /\nThe record has been changed\.\n$/)
  })

  test('what is refused ends with 1 and the server’s own sentence', async () => {
    const refused = await on('users', 'create', 'a b')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /^A user name has 1 to 64 .*\(identity\.bad_username\)\n$/)
    assert.equal(refused.out, '')
  })

  test('what the server cannot read is told with its name', async () => {
    for (const { words, err } of [
      { words: ['users', 'list', '--limit', '0'], err: 'limit is not of the form that it must have' },
      { words: ['users', 'list', '--prefix', 'c'], err: 'prefix is too short' },
      { words: ['sessions', 'end', 'ses_x'], err: 'session is not of the form that it must have' },
    ]) {
      const ran = await on(...words)
      assert.deepEqual([ran.code, ran.err], [1, `The request could not be read: ${err}. (request.malformed)\n`])
    }
  })

  test('an empty list says so, and not to a script', async () => {
    const none = await on('users', 'list', '--prefix', 'nobody-at-all')
    assert.deepEqual([none.out.split('\n').length, none.err], [2, 'There are none.\n'])
    assert.deepEqual(await json('users', 'list', '--prefix', 'nobody-at-all'), { items: [] })
  })

  test('the socket is for the owner alone, and there is nothing else to enter by', () => {
    assert.equal(statSync(join(data, 'admin.sock')).mode & 0o777, 0o600)
    assert.equal(statSync(data).mode & 0o777, 0o700)
  })
})

describe('over HTTP with a token', () => {
  const withToken = async (
    token: string,
    ...words: readonly string[]
  ): Promise<Pick<Ran, 'out' | 'err'> & { readonly code: number | null }> =>
    countersign([...words, '--server', issuer], '', token === '' ? {} : { COUNTERSIGN_TOKEN: token })

  async function tokenOf(name: string, ...roles: readonly string[]): Promise<string> {
    const asked = ['clients', 'create', name, '--client-id', name, '--grant', 'client_credentials', '--audience', `${issuer}/admin`]
    const { client, secret } = (await json(...asked)) as { readonly client: Row; readonly secret: string }
    for (const role of roles) await json('clients', 'update', String(client['id']), '--assign', role)
    const answer = await exchange(issuer, { client_id: name, client_secret: secret }, { grant_type: 'client_credentials' })
    return answer.access_token ?? ''
  }

  test('the same commands do the same, within what the roles allow', async () => {
    const token = await tokenOf('remote', 'auditor')
    const listed = await withToken(token, 'users', 'list', '--json')
    assert.equal(listed.code, 0, listed.err)
    assert.deepEqual(JSON.parse(listed.out), await json('users', 'list'))
    const refused = await withToken(token, 'users', 'create', 'mallory')
    assert.deepEqual([refused.code, refused.err], [6, 'Nothing allows auditors to create users. Owners may. (access.denied)\n'])
  })

  test('a bad token, none, and an address without TLS are each said in a sentence', async () => {
    const bad = await withToken('at.bad.token', 'users', 'list')
    assert.deepEqual([bad.code, bad.err], [6, 'The access token is not valid, or no longer. (token.not_valid)\n'])
    const none = await withToken('', 'users', 'list')
    assert.equal(none.code, 4)
    assert.match(
      none.err,
      /^http\S+ asks who you are: sign in with countersign login --server URL, or give an access token in COUNTERSIGN_TOKEN/,
    )
    const plain = await runCommand(['users', 'list', '--server', 'http://id.example.test'])
    assert.deepEqual([plain.code, plain.err], [4, '--server must be an https address, or http on loopback.\n'])
  })
})

describe('when something is wrong', () => {
  test('no server: exit code 3 and one sentence', async () => {
    for (const words of [
      ['users', 'list', '--data', join(folder, 'nowhere')],
      ['audit', 'verify', '--data', join(folder, 'nowhere')],
    ]) {
      const ran = await countersign(words)
      assert.deepEqual([ran.code, ran.out, ran.err], [3, '', 'Nobody answers: is the server running? (server)\n'])
    }
  })

  test('a gateway that no server started says so', async () => {
    for (const input of ['', 'hello\n', '{"version":2}\n']) {
      const ran = await countersign(['gateway'], input)
      assert.equal(ran.code, 4)
      assert.match(ran.err, /^The gateway is started by the server, .* Use countersign start\.\n$/)
    }
  })

  test('something else answers: it is not believed', async () => {
    const other = createServer((_request, response) => response.end('<html>'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    after(() => other.close())
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const ran = await countersign(['users', 'list', '--server', `http://127.0.0.1:${address.port}`], '', { COUNTERSIGN_TOKEN: 'x' })
    assert.equal(ran.code, 3)
  })

  test('what others wrote does not steer the terminal', async () => {
    const other = createServer((_request, response) => {
      const name = 'a\u001b[2J\u009b1m\u202eb\nc\td'
      response.end(JSON.stringify({ items: [{ id: 'usr_1', username: name, name, state: 'active', roles: [] }] }))
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    after(() => other.close())
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const ran = await countersign(['users', 'list', '--server', `http://127.0.0.1:${address.port}`], '', { COUNTERSIGN_TOKEN: 'x' })
    assert.equal(ran.code, 0, ran.err)
    assert.equal(ran.out.split('\n').length, 3)
    assert.doesNotMatch(ran.out.replaceAll('\n', ''), /[\p{Cc}\u202e]/u)
  })

  for (const row of [
    {
      says: 'an unknown command',
      words: ['frobnicate'],
      err: /^There is no command "frobnicate"\. countersign --help lists them all\.\n$/,
    },
    { says: 'half a command', words: ['users'], err: /^Usage: countersign users COMMAND .*\n\n {2}list +Lists users\.\n/ },
    { says: 'a slip', words: ['usres', 'lst'], err: /^There is no command "usres lst"\. Did you mean countersign users list\?\n$/ },
    { says: 'a word of another command line', words: ['users', 'rm'], err: /Did you mean countersign users delete\?\n$/ },
    {
      says: 'an unknown option',
      words: ['users', 'list', '--frob'],
      err: /^There is no option --frob\. See: countersign users list --help\n$/,
    },
    {
      says: 'a slip in an option',
      words: ['users', 'list', '--prefx', 'ca'],
      err: /^There is no option --prefx; did you mean --prefix\? See: countersign users list --help\n$/,
    },
    {
      says: 'an option without its value',
      words: ['users', 'list', '--limit'],
      err: /^--limit needs a value: --limit N\. See: countersign users list --help\n$/,
    },
    {
      says: 'an option whose value is another option',
      words: ['users', 'list', '--prefix', '--all'],
      err: /^--prefix needs a value: --prefix TEXT\. See/,
    },
    {
      says: 'a value that is none of those',
      words: ['users', 'list', '--state', 'disbled'],
      err: /^--state is active or disabled, and not "disbled"; did you mean disabled\? See/,
    },
    { says: 'a flag with a value', words: ['users', 'list', '--all=yes'], err: /^--all takes no value\. See/ },
    { says: 'too few words', words: ['users', 'get'], err: /^users get needs ID\|USERNAME\. See/ },
    { says: 'too many words', words: ['users', 'get', 'a', 'b'], err: /^users get does not take "b"\. See/ },
    { says: 'a port that is none', words: ['start', '--demo', '--port', '65536'], err: /^--port must be a port between 0 and 65535\. See/ },
    {
      says: 'a file that is not there',
      words: ['policy', 'check', 'nowhere.cedar'],
      err: /^nowhere\.cedar cannot be read \(ENOENT\)\. See/,
    },
  ]) {
    test(`${row.says} ends with 2`, async () => {
      const ran = await runCommand(row.words)
      assert.equal(ran.code, 2)
      assert.match(ran.err, row.err)
      assert.equal(ran.out, '')
    })
  }
})

describe('policy check', () => {
  const example = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
  const own = fileURLToPath(new URL('../../policies/countersign', import.meta.url))
  const filesIn = (path: string): readonly string[] => readdirSync(path).map((name) => join(path, name))

  test('good files are right', async () => {
    for (const path of [example, own]) {
      const ran = await runCommand(['policy', 'check', ...filesIn(path)])
      assert.deepEqual([ran.code, ran.out, ran.err], [0, 'All 3 files are right.\n', ''])
    }
  })

  test('a mistake is said with its file, line and column, and ends with 5', async () => {
    const spoilt = join(folder, 'notes')
    cpSync(example, spoilt, { recursive: true })
    const file = join(spoilt, 'notes.cedar')
    writeFileSync(file, readFileSync(file, 'utf8').replace('Action::"write"', 'Action::"wirte"'))
    const ran = await runCommand(['policy', 'check', ...filesIn(spoilt)])
    assert.equal(ran.code, 5)
    assert.match(ran.out, new RegExp(`^${file}:\\d+:\\d+ .*wirte`, 'm'))
    const { mistakes } = JSON.parse((await runCommand(['policy', 'check', ...filesIn(spoilt), '--json'])).out) as {
      readonly mistakes: readonly Row[]
    }
    assert.ok(mistakes.some(({ file: named, line }) => named === file && Number(line) > 1))
  })
})

test('a data directory that others may enter has no socket', async () => {
  const open = temporaryFolder('open')
  cpSync(join(folder, 'countersign.yaml'), join(open, 'countersign.yaml'))
  cpSync(join(folder, 'root.key'), join(open, 'root.key'))
  mkdirSync(join(open, 'data'))
  chmodSync(join(open, 'data'), 0o755)
  const refused = await runCommand(['start', '--config', join(open, 'countersign.yaml'), '--server-only'])
  assert.equal(refused.code, 4)
  assert.ok(!existsSync(join(open, 'data', 'admin.sock')))
})

test('a link in the place of the socket is not followed', async () => {
  const other = join(folder, 'elsewhere')
  mkdirSync(other, { mode: 0o700 })
  symlinkSync('/dev/null', join(other, 'admin.sock'))
  assert.equal((await runCommand(['users', 'list', '--data', other])).code, 3)
})
