/**
 * Policies that are read again while the product runs: in force at the gateway
 * with the first request after the reload was answered, and with a mistake as they
 * were before.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeMember, startProduction } from '../production.ts'
import { Traveller } from '../traveller.ts'

interface Reloaded {
  readonly stores: readonly { readonly store: string; readonly outcome: string }[]
  readonly mistakes: readonly { readonly file: string; readonly line: number; readonly says: string }[]
}

test('a reload is in force at the gateway when it is answered, and a mistake changes nothing there', { timeout: 120_000 }, async () => {
  const production = await startProduction({ app: (_request, response) => response.end('the app') })
  const { product, admin, folder, gatewayPort } = production
  after(async () => product.stop('SIGKILL'))
  const file = join(folder, 'policies', 'app', 'app.cedar')
  const starter = readFileSync(file, 'utf8')
  const reload = async (text: string): Promise<Reloaded> => {
    writeFileSync(file, text)
    return (await admin('POST', '/policies/reload')) as Reloaded
  }

  const alice = { username: 'alice', password: 'a long enough passphrase of hers' }
  await admin('POST', '/users', alice)
  await makeMember(production, alice.username)
  const app = `http://notes.localhost:${gatewayPort}/`
  const hers = new Traveller()
  assert.equal((await hers.open(app, alice)).text, 'the app')

  const closed = `${starter}\n@id("closed") @public_reason("Closed for today.") forbid (principal, action, resource);\n`
  for (let turn = 0; turn < 4; turn += 1) {
    assert.deepEqual((await reload(closed)).mistakes, [])
    const refused = await hers.ask(app)
    assert.equal(refused.status, 403, `turn ${turn}`)
    assert.match(refused.text, /Closed for today\./)
    assert.deepEqual((await reload(starter)).mistakes, [])
    assert.equal((await hers.ask(app)).status, 200, `turn ${turn}`)
  }

  const lines = closed.split('\n').length
  const mistaken = [
    { says: 'no policy', text: `${closed}permit (principal,\n`, line: lines, reason: /unexpected end of input/ },
    {
      says: 'an action that the schema does not know',
      text: closed.replace('principal, action, resource', 'principal, action == App::Action::"usee", resource'),
      line: lines - 1,
      reason: /did you mean `App::Action::"use"`/,
    },
  ]
  for (const { says, text, line, reason } of mistaken) {
    const { mistakes } = await reload(text)
    assert.deepEqual([mistakes[0]?.file, mistakes[0]?.line], [file, line], says)
    assert.match(mistakes[0]?.says ?? '', reason)
    assert.equal((await hers.ask(app)).status, 200, `${says}: the old set stays`)
  }
  assert.deepEqual((await reload(closed)).mistakes, [])
  assert.equal((await hers.ask(app)).status, 403)
  assert.equal(await product.stop(), 0)
})
