/**
 * The command line where care is due: deleting asks, changing does not overwrite,
 * waiting shows, and shells complete. A terminal is a real one (a pty), where one
 * is needed.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commands } from '../../src/cli/run.ts'
import { missing } from '../parts.ts'
import { goodPassword } from '../people.ts'
import { temporaryFolder } from '../product.ts'
import { startProduction } from '../production.ts'
import { runCommand, type Ran } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const notes = fileURLToPath(new URL('../../../../examples/notes/policies', import.meta.url))
const production = await startProduction({ settings: { policies: { notes } } })
after(async () => production.product.stop('SIGKILL'))
const data = production.product.dataDir

const on = async (...words: readonly string[]): Promise<Ran> => runCommand([...words, '--data', data])

async function newUser(username: string): Promise<string> {
  const { id } = (await production.admin('POST', '/users', { username, password: goodPassword })) as { readonly id: string }
  return id
}

const isThere = async (id: string): Promise<boolean> => (await on('users', 'get', id)).code === 0

/** Runs the program at a terminal of its own, as somebody who types this once it says that. */
async function atTerminal(
  words: readonly string[],
  says: RegExp,
  types: string,
  env: Record<string, string> = {},
): Promise<{ code: number; shown: string }> {
  const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', quoted, '/dev/null'], { env: { PATH: process.env['PATH'] ?? '', ...env } })
  let shown = ''
  let typed = false
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8')
    if (typed || !says.test(shown)) return
    typed = true
    child.stdin.write(types)
  })
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  return { code, shown }
}

describe('deleting', () => {
  test('where nobody can be asked says what goes with it, and deletes nothing', async () => {
    const id = await newUser('dora')
    await new Visitor(production.product.issuer).post('/sign-in', { username: 'dora', password: goodPassword })
    await production.admin('PUT', `/users/${id}/roles/auditor`)
    const ran = await on('users', 'delete', id)
    assert.deepEqual([ran.code, ran.out], [2, ''])
    const lines = ran.err.split('\n')
    assert.deepEqual(lines, [
      `This deletes the user dora (${id}) at ${join(data, 'admin.sock')}.`,
      'Live sessions of theirs that end, with every token: 1.',
      'Roles that are held by one less: auditor.',
      'The key of their data is destroyed: no backup brings back what is sealed under it.',
      'Nobody is there to be asked, so nothing was deleted: add --yes to go on without. See: countersign users delete --help',
      '',
    ])
    assert.ok(await isThere(id))
    assert.equal((await on('users', 'delete', id, '--yes')).code, 0)
    assert.ok(!(await isThere(id)))
  })

  test('at a terminal asks, and takes nothing but yes for a yes', { skip: missing('script') }, async () => {
    const id = await newUser('dave')
    const words = ['users', 'delete', id, '--data', data]
    const no = await atTerminal(words, /Type yes/, 'y\n')
    assert.equal(no.code, 1)
    assert.match(no.shown, /Nothing was deleted\./)
    assert.ok(await isThere(id))
    const yes = await atTerminal(words, /Type yes/, 'yes\n')
    assert.equal(yes.code, 0, yes.shown)
    assert.match(yes.shown, /The user is gone\./)
    assert.ok(!(await isThere(id)))
  })

  test('tells beforehand what the server would refuse, and does not ask', async () => {
    const id = await newUser('last-owner')
    await production.admin('PUT', `/users/${id}/roles/owner`)
    const ran = await on('users', 'delete', id)
    assert.equal(ran.code, 1)
    assert.match(ran.err, /The server would refuse it as things are: identity\.last_holder\. Nothing was deleted\.\n$/)
  })

  test('a client says who can not come back any more', async () => {
    const made = (await production.admin('POST', '/clients', {
      name: 'Ledger',
      kind: 'public',
      redirectUris: ['https://ledger.example/cb'],
      grantTypes: ['authorization_code'],
    })) as { readonly client: { readonly id: string } }
    const ran = await on('clients', 'delete', made.client.id)
    assert.equal(ran.code, 2)
    assert.match(ran.err, /People come back to: https:\/\/ledger\.example\/cb\./)
  })

  test('what is not there is refused before anybody is asked', async () => {
    const ran = await on('users', 'delete', `usr_${'0'.repeat(22)}`)
    assert.deepEqual([ran.code, ran.err], [1, 'There is nothing here by that id. (admin.not_found)\n'])
  })
})

