/** Clients at the command line, against a running server: changed as read, secrets replaced, keys instead of secrets. @module */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { temporaryFolder } from '../product.ts'
import { startProduction } from '../production.ts'
import { commandsOn, type Row } from '../terminal.ts'
import { exchange } from '../visitor.ts'

const production = await startProduction()
after(async () => production.product.stop('SIGKILL'))
const { issuer, dataDir: data } = production.product
const folder = temporaryFolder('cli-clients')

const { on, json } = commandsOn(data)

interface Made {
  readonly client: Row
  readonly secret: string
}

const create = async (...words: readonly string[]): Promise<Made> => (await json('clients', 'create', ...words)) as Row & Made
const idOf = ({ client }: Made): string => String(client['id'])

describe('clients update', () => {
  test('replaces, adds and removes, and leaves alone what was not said', async () => {
    const made = await create('Ledger', '--redirect-uri', 'https://a.example/cb', '--scope', 'openid', '--scope', 'email')
    const id = idOf(made)
    const added = await json('clients', 'update', id, '--add-redirect-uri', 'https://b.example/cb', '--remove-scope', 'email')
    assert.deepEqual([added['redirectUris'], added['scopes']], [['https://a.example/cb', 'https://b.example/cb'], ['openid']])
    const swapped = await json(
      'clients',
      'update',
      id,
      '--add-redirect-uri',
      'https://c.example/cb',
      '--remove-redirect-uri',
      'https://a.example/cb',
    )
    assert.deepEqual(swapped['redirectUris'], ['https://b.example/cb', 'https://c.example/cb'])
    const replaced = await json('clients', 'update', id, '--redirect-uri', 'https://d.example/cb', '--name', 'Books')
    assert.deepEqual([replaced['redirectUris'], replaced['name']], [['https://d.example/cb'], 'Books'])
    const rest = await json(
      'clients',
      'update',
      id,
      '--access-token-seconds',
      '120',
      '--audience',
      'https://api.example',
      '--post-logout-redirect-uri',
      'https://d.example/bye',
      '--assign',
      'auditor',
    )
    assert.deepEqual(
      ['accessTokenSeconds', 'audiences', 'postLogoutRedirectUris', 'roles', 'scopes', 'name'].map((name) => rest[name]),
      [120, ['https://api.example'], ['https://d.example/bye'], ['auditor'], ['openid'], 'Books'],
    )
  })

  test('of several at once none overwrites another: each is in, or ends with 8 and one sentence', async () => {
    const made = await create('Race', '--redirect-uri', 'https://race.example/0')
    const uris = Array.from({ length: 8 }, (_, at) => `https://race.example/${at + 1}`)
    const ran = await Promise.all(uris.map(async (uri) => on('clients', 'update', idOf(made), '--add-redirect-uri', uri)))
    const won = uris.filter((_, at) => ran[at]?.code === 0)
    const late = ran.filter(({ code }) => code !== 0)
    assert.ok(won.length > 0 && late.length > 0, ran.map(({ code }) => code).join(' '))
    for (const { code, out, err } of late)
      assert.deepEqual(
        [code, out, err],
        [8, '', 'Somebody else changed the client meanwhile, so nothing was changed. Look at it and try again. (client.changed)\n'],
      )
    const { redirectUris } = (await json('clients', 'get', idOf(made))) as { readonly redirectUris: readonly string[] }
    assert.deepEqual([...redirectUris].sort(), ['https://race.example/0', ...won])
  })

  test('what cannot be meant is said, and nothing is changed', async () => {
    const made = await create('Mistaken', '--redirect-uri', 'https://m.example/cb')
    for (const { words, err } of [
      {
        words: ['--remove-redirect-uri', 'https://other.example/cb'],
        err: /^--remove-redirect-uri: there is no "https:\/\/other\.example\/cb"\. See/,
      },
      { words: ['--scope', 'a', '--add-scope', 'b'], err: /^--scope replaces all of them: leave it out to add or remove some\. See/ },
      { words: ['--access-token-seconds', 'soon'], err: /^--access-token-seconds must be a number, and "soon" is none\. See/ },
      { words: ['--jwks', join(folder, 'nowhere')], err: /cannot be read \(ENOENT\)\. See/ },
    ]) {
      const ran = await on('clients', 'update', idOf(made), ...words)
      assert.deepEqual([ran.code, ran.out], [2, ''], ran.err)
      assert.match(ran.err, err)
    }
    assert.deepEqual(await json('clients', 'get', idOf(made)), made.client)
  })
})

describe('clients secrets', () => {
  test('a second secret is shown once, both work, and the removed one does not', async () => {
    const made = await create('Twin', '--client-id', 'twin', '--grant', 'client_credentials', '--audience', 'https://api.example')
    const opens = async (secret: string): Promise<number> =>
      (await exchange(issuer, { client_id: 'twin', client_secret: secret }, { grant_type: 'client_credentials' })).status
    const added = await on('clients', 'secrets', 'add', idOf(made))
    assert.equal(added.code, 0, added.err)
    const [, number = '', secret = ''] = /^number {2}(\d+)\nsecret {2}(\S+)\n$/.exec(added.out) ?? []
    assert.deepEqual([await opens(made.secret), await opens(secret)], [200, 200])
    const listed = await on('clients', 'secrets', 'list', idOf(made))
    assert.match(listed.out, /^number +made\n1 +\S+ \S+Z\n2 +\S+ \S+Z\n$/)
    assert.ok(!listed.out.includes(secret))

    const asked = await on('clients', 'secrets', 'remove', idOf(made), '1')
    assert.deepEqual([asked.code, await opens(made.secret)], [2, 200])
    assert.match(asked.err, /every token of the client ends\.\n/)
    assert.deepEqual((await on('clients', 'secrets', 'remove', idOf(made), '1', '--yes')).out, 'Secret 1 is gone.\n')
    assert.deepEqual([await opens(made.secret), await opens(secret), number], [401, 200, '2'])
  })
})

describe('keys instead of a secret', () => {
  test('a client made with public keys proves itself by the private one', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const file = join(folder, 'public.jwk')
    writeFileSync(file, JSON.stringify({ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }))
    const asked = ['Nightly', '--client-id', 'nightly', '--grant', 'client_credentials', '--audience', 'https://api.example']
    const made = await create(...asked, '--jwks', file)
    assert.deepEqual([made.client['tokenEndpointAuthMethod'], made.secret], ['private_key_jwt', undefined])
    const assertion = await new SignJWT({ jti: 'once' })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer('nightly')
      .setSubject('nightly')
      .setAudience(issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
  })

  test('a private key is refused before it leaves this machine, and so is what is no key', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const file = join(folder, 'private.jwk')
    writeFileSync(file, JSON.stringify({ keys: [await exportJWK(privateKey)] }))
    const secret = await on('clients', 'create', 'Leaky', '--grant', 'client_credentials', '--jwks', file)
    assert.deepEqual([secret.code, secret.out], [2, ''])
    assert.match(secret.err, /holds a private key: give the public half alone\. See/)
    for (const text of ['', '[]', '{"keys":[1]}', 'nonsense', '{}']) {
      writeFileSync(file, text)
      const ran = await on('clients', 'create', 'Leaky', '--grant', 'client_credentials', '--jwks', file)
      assert.match(ran.err, /holds no public keys in JSON/, text)
    }
  })
})
