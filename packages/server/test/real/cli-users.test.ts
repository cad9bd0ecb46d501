/** Users at the command line, against a running server: what they are called, changed as it was read. @module */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { goodPassword } from '../people.ts'
import { startProduction } from '../production.ts'
import { runCommand, type Ran } from '../terminal.ts'
import { Visitor } from '../visitor.ts'

const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const { issuer, dataDir: data } = production.product

type Row = Readonly<Record<string, unknown>>

const on = async (...words: readonly string[]): Promise<Ran> => runCommand([...words, '--data', data])

async function json(...words: readonly string[]): Promise<Row> {
  const ran = await on(...words, '--json')
  assert.deepEqual([ran.code, ran.err], [0, ''], words.join(' '))
  return JSON.parse(ran.out) as Row
}

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
