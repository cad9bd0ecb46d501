/** What a stranger learns of whom we know: whatever is wrong with a name, a secret or an account, the answer is the same. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startDemo, type Product } from '../product.ts'

/** An answer without what is new in each: ids, times, nonces, what is left of a limit, and what was typed. */
interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

let product: Product
/** The answer to a wrong password. */
let usual: Seen
const password = 'a long and lasting phrase 4711'

async function asAdmin(method: string, path: string, json?: unknown): Promise<unknown> {
  const { apiUrl = '', token = '' } = product.admin ?? {}
  const authorization = `Bearer ${token}`
  const seen = method === 'PATCH' ? (await fetch(`${apiUrl}${path}`, { headers: { authorization } })).headers.get('etag') : null
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      authorization,
      ...(seen === null ? {} : { 'if-match': seen }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
  return answer.status === 204 ? undefined : answer.json()
}

before(async () => {
  product = await startDemo({ serverOnly: true })
  for (const username of ['alive', 'disabled', 'deleted']) {
    const { id } = (await asAdmin('POST', '/users', { username, password })) as { readonly id: string }
    if (username === 'disabled') await asAdmin('PATCH', `/users/${id}`, { state: 'disabled' })
    if (username === 'deleted') await asAdmin('DELETE', `/users/${id}`)
  }
  await asAdmin('POST', '/users', { username: 'passwordless' })
  usual = await post('/sign-in', { username: 'alive', password: 'wrong' }, ['alive'])
})

after(async () => product.stop('SIGKILL'))

const fresh = new Set(['x-request-id', 'date', 'content-length', 'ratelimit', 'ratelimit-policy', 'set-cookie'])

async function post(path: string, form: Readonly<Record<string, string>>, typed: readonly string[]): Promise<Seen> {
  const answer = await fetch(`${product.issuer}${path}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
  let body = await answer.text()
  const requestId = answer.headers.get('x-request-id') ?? 'none'
  for (const word of [...typed, requestId]) body = body.replaceAll(word, '…')
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !fresh.has(name)))
  const policy = (headers['content-security-policy'] ?? '').replaceAll(/'nonce-[^']+'/g, "'nonce-…'")
  return { status: answer.status, headers: { ...headers, 'content-security-policy': policy }, body: body.replaceAll(/nonce="[^"]+"/g, '') }
}

const wrong = [
  { says: 'a disabled person and the right password', username: 'disabled', password },
  { says: 'a disabled person and a wrong password', username: 'disabled', password: 'not it at all' },
  { says: 'a person who was deleted', username: 'deleted', password },
  { says: 'a person who has no password', username: 'passwordless', password },
  { says: 'a name that nobody has', username: 'nobody', password },
  { says: 'a name that nobody can have', username: 'no\u202ebody', password },
  { says: 'an address that nobody has', username: 'nobody@example.test', password },
  { says: 'a password longer than any', username: 'alive', password: 'x'.repeat(1_024) },
  { says: 'no password', username: 'alive', password: '' },
]

for (const row of wrong) {
  test(`${row.says}: the same answer as for a wrong password`, async () => {
    assert.equal(usual.status, 401)
    assert.deepEqual(await post('/sign-in', { username: row.username, password: row.password }, [row.username]), usual)
  })
}

test('too many failures look the same for names that nobody has', async () => {
  const last = async (username: string): Promise<Seen> => {
    let seen: Seen | undefined
    for (let turn = 0; turn < 11; turn += 1) seen = await post('/sign-in', { username, password: 'wrong' }, [username])
    assert.ok(seen)
    return { ...seen, headers: { ...seen.headers, 'retry-after': '…' }, body: seen.body.replaceAll(/\d+ (second|minute)s?/g, '…') }
  }
  const known = await last('bob')
  assert.equal(known.status, 429)
  assert.deepEqual(await last('nobody-else'), known)
})

test('an unknown client and a wrong secret are the same to the token endpoint', async () => {
  const grant = { grant_type: 'client_credentials', client_secret: `cs1_${'A'.repeat(43)}` }
  const known = await post('/token', { ...grant, client_id: 'demo-service' }, ['demo-service'])
  assert.equal(known.status, 401)
  assert.deepEqual(await post('/token', { ...grant, client_id: 'demo-nobody' }, ['demo-nobody']), known)
})

test('pages with a hint at somebody are the same as with a hint at nobody', async () => {
  const page = async (hint: string): Promise<string> => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'demo-native',
      redirect_uri: 'http://127.0.0.1/callback',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      login_hint: hint,
    })
    const begun = await fetch(`${product.issuer}/authorize?${query.toString()}`, { redirect: 'manual' })
    const cookie = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const shown = await fetch(new URL(begun.headers.get('location') ?? '', product.issuer), { headers: { cookie } })
    assert.equal(shown.status, 200)
    return (await shown.text())
      .replaceAll(hint, '…')
      .replaceAll(/f1\.[A-Za-z0-9_-]+/g, '…')
      .replaceAll(/nonce="[^"]+"/g, '')
  }
  assert.equal(await page('alive'), await page('nobody'))
})