/** Something that answers as the API does where versions are kept, and may be slow. */
async function pretendApi(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const tokenFile = join(temporaryFolder('care'), 'token')
writeFileSync(tokenFile, 'token\n', { mode: 0o600 })

describe('changing', () => {
  const user = { id: 'usr_1', username: 'carol', state: 'active', roles: [] }

  test('changes what was read, and says so when somebody was faster', async () => {
    const seen: string[] = []
    let version = '"1"'
    const server = await pretendApi((request, response) => {
      seen.push(`${request.method} ${request.headers['if-match'] ?? ''}`.trim())
      const isStale = request.method === 'PATCH' && request.headers['if-match'] !== '"1"'
      response.writeHead(isStale ? 412 : 200, { 'content-type': 'application/json', etag: version })
      response.end(JSON.stringify(isStale ? { code: 'admin.changed', detail: 'It was changed.' } : user))
    })
    const words = ['users', 'update', 'usr_1', '--state', 'disabled', '--server', server, '--token-file', tokenFile]
    assert.equal((await runCommand(words)).code, 0)
    assert.deepEqual(seen, ['GET', 'PATCH "1"', 'GET'])
    version = '"2"'
    const late = await runCommand(words)
    assert.deepEqual(
      [late.code, late.out, late.err],
      [8, '', 'Somebody else changed the user meanwhile, so nothing was changed. Look at it and try again. (admin.changed)\n'],
    )
  })

  test('nothing is not a change', async () => {
    const ran = await on('users', 'update', 'usr_1')
    assert.equal(ran.code, 2)
    assert.match(ran.err, /^users update needs to be told what to change\./)
  })

  test('what exists already is a conflict, with an exit code of its own', async () => {
    await newUser('twice')
    const again = await on('users', 'create', 'twice')
    assert.equal(again.code, 7)
    assert.match(again.err, /\(identity\.username_taken\)\n$/)
  })
})

describe('lists', () => {
  test('all pages as one', async () => {
    for (const name of ['all-a', 'all-b', 'all-c']) await newUser(name)
    const { items, next } = JSON.parse((await on('users', 'list', '--prefix', 'all-', '--limit', '2', '--all', '--json')).out) as {
      readonly items: readonly { readonly username: string }[]
      readonly next?: string
    }
    assert.deepEqual([items.map(({ username }) => username).sort(), next], [['all-a', 'all-b', 'all-c'], undefined])
  })

  test('every event is exported once, as a line of JSON', async () => {
    const ran = await on('audit', 'export', '--what', 'user.created')
    assert.equal(ran.code, 0, ran.err)
    const events = ran.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly what: string; readonly about: string })
    assert.ok(events.length >= 3 && events.every(({ what }) => what === 'user.created'))
    assert.equal(new Set(events.map(({ about }) => about)).size, events.length)
    const found = await on('audit', 'search', '--about', events[0]?.about ?? '')
    assert.match(found.out, /user\.created/)
  })

  test('policies are read again', async () => {
    const ran = await on('policies', 'reload')
    assert.equal(ran.code, 0, ran.err)
    assert.match(ran.out, /^store +digest\n(\S+ +\S+\n){2}$/)
  })
})

describe('policies and keys', () => {
  const copies = temporaryFolder('policies')
  const filesWith = (more: string): readonly string[] => {
    cpSync(notes, copies, { recursive: true })
    writeFileSync(join(copies, 'more.cedar'), more)
    return readdirSync(copies).map((name) => join(copies, name))
  }
  const digest = async (): Promise<string> => {
    const { items } = JSON.parse((await on('policies', 'list', '--json')).out) as {
      readonly items: readonly { readonly store: string; readonly digest: string }[]
    }
    return items.find(({ store }) => store === 'notes')?.digest ?? ''
  }

  test('are activated, told by their versions, rolled back and given back to their folder', async () => {
    const before = await digest()
    const more = filesWith('@id("more")\npermit(principal in Countersign::Role::"reader", action == Notes::Action::"read", resource);\n')
    const activated = await on('policies', 'activate', 'notes', ...more)
    assert.equal(activated.code, 0, activated.err)
    const after = await digest()
    assert.notEqual(after, before)
    assert.match((await on('policies', 'get', 'notes')).out, /Role::"reader"/)
    assert.match((await on('policies', 'versions', 'notes')).out, new RegExp(`\\* +${after} .*\\n +${before} `))
    assert.equal((await on('policies', 'rollback', 'notes', before)).code, 0)
    assert.equal(await digest(), before)
    const released = await on('policies', 'release', 'notes')
    assert.equal(released.code, 0, released.err)
  })

  test('with a mistake are told line by line, and nothing is activated', async () => {
    const before = await digest()
    const ran = await on('policies', 'activate', 'notes', ...filesWith('\npermit(principal,\n'))
    assert.equal(ran.code, 5, ran.err)
    assert.match(ran.out, /^more\.cedar:\d+/m)
    assert.equal(ran.err, 'Nothing was activated: the policies have mistakes.\n')
    assert.equal(await digest(), before)
  })

  test('of a store that is kept in its folder alone are a conflict, and a store that is not there is refused', async () => {
    const own = await on('policies', 'activate', 'countersign', ...filesWith(''))
    assert.match(own.err, /\(policies\.folder_only\)\n$/)
    assert.equal(own.code, 7)
    assert.equal((await on('policies', 'get', 'nowhere')).code, 1)
  })

  test('keys are listed, and rotated when the next one has been published for long enough', async () => {
    const listed = await on('keys', 'list')
    assert.match(listed.out, /^purpose +key id +algorithm +state +since/)
    assert.match(listed.out, /access-token +\S+ +ES256 +active +\d{4}-/)
    const rotated = await on('keys', 'rotate', 'access-token')
    assert.equal(rotated.code, 0, rotated.err)
    assert.match(rotated.out, /access-token +\S+ +ES256 +retired/)
    const early = await on('keys', 'rotate', 'access-token')
    assert.match(early.err, /\(keys\.rotated_too_recently\)\n$/)
    assert.equal((await on('keys', 'rotate', 'nothing')).code, 1)
  })
})

