/** Whatever is presented, it is refused with one of the documented errors. @module */

import { trustIssuer, VerificationError, verifyAccessToken, verifyAssertion, type Fetch } from '@countersign/sdk'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodeJson } from './signer.ts'

const url = 'https://id.example'
const metadata = { issuer: url, jwks_uri: `${url}/jwks`, countersign_assertion_jwks_uri: `${url}/jwks` }
const fetch: Fetch = async (address) => new Response(JSON.stringify(address.endsWith('/jwks') ? { keys: [] } : metadata))
const issuer = trustIssuer(url, { fetch })

const header = fc.oneof(
  fc
    .record({
      alg: fc.constantFrom('ES256', 'none', 'RS256'),
      kid: fc.string(),
      typ: fc.constantFrom('at+jwt', 'countersign-assertion+jwt'),
    })
    .map(encodeJson),
  fc.jsonValue().map(encodeJson),
  fc.string(),
)
const presented = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.string(), { maxLength: 5 }).map((parts) => parts.join('.')),
  fc.tuple(header, fc.jsonValue().map(encodeJson), fc.base64String()).map((parts) => parts.join('.')),
)

test('no token makes the verifier do anything but refuse', async () => {
  await fc.assert(
    fc.asyncProperty(presented, fc.webUrl({ withQueryParameters: true, withFragments: true }), async (token, address) => {
      const options = { issuer, audience: 'https://api.example' }
      await assert.rejects(verifyAccessToken(token, options), VerificationError)
      await assert.rejects(verifyAssertion(token, { method: 'GET', url: address }, options), VerificationError)
    }),
    { numRuns: 500 },
  )
})
