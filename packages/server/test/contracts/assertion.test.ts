/**
 * The assertion of the gateway as the SDK reads it: whatever target the gateway
 * lets through, the app behind can verify, and nothing else.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trustIssuer, verifyAssertion, type AssertedRequest, type Fetch } from '@countersign/sdk'
import * as fc from 'fast-check'
import type { PolicyStoreName, SessionId, UserId } from '#kernel'
import { createAssertionSigner, type PrivateJwk } from '#keys'
import { assertionClaims, assertionType } from '../../src/gateway/assertion.ts'
import type { GatewayHost } from '../../src/gateway/config.ts'
import { readTarget } from '../../src/gateway/request/target.ts'

const issuerUrl = 'https://id.example'
const nowMs = 1_800_000_000_000
const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
const signer = createAssertionSigner({ kty, crv, x, y, d, kid: 'gw', alg: 'ES256' } as PrivateJwk)

const documents: Readonly<Record<string, object>> = {
  '/.well-known/openid-configuration': { issuer: issuerUrl, countersign_assertion_jwks_uri: `${issuerUrl}/assertion-jwks` },
  '/assertion-jwks': { keys: [{ kty, crv, x, y, kid: 'gw', alg: 'ES256', use: 'sig' }] },
}
const fetch: Fetch = async (url) => new Response(JSON.stringify(documents[new URL(url).pathname]))
const issuer = trustIssuer(issuerUrl, { fetch, now: () => nowMs })

/** What the gateway would send for a target; undefined when it refuses it. */
function asserted(origin: string, method: string, raw: string): string | undefined {
  const target = readTarget(raw)
  if (target === undefined) return undefined
  const host: GatewayHost = {
    origin,
    name: 'Notes',
    policyStore: 'notes',
    upstream: 'http://127.0.0.1:1',
    clientId: 'notes',
    routes: [],
    tellName: true,
  }
  return signer.sign(
    assertionType,
    assertionClaims({
      issuer: issuerUrl,
      host,
      target,
      method,
      nowMs,
      view: {
        id: 'ses_0000000000000000000001' as SessionId,
        user: 'usr_0000000000000000000001' as UserId,
        acr: '1fa',
        amr: ['pwd'],
        authTimeMs: nowMs - 1_500,
        endsAtMs: nowMs + 1,
        roles: ['editor'],
        groups: [],
        name: 'Alice',
      },
      decision: {
        effect: 'allow',
        because: 'permitted',
        store: 'notes' as PolicyStoreName,
        digest: 'd',
        action: 'read',
        policies: [],
        erring: [],
      },
    }),
  )
}

function verify(assertion: string, origin: string, request: AssertedRequest) {
  return verifyAssertion(assertion, request, { issuer, audience: origin })
}

test('what the gateway says about a person arrives as it was', async () => {
  const origin = 'https://notes.example'
  const who = await verify(asserted(origin, 'GET', '/notes?all') ?? '', origin, { method: 'GET', url: `${origin}/notes?all` })
  const { id, ...rest } = who
  assert.equal(id.length, 22)
  assert.deepEqual(rest, {
    issuer: issuerUrl,
    subject: 'usr_0000000000000000000001',
    session: 'ses_0000000000000000000001',
    clientId: undefined,
    scopes: undefined,
    acr: '1fa',
    amr: ['pwd'],
    authTimeMs: nowMs - 2_000,
    roles: ['editor'],
    name: 'Alice',
    decision: { store: 'notes', digest: 'd', action: 'read', policies: [] },
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
  })
})

const letters = fc.constantFrom(...Array.from("/?&=.%2eaAzZ09-_~!$'()*+,;:@#\\ é"))
const targets = fc.string({ unit: letters, maxLength: 24 }).map((rest) => `/${rest}`)

test('every target that the gateway lets through verifies as it is written, for its own method and host alone', async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(targets, fc.constantFrom('https://notes.example', 'http://notes.localhost:9001'), async (raw, origin) => {
      const assertion = asserted(origin, 'POST', raw)
      if (assertion === undefined) return
      accepted += 1
      const url = origin + raw
      assert.equal((await verify(assertion, origin, { method: 'POST', url })).subject, 'usr_0000000000000000000001')
      await assert.rejects(verify(assertion, origin, { method: 'GET', url }), { code: 'assertion.wrong_method' })
      await assert.rejects(verify(assertion, origin, { method: 'POST', url: `https://other.example${raw}` }), {
        code: 'assertion.wrong_url',
      })
      await assert.rejects(verify(assertion, origin, { method: 'POST', url: `${url}x` }), { code: 'assertion.wrong_url' })
    }),
    { numRuns: 500 },
  )
  assert.ok(accepted > 50, `only ${accepted} were let through`)
})
