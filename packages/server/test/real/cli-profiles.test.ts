/**
 * Signing in from the command line: the real program, a real server, and a
 * person who goes where the program sends the browser.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { goodPassword } from '../people.ts'
import { countersign, temporaryFolder } from '../product.ts'
import { startProduction } from '../production.ts'
import { runCommand, type Ran } from '../terminal.ts'
import { field, Visitor } from '../visitor.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const { issuer } = production.product

async function person(username: string, ...roles: readonly string[]): Promise<string> {
  const { id } = (await production.admin('POST', '/users', { username, password: goodPassword })) as { readonly id: string }
  for (const role of roles) await production.admin('PUT', `/users/${id}/roles/${role}`)
  return id
}

const auditor = await person('audra', 'auditor')

/** Goes through sign-in and consent, to where the answer is wanted, and brings it there. */
async function browse(visitor: Visitor, url: string, decision: 'allow' | 'deny' = 'allow', username = 'audra'): Promise<number> {
  let step = await visitor.get(url)
  for (let turn = 0; turn < 10; turn += 1) {
    if (step.location?.hostname === '127.0.0.1') return (await fetch(step.location)).status
    if (step.location !== undefined) step = await visitor.get(step.location)
    else if (step.text.includes('name="password"')) {
      step = await visitor.post('/sign-in', { state: field(step.text, 'state'), username, password: goodPassword })
    } else {
      assert.match(step.text, /Countersign command line/)
      assert.match(step.text, /Administer Countersign in your name/)
      step = await visitor.post('/consent', { state: field(step.text, 'state'), decision })
    }
    assert.ok(step.status < 400, step.text)
  }
  return assert.fail('the sign-in did not end')
}

interface Home {
  readonly file: string
  readonly lock: string
  readonly env: Record<string, string>
  /** Runs a command in this process. */
  run(...words: readonly string[]): Promise<Ran>
  /** Runs it in a process of its own. */
  spawn(...words: readonly string[]): ReturnType<typeof countersign>
  profiles(): Record<string, Record<string, unknown>>
}

/** A home of somebody, with no profile in it. */
function home(): Home {
  const folder = temporaryFolder('home')
  const env = { XDG_CONFIG_HOME: folder }
  const file = join(folder, 'countersign', 'profiles.json')
  return {
    file,
    lock: `${file}.lock`,
    env,
    run: async (...words) => {
      process.env['XDG_CONFIG_HOME'] = folder
      return runCommand(words)
    },
    spawn: async (...words) => countersign(words, '', env),
    profiles: () => (JSON.parse(readFileSync(file, 'utf8')) as { profiles: Record<string, Record<string, unknown>> }).profiles,
  }
}

/** Runs login; `url` is where it sends the browser. */
function signingIn(words: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const heard = { out: '', err: '' }
  let shown: (url: string) => void = () => {}
  const url = new Promise<string>((resolve) => (shown = resolve))
  child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => {
    heard.err += chunk.toString('utf8')
    const [, found] = /(http\S+\/authorize\S+)\n/.exec(heard.err) ?? []
    if (found !== undefined) shown(found)
  })
  const ended = new Promise<{ code: number | null; out: string; err: string; url: Promise<string> }>((resolve) =>
    child.once('close', (code) => {
      shown('')
      resolve({ code, ...heard, url })
    }),
  )
  return { url, ended, child }
}

async function signedIn(place: Home, ...words: readonly string[]): Promise<Visitor> {
  const { url, ended } = signingIn(['login', '--server', issuer, '--no-browser', ...words], place.env)
  const visitor = new Visitor(issuer)
  assert.equal(await browse(visitor, await url), 200)
  const { code, err } = await ended
  assert.equal(code, 0, err)
  return visitor
}