describe('waiting', () => {
  const slow = async (): Promise<string> =>
    pretendApi((_request, response) => {
      setTimeout(() => response.end(JSON.stringify({ items: [] })), 2_500)
    })

  test('shows at a terminal after a second, and is gone when the answer is there', { skip: missing('script') }, async () => {
    const server = await slow()
    const { code, shown } = await atTerminal(['users', 'list', '--server', server], /never/, '', { COUNTERSIGN_TOKEN: 'token' })
    assert.equal(code, 0, shown)
    assert.match(shown, /Waiting for http:\/\/127\.0\.0\.1:\d+, 1 s/)
    assert.ok(shown.includes('\r\u001b[Kid  user name'), shown)
  })

  test('shows nothing to a script', async () => {
    const ran = await runCommand(['users', 'list', '--server', await slow(), '--token-file', tokenFile])
    assert.deepEqual([ran.code, ran.err], [0, 'There are none.\n'])
  })
})

describe('completion', async () => {
  const folder = temporaryFolder('completion')
  const scriptOf = async (shell: string): Promise<string> => {
    const ran = await runCommand(['completion', shell])
    assert.equal(ran.code, 0, ran.err)
    const file = join(folder, `countersign.${shell}`)
    writeFileSync(file, ran.out)
    return file
  }
  const firsts = [...new Set(commands.filter(({ isOurs }) => isOurs !== true).map(({ name }) => name.split(' ')[0] ?? ''))].sort()

  /** For each shell, how it is asked what may follow. */
  const asking: Readonly<Record<string, (file: string, words: readonly string[]) => string>> = {
    bash: (file, words) =>
      execFileSync('bash', [
        '--norc',
        '-c',
        `source ${file}; COMP_WORDS=(countersign ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _countersign; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ]).toString(),
    zsh: (file, words) =>
      execFileSync('zsh', [
        '-f',
        '-c',
        // What the completion system would do with the words is left out; what it is given is looked at.
        `compdef() { :; }; _files() { :; }; compadd() { shift; print -l -- "$@"; }; source ${file}; words=(countersign ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _countersign`,
      ]).toString(),
    fish: (file, words) =>
      execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C "countersign ${words.join(' ')}" | string split -f1 \\t`], {
        env: { ...process.env, HOME: folder },
      }).toString(),
  }

  for (const [shell, ask] of Object.entries(asking)) {
    describe(shell, { skip: missing(shell) }, () => {
      const next = async (...words: readonly string[]): Promise<readonly string[]> => {
        const typed = words.at(-1) ?? ''
        const all = ask(await scriptOf(shell), words).split('\n')
        return all
          .map((word) => word.trim())
          .filter((word) => word !== '' && word.startsWith(typed))
          .sort()
      }
      test('knows every command', async () => assert.deepEqual(await next(''), firsts))
      test('and what comes after it', async () => {
        assert.deepEqual(await next('users', ''), ['create', 'delete', 'get', 'list', 'sign-out', 'update'])
        assert.deepEqual(await next('groups', 'members', ''), ['add', 'list', 'remove'])
        assert.deepEqual(await next('profiles', 'r'), ['remove'])
      })
      test('and its options', async () => {
        assert.deepEqual(await next('users', 'delete', '--'), [
          '--data',
          '--help',
          '--json',
          '--profile',
          '--server',
          '--token-file',
          '--yes',
        ])
        assert.deepEqual(await next('sessions', 'list', '--us'), ['--user'])
      })
      test('and the values of an option that is one of a few', async () => {
        assert.deepEqual(await next('users', 'list', '--state', ''), ['active', 'disabled'])
        assert.deepEqual(await next('users', 'list', '--all', '--state', 'd'), ['disabled'])
      })
    })
  }

  test('a shell that nobody knows is refused', async () => {
    const ran = await runCommand(['completion', 'toString'])
    assert.deepEqual([ran.code, ran.out], [2, ''])
  })
})
