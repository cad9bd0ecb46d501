/** What clients hold for people, and who holds which role, at the command line of a running server. @module */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { goodPassword } from '../people.ts'
import { freePort, startProduct, temporaryFolder } from '../product.ts'
import { commandsOn, itemsOf, runCommand, type Row } from '../terminal.ts'
import { exchange, signIn, Visitor } from '../visitor.ts'

const folder = temporaryFolder('cli-grants')
const port = await freePort()
const issuer = `http://localhost:${port}`
const made = await runCommand(['init', '--issuer', issuer, '--folder', folder])
assert.equal(made.code, 0, made.err)
const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
after(async () => product.stop('SIGKILL'))
const data = join(folder, 'data')

const { on, json } = commandsOn(data)

const created = await runCommand(['users', 'create', 'greta', '--password-stdin', '--data', data, '--json'], `${goodPassword}\n`)
const greta = String((JSON.parse(created.out) as Row)['id'])
const redirect = 'http://127.0.0.1/callback'
const registered = await json(
  'clients',
  'create',
  'Phone',
  '--client-id',
  'phone',
  '--public',
  '--redirect-uri',
  redirect,
  '--scope',
  'openid',
)
const phone = String((registered['client'] as Row)['id'])

/** Greta signs in to the app; it gets a refresh token. */
async function begin(): Promise<string> {
  const client = { client_id: 'phone', redirect_uri: redirect, scope: 'openid' }
  const { refresh_token: token } = await signIn(new Visitor(issuer), client, { username: 'greta', password: goodPassword })
  return token ?? assert.fail('no refresh token')
}

const refresh = async (token: string) => exchange(issuer, { client_id: 'phone' }, { grant_type: 'refresh_token', refresh_token: token })

test('tokens: list, of one user and client, get, end', async () => {
  const token = await begin()
  const listed = await on('tokens', 'list', '--user', greta, '--client', phone)
  assert.match(
    listed.out,
    /^id +client +user +scopes +began +last used +ends\nfam_\S+ +phone +greta +openid +\d{4}-\d\d-\d\d \S+Z +\d{4}-\d\d-\d\d \S+Z\n$/,
  )
  const [item] = itemsOf(await json('tokens', 'list', '--user', greta))
  const id = String(item?.['id'])
  assert.deepEqual(await json('tokens', 'get', id), item)
  assert.deepEqual([(await on('tokens', 'end', id)).out, (await on('tokens', 'end', id)).code], ['The grant is gone.\n', 1])
  assert.equal((await refresh(token)).error, 'invalid_grant')
})

test('tokens end-all: of a user, of a client, and of neither or both a mistake', async () => {
  await begin()
  const token = await begin()
  assert.equal((await on('tokens', 'end-all', '--user', 'greta')).out, '2 grants ended.\n')
  assert.equal((await refresh(token)).error, 'invalid_grant')
  await begin()
  assert.deepEqual(await json('tokens', 'end-all', '--client', phone), { ended: 1 })
  assert.equal((await on('tokens', 'end-all')).code, 2)
  assert.equal((await on('tokens', 'end-all', '--client', phone, '--user', greta)).code, 2)
  assert.deepEqual(itemsOf(await json('tokens', 'list')), [])
})

test('consents: list, of one user and client, get, withdraw; sessions get', async () => {
  const token = await begin()
  assert.match(
    (await on('consents', 'list', '--user', 'greta', '--client', 'phone')).out,
    /^id +client +user +scopes +given\ncon_\S+ +phone +greta +openid +\d{4}-\d\d-\d\d \S+Z\n$/,
  )
  const [item] = itemsOf(await json('consents', 'list'))
  const id = String(item?.['id'])
  assert.deepEqual(await json('consents', 'get', id), item)
  assert.deepEqual([(await on('consents', 'withdraw', id)).out, (await on('consents', 'withdraw', id)).code], ['The consent is gone.\n', 1])
  assert.equal((await refresh(token)).error, 'invalid_grant')
  const [session] = itemsOf(await json('sessions', 'list', '--user', greta))
  assert.deepEqual(await json('sessions', 'get', String(session?.['id'])), session)
})

test('roles: list, get, holders', async () => {
  await json('users', 'update', greta, '--assign', 'helpdesk')
  assert.match(
    (await on('roles', 'list')).out,
    /^role +built in +called +named by +held\n(.*\n)*helpdesk +true +helpdesk staff +countersign +true\n/,
  )
  const role = await json('roles', 'get', 'helpdesk')
  assert.deepEqual([role['builtIn'], role['stores']], [true, ['countersign']])
  assert.equal((await on('roles', 'holders', 'helpdesk')).out, `id${' '.repeat(26)}kind  name\n${greta}  user  greta\n`)
  assert.equal((await on('roles', 'get', 'nobody')).code, 1)
})