describe('login', () => {
  test('signs in with the browser; the token does what the roles allow, and the record says who did it', async () => {
    const mine = home()
    await signedIn(mine)
    assert.equal(statSync(mine.file).mode & 0o777, 0o600)
    assert.equal(statSync(join(mine.file, '..')).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(join(mine.file, '..')), ['profiles.json'])
    const listed = await mine.run('users', 'list', '--json')
    assert.equal(listed.code, 0, listed.err)
    assert.ok(listed.out.includes('audra'))
    const refused = await mine.run('users', 'create', 'mallory')
    assert.deepEqual([refused.code, refused.err], [6, 'Nothing allows auditors to create users. Owners may. (access.denied)\n'])
    const { items } = (await production.admin('GET', '/audit/events?what=request.refused')) as {
      readonly items: readonly { readonly actor: string; readonly facts?: Readonly<Record<string, unknown>> }[]
    }
    assert.ok(items.some(({ actor, facts }) => actor === `user ${auditor}` && facts?.['code'] === 'access.denied'))
  })

  test('opens the browser where there is one', async () => {
    const folder = temporaryFolder('browser')
    const opened = join(folder, 'opened')
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf %s "$1" > ${opened}\n`, { mode: 0o755 })
    const mine = home()
    const env = { ...mine.env, DISPLAY: ':0', PATH: `${folder}:${process.env['PATH'] ?? ''}` }
    const { url, ended } = signingIn(['login', '--server', issuer], env)
    const shown = await url
    for (let tries = 0; tries < 200 && !existsSync(opened); tries += 1) await new Promise((resolve) => setTimeout(resolve, 25))
    if (process.platform === 'linux') assert.equal(readFileSync(opened, 'utf8'), shown)
    await browse(new Visitor(issuer), shown)
    assert.equal((await ended).code, 0)
  })

  test('somebody who is signed in already is asked all the same: another program may use our name', async () => {
    const mine = home()
    const visitor = await signedIn(mine)
    const { url, ended } = signingIn(['login', '--server', issuer, '--no-browser'], mine.env)
    const asked = await visitor.get(await url)
    assert.equal(asked.location?.pathname, '/consent')
    await browse(visitor, await url, 'deny')
    const { code, err } = await ended
    assert.equal(code, 6)
    assert.match(err, /The sign-in was refused: .*\(login\.refused\)\n$/)
  })

  test('what knocks without the state of the sign-in changes nothing', async () => {
    const mine = home()
    const { url, ended } = signingIn(['login', '--server', issuer, '--no-browser'], mine.env)
    const asked = new URL(await url)
    const callback = asked.searchParams.get('redirect_uri') ?? ''
    for (const knock of ['', '?code=stolen', '?code=stolen&state=guess', `?state=${'a'.repeat(43)}&error=access_denied`]) {
      assert.equal((await fetch(`${callback}${knock}`)).status, 404)
    }
    await browse(new Visitor(issuer), asked.href)
    assert.equal((await ended).code, 0)
  })

  test('an answer of another server is refused', async () => {
    const { url, ended } = signingIn(['login', '--server', issuer, '--no-browser'], home().env)
    const asked = new URL(await url).searchParams
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.search = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: 'https://evil.example' }).toString()
    await fetch(back)
    const { code, err } = await ended
    assert.equal(code, 6)
    assert.match(err, /answer of another server/)
  })

  test('an address that is no server, and one without TLS, are each one sentence', async () => {
    const mine = home()
    const nobody = await mine.run('login', '--server', 'http://127.0.0.1:1')
    assert.deepEqual([nobody.code, nobody.err], [3, 'Nobody answers: is the server running? (server)\n'])
    const plain = await mine.run('login', '--server', 'http://id.example.com')
    assert.equal(plain.code, 4)
    const other = await mine.run('login', '--server', issuer.replace('localhost', '127.0.0.1'))
    assert.equal(other.code, 2)
    assert.match(other.err, /is not the address of a Countersign server/)
    assert.ok(!existsSync(mine.file))
  })
})

describe('a profile', () => {
  /** As if a quarter of an hour had passed. */
  const age = (place: Home): void => {
    const text = readFileSync(place.file, 'utf8')
    writeFileSync(place.file, text.replaceAll(/"expiresAtMs": \d+/g, '"expiresAtMs": 1'))
  }

  test('is renewed by itself, and by one command alone of those that run at once', async () => {
    const mine = home()
    await signedIn(mine)
    const before = mine.profiles()['default']
    age(mine)
    const ran = await Promise.all(Array.from({ length: 3 }, async () => mine.spawn('users', 'list', '--json')))
    for (const { code, err } of ran) assert.equal(code, 0, err)
    const renewed = mine.profiles()['default']
    assert.notEqual(renewed?.['refreshToken'], before?.['refreshToken'])
    // A token that was spent twice would have ended the family.
    age(mine)
    assert.equal((await mine.run('users', 'list')).code, 0)
    const { items } = (await production.admin('GET', '/audit/events?what=token.theft_suspected')) as { readonly items: readonly unknown[] }
    assert.deepEqual(items, [])
    assert.deepEqual(readdirSync(join(mine.file, '..')), ['profiles.json'])
  })

  test('whose access token the server does not accept any more is renewed too', async () => {
    const mine = home()
    await signedIn(mine)
    const token = String(mine.profiles()['default']?.['accessToken'])
    const revoked = await fetch(new URL('/revoke', issuer), {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: 'countersign-cli' }),
    })
    assert.equal(revoked.status, 200)
    assert.equal((await mine.run('users', 'list')).code, 0)
    assert.notEqual(mine.profiles()['default']?.['accessToken'], token)
  })

  test('of a session that was ended is over, and says how to go on', async () => {
    const mine = home()
    const visitor = await signedIn(mine)
    const { items } = (await production.admin('GET', `/sessions?user=${auditor}`)) as { readonly items: readonly { readonly id: string }[] }
    for (const { id } of items) await production.admin('DELETE', `/sessions/${id}`)
    assert.equal((await visitor.get('/signed-in')).status, 303)
    const over = await mine.run('users', 'list')
    assert.equal(over.code, 6)
    assert.match(over.err, /^The sign-in of profile "default" is over: sign in again with countersign login --profile default\./)
    // The profile still knows its server.
    const { url, ended } = signingIn(['login', '--profile', 'default', '--no-browser'], mine.env)
    await browse(new Visitor(issuer), await url)
    assert.equal((await ended).code, 0)
    assert.equal((await mine.run('users', 'list')).code, 0)
  })

  test('is chosen by name, by server, or as the current one', async () => {
    const mine = home()
    await signedIn(mine)
    await signedIn(mine, '--profile', 'second')
    const listed = await mine.run('profiles', 'list')
    assert.match(listed.out, /^ +name +server +kind +client +token until\n\* +default +\S+ +person +\S+ \S+Z\n +second +/)
    assert.doesNotMatch((await mine.run('profiles', 'list', '--json')).out, /oken"/)
    assert.equal((await mine.run('profiles', 'use', 'second')).code, 0)
    assert.equal((await mine.run('profiles', 'remove', 'default')).code, 0)
    assert.deepEqual(Object.keys(mine.profiles()), ['second'])
    assert.equal((await mine.run('users', 'list')).code, 0)
    assert.equal((await mine.run('users', 'list', '--server', issuer)).code, 0)
    assert.equal((await mine.run('users', 'list', '--profile', 'second')).code, 0)
    const unknown = await mine.run('users', 'list', '--profile', 'default')
    assert.equal(unknown.code, 2)
    assert.match(unknown.err, /^There is no profile "default"\./)
  })

  test('is taken back at the server by logout, and forgotten after that', async () => {
    const mine = home()
    await signedIn(mine)
    const { accessToken, refreshToken } = mine.profiles()['default'] ?? {}
    assert.equal((await mine.run('logout')).code, 0)
    assert.deepEqual(mine.profiles(), {})
    const withOld = await countersign(['users', 'list', '--server', issuer], '', { COUNTERSIGN_TOKEN: String(accessToken), ...mine.env })
    assert.equal(withOld.code, 6)
    const renewal = await fetch(new URL('/token', issuer), {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(refreshToken), client_id: 'countersign-cli' }),
    })
    assert.equal(renewal.status, 400)
  })

  test('is not forgotten when its server cannot be asked', async () => {
    const mine = home()
    await signedIn(mine)
    const text = readFileSync(mine.file, 'utf8').replaceAll(issuer, 'http://127.0.0.1:1')
    writeFileSync(mine.file, text)
    assert.equal((await mine.run('logout')).code, 3)
    assert.equal(readFileSync(mine.file, 'utf8'), text)
  })
})

describe('a file of profiles that cannot be used is one sentence, exit code 2, and stays as it is', () => {
  for (const row of [
    { says: 'half written', text: '{"version":1,"profiles":{"default":{"kind":"per' },
    { says: 'of a later version', text: '{"version":2,"profiles":{}}' },
    { says: 'whose current profile is not in it', text: '{"version":1,"current":"gone","profiles":{}}' },
    {
      says: 'with a profile that has no token',
      text: '{"version":1,"profiles":{"default":{"kind":"person","server":"https://id.example.com"}}}',
    },
    { says: 'open to others', text: '{"version":1,"profiles":{}}', mode: 0o644 },
  ]) {
    test(row.says, async () => {
      const mine = home()
      mkdirSync(join(mine.file, '..'), { recursive: true, mode: 0o700 })
      writeFileSync(mine.file, row.text, { mode: 0o600 })
      chmodSync(mine.file, row.mode ?? 0o600)
      for (const words of [['users', 'list'], ['profiles', 'list'], ['profiles', 'use', 'default'], ['logout']]) {
        const ran = await mine.run(...words)
        assert.equal(ran.code, 2, `${words.join(' ')}: ${ran.err}`)
        assert.match(ran.err, /^\/\S+profiles\.json [^\n]+\. See: countersign [^\n]+ --help\n$/)
        assert.equal(ran.out, '')
      }
      assert.equal(readFileSync(mine.file, 'utf8'), row.text)
      assert.deepEqual(readdirSync(join(mine.file, '..')), ['profiles.json'])
    })
  }

  test('a lock that a dead process left is taken away', async () => {
    const mine = home()
    await signedIn(mine)
    const dead = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => dead.once('close', resolve))
    writeFileSync(mine.lock, `${dead.pid} left\n`)
    assert.equal((await mine.run('profiles', 'use', 'default')).code, 0)
    assert.ok(!existsSync(mine.lock))
  })
})

describe('a token in a file', () => {
  test('is used, unless others can read it', async () => {
    const mine = home()
    await signedIn(mine)
    const file = join(temporaryFolder('token'), 'token')
    writeFileSync(file, `${String(mine.profiles()['default']?.['accessToken'])}\n`, { mode: 0o600 })
    const words = ['users', 'list', '--server', issuer, '--token-file', file]
    assert.equal((await home().run(...words)).code, 0)
    chmodSync(file, 0o640)
    const open = await home().run(...words)
    assert.deepEqual([open.code, open.out], [2, ''])
    assert.match(open.err, /is open to others: chmod 600 it/)
    const alone = await home().run('users', 'list', '--token-file', file)
    assert.equal(alone.code, 2)
  })

  test('two ways at once are refused', async () => {
    const both = await home().run('users', 'list', '--data', 'x', '--profile', 'y')
    assert.deepEqual([both.code, both.err], [2, 'Name one of --data, --server and --profile. See: countersign users list --help\n'])
  })
})
