/** Users at the command line, against a running server: what they are called, changed as it was read. @module */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { goodPassword } from '../people.ts'
import { startProduction } from '../production.ts'
import { commandsOn, runCommand, type Row } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const { issuer, dataDir: data } = production.product

const { on, json } = commandsOn(data)

test('is called otherwise, signs in by the new name and not by the old one, and loses what is taken away', async () => {
  const made = await runCommand(
    ['users', 'create', 'carol', '--name', 'Carol', '--email', 'carol@example.com', '--password-stdin', '--data', data, '--json'],
    `${goodPassword}\n`,
  )
  const { id } = JSON.parse(made.out) as { readonly id: string }
  const named = await json('users', 'update', id, '--username', 'cdanvers', '--name', 'Carol Danvers')
  assert.deepEqual([named['username'], named['name'], named['email']], ['cdanvers', 'Carol Danvers', 'carol@example.com'])
  const signIn = async (username: string): Promise<number> =>
    (await new Visitor(issuer).post('/sign-in', { username, password: goodPassword })).status
  assert.deepEqual([await signIn('carol'), await signIn('cdanvers')], [401, 303])
  const bare = await json('users', 'update', id, '--no-email', '--no-name')
  assert.deepEqual([bare['name'], bare['email'], bare['username']], [undefined, undefined, 'cdanvers'])
})

test('a name that somebody has is a conflict, and one that is none is refused', async () => {
  const { id } = (await json('users', 'create', 'dora')) as { readonly id: string }
  await json('users', 'create', 'dave')
  assert.equal((await on('users', 'update', id, '--username', 'dave')).code, 7)
  assert.equal((await on('users', 'update', id, '--username', 'a b')).code, 1)
  const both = await on('users', 'update', id, '--email', 'd@example.com', '--no-email')
  assert.deepEqual([both.code, both.err.split('. See')[0]], [2, '--email and --no-email contradict each other'])
  assert.equal((await json('users', 'get', id))['username'], 'dora')
})

test('of several who change one user at once each is in, or is told with 8', async () => {
  const { id } = (await json('users', 'create', 'race')) as { readonly id: string }
  const ran = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => on('users', 'update', id, '--name', name, '--json')))
  const codes = ran.map(({ code }) => code)
  assert.ok(codes.includes(0) && codes.includes(8) && codes.every((code) => code === 0 || code === 8), codes.join(' '))
})

test('is found by the user name, whole, wherever an id is taken', async () => {
  const { id } = (await json('users', 'create', 'erin', '--role', 'auditor')) as { readonly id: string }
  await json('users', 'create', 'erin2')
  assert.equal((await json('users', 'get', 'erin'))['id'], id)
  assert.equal((await json('users', 'update', 'erin', '--name', 'Erin'))['name'], 'Erin')
  const part = await on('users', 'get', 'eri')
  assert.deepEqual([part.code, part.out, part.err], [1, '', 'There is no user "eri". (admin.not_found)\n'])
  const letter = await on('users', 'delete', 'e', '--yes')
  assert.deepEqual([letter.code, letter.err.split('. See')[0]], [2, '"e" cannot be looked up as the name of a user; give its id'])
  const asked = await on('users', 'delete', 'erin')
  assert.match(asked.err, new RegExp(`^This deletes the user erin \\(${id}\\) at `))
  assert.equal((await on('users', 'delete', 'erin', '--yes')).code, 0)
  assert.equal((await on('users', 'get', id)).code, 1)
  assert.equal((await on('users', 'get', 'erin2')).code, 0)
})

test('groups, their members and clients are found by name as well', async () => {
  const { id } = (await json('users', 'create', 'fay')) as { readonly id: string }
  await json('groups', 'create', 'Front desk')
  await json('groups', 'members', 'add', 'Front desk', 'fay')
  const { items } = (await json('groups', 'members', 'list', 'Front desk')) as { readonly items: readonly Row[] }
  assert.deepEqual(
    items.map((item) => item['id']),
    [id],
  )
  const nobody = await on('groups', 'members', 'add', 'Front desk', 'fay', 'nobody-there')
  assert.deepEqual([nobody.code, nobody.err], [1, 'There is no user "nobody-there". (admin.not_found)\n'])
  await json('clients', 'create', 'Ledger', '--client-id', 'ledger', '--redirect-uri', 'https://ledger.example/cb')
  assert.equal((await json('clients', 'update', 'ledger', '--name', 'Books'))['name'], 'Books')
  assert.equal((await json('clients', 'secrets', 'add', 'ledger'))['number'], 2)
})

test('users are listed by state and role, and signed out at once by name', async () => {
  const made = await runCommand(
    ['users', 'create', 'gwen', '--role', 'helpdesk', '--password-stdin', '--data', data, '--json'],
    `${goodPassword}\n`,
  )
  const { id } = JSON.parse(made.out) as { readonly id: string }
  const visitors = [new Visitor(issuer), new Visitor(issuer)]
  for (const visitor of visitors) assert.equal((await visitor.post('/sign-in', { username: 'gwen', password: goodPassword })).status, 303)
  const names = async (...words: readonly string[]): Promise<unknown> =>
    ((await json(...words)) as { readonly items: readonly Row[] }).items.map((item) => item['username'])
  assert.deepEqual(await names('users', 'list', '--role', 'helpdesk'), ['gwen'])
  assert.deepEqual(await names('sessions', 'list', '--user', 'gwen'), ['gwen', 'gwen'])
  assert.deepEqual(await on('users', 'sign-out', 'gwen'), { code: 0, out: '2 sessions have ended.\n', err: '' })
  for (const visitor of visitors) assert.equal((await visitor.get('/signed-in')).location?.pathname, '/sign-in')
  await json('users', 'update', id, '--state', 'disabled')
  assert.deepEqual(await names('users', 'list', '--state', 'disabled', '--prefix', 'gw'), ['gwen'])
  assert.deepEqual(await json('users', 'sign-out', 'gwen'), { ended: 0 })
})
