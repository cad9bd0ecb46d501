/** Proofs of possession over two servers on one database, on each engine. @module */

import assert from 'node:assert/strict'
import { proofBy, proofKey } from '../dpop.ts'
import { basic, buildHouse, form, houseMigrations, issuer, testClock } from '../flows/oauth-house.ts'
import { openTestVault } from '../keys.ts'
import { eachEngine } from '../store.ts'

eachEngine(
  'a nonce of one server is good at the other, and a proof that one has seen is spent on both',
  houseMigrations,
  async (store, recording) => {
    const shared = { clock: testClock(), vault: openTestVault() }
    const { clock } = shared
    const [first, second] = [await buildHouse(store, recording, shared), await buildHouse(store, recording, shared)]
    const { client, secret } = await first.clients.create(first.op(), {
      name: 'Ledger',
      kind: 'confidential',
      grantTypes: ['client_credentials'],
      audiences: ['https://api.example'],
    })
    const key = proofKey()
    const ask = async (at: typeof first, dpop: string) =>
      at.inject(
        form('/token', { grant_type: 'client_credentials' }, { authorization: basic(client.clientId, secret?.reveal() ?? ''), dpop }),
      )
    const prove = (nonce?: string): string => proofBy(key, 'POST', `${issuer}/token`, { nonce, nowMs: clock.wallMs() })

    const asked = await ask(first, prove())
    assert.equal(asked.json().error, 'use_dpop_nonce')
    const proof = prove(String(asked.headers['dpop-nonce']))
    const both = await Promise.all([ask(second, proof), ask(first, proof)])
    assert.deepEqual(
      both.map(({ statusCode }) => statusCode).sort((left, right) => left - right),
      [200, 400],
    )
    for (const at of [first, second]) assert.equal((await ask(at, proof)).json().code, 'dpop.proof')
  },
)
