/**
 * `oauth4webapi`, unmodified, where it goes further than code and refresh: pushed
 * and signed requests, proofs with our nonces, a bound refresh, and the library as
 * the resource server that the tokens are for.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { clientScope as scope, openClientHouse, type ClientHouse } from '../client-house.ts'
import { authorize, Visitor } from '../visitor.ts'

const redirectUri = 'http://127.0.0.1:51234/callback'
const api = 'https://api.example.test/notes'
const allow = { [oauth.allowInsecureRequests]: true }

/** What the browser brings back, and what the client kept for it. */
interface Journey {
  readonly back: URL
  readonly verifier: string
  readonly nonce: string
  readonly state: string
}

describe('oauth4webapi', { timeout: 120_000 }, () => {
  let house: ClientHouse
  let as: oauth.AuthorizationServer
  let client: oauth.Client
  let proof: oauth.ClientAuth
  before(async () => {
    house = await openClientHouse()
    as = await oauth.processDiscoveryResponse(house.issuer, await oauth.discoveryRequest(house.issuer, allow))
    const shared = { redirectUris: ['http://127.0.0.1/callback'], audiences: [api] }
    const { client_id, client_secret } = await house.register('bound', {
      ...shared,
      dpopBoundAccessTokens: true,
      requirePushedRequests: true,
    })
    client = { client_id }
    proof = oauth.ClientSecretBasic(client_secret ?? '')
  })
  after(async () => house.stop())

  const newKey = async (): Promise<oauth.DPoPHandle> => oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

  /** Sends a request and, where the server wants a nonce in the proof, once more; the handle has kept it. */
  const withNonce = async <Read>(send: () => Promise<Response>, read: (answer: Response) => Promise<Read>): Promise<Read> => {
    try {
      return await read(await send())
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      return read(await send())
    }
  }

  const pushAndBrowse = async (key: oauth.DPoPHandle): Promise<Journey> => {
    const verifier = oauth.generateRandomCodeVerifier()
    const [nonce, state] = [oauth.generateRandomNonce(), oauth.generateRandomState()]
    const asked = {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const { request_uri } = await withNonce(
      async () => oauth.pushedAuthorizationRequest(as, client, proof, asked, { ...allow, DPoP: key }),
      async (answer) => oauth.processPushedAuthorizationResponse(as, client, answer),
    )
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri }).toString()
    const back = await authorize(new Visitor(house.issuer.origin), url, redirectUri, house.person)
    return { back, verifier, nonce, state }
  }

  const exchange = async (key: oauth.DPoPHandle, { back, verifier, nonce, state }: Journey): Promise<oauth.TokenEndpointResponse> => {
    const parameters = oauth.validateAuthResponse(as, client, back, state)
    return withNonce(
      async () => oauth.authorizationCodeGrantRequest(as, client, proof, parameters, redirectUri, verifier, { ...allow, DPoP: key }),
      async (answer) => {
        const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true })
        await oauth.validateApplicationLevelSignature(as, answer, allow)
        return tokens
      },
    )
  }

  const refresh = async (key: oauth.DPoPHandle, token: string): Promise<oauth.TokenEndpointResponse> =>
    withNonce(
      async () => oauth.refreshTokenGrantRequest(as, client, proof, token, { ...allow, DPoP: key }),
      async (answer) => oauth.processRefreshTokenResponse(as, client, answer),
    )

  const userinfo = async (key: oauth.DPoPHandle, token: string, sub: string): Promise<oauth.UserInfoResponse> =>
    withNonce(
      async () => oauth.userInfoRequest(as, client, token, { ...allow, DPoP: key }),
      async (answer) => oauth.processUserInfoResponse(as, client, sub, answer),
    )

  /** The request that the library as a client makes of a resource, as the resource server gets it. */
  const requestOf = async (token: string, key: oauth.DPoPHandle): Promise<Request> => {
    const made: Request[] = []
    const keep = async (url: string, { method, headers }: oauth.CustomFetchOptions<string, unknown>): Promise<Response> => {
      made.push(new Request(url, { method, headers }))
      return new Response()
    }
    await oauth.protectedResourceRequest(token, 'GET', new URL(api), undefined, undefined, { DPoP: key, [oauth.customFetch]: keep })
    const [request] = made
    assert.ok(request)
    return request
  }

  test('RFC 9126, RFC 9449: a pushed request, code, UserInfo, refresh and revocation with one key', async () => {
    const key = await newKey()
    const tokens = await exchange(key, await pushAndBrowse(key))
    assert.equal(tokens.token_type, 'dpop')
    const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? ''
    assert.equal((await userinfo(key, tokens.access_token, sub)).email, 'alice@example.com')
    await assert.rejects(userinfo(await newKey(), tokens.access_token, sub), oauth.WWWAuthenticateChallengeError)

    const fresh = await refresh(key, tokens.refresh_token ?? '')
    assert.equal(fresh.token_type, 'dpop')
    assert.equal((await userinfo(key, fresh.access_token, sub)).sub, sub)
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof, fresh.refresh_token ?? '', allow))
    await assert.rejects(refresh(key, fresh.refresh_token ?? ''), { error: 'invalid_grant' })
    await assert.rejects(userinfo(key, fresh.access_token, sub), oauth.WWWAuthenticateChallengeError)
  })

  test('RFC 9449 section 10.1: a code of a pushed request is bound to the key that it was pushed with', async () => {
    const journey = await pushAndBrowse(await newKey())
    await assert.rejects(exchange(await newKey(), journey), { error: 'invalid_grant' })
  })

  test('RFC 9126 section 6: a request of this client that is not pushed is refused', async () => {
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      state: 'x',
    }).toString()
    const back = await authorize(new Visitor(house.issuer.origin), url, redirectUri, house.person)
    assert.throws(() => oauth.validateAuthResponse(as, client, back, 'x'), { error: 'invalid_request' })
  })

  test('RFC 9101, RFC 7523: a request that the client signed, and the client proved by its key', async () => {
    const { publicKey, privateKey } = await oauth.generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'first', alg: 'ES256', use: 'sig' }
    const { key_ops: _ops, ext: _ext, ...registered } = jwk
    const signing: oauth.Client = { client_id: 'signing' }
    await house.register(signing.client_id, {
      redirectUris: ['http://127.0.0.1/callback'],
      jwks: { keys: [registered] },
      requireSignedRequestObject: true,
    })
    const byKey = oauth.PrivateKeyJwt({ key: privateKey, kid: 'first' })
    const verifier = oauth.generateRandomCodeVerifier()
    const [expectedNonce, state] = [oauth.generateRandomNonce(), oauth.generateRandomState()]
    const asked = {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope,
      state,
      nonce: expectedNonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const request = await oauth.issueRequestObject(as, signing, asked, { key: privateKey, kid: 'first' })
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: signing.client_id, request }).toString()
    const back = await authorize(new Visitor(house.issuer.origin), url, redirectUri, house.person)
    const parameters = oauth.validateAuthResponse(as, signing, back, state)
    const answer = await oauth.authorizationCodeGrantRequest(as, signing, byKey, parameters, redirectUri, verifier, allow)
    const tokens = await oauth.processAuthorizationCodeResponse(as, signing, answer, { expectedNonce, requireIdToken: true })
    assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.['preferred_username'], 'alice')
  })

  const meddlings: readonly { says: string; meddle: (journey: Journey) => Journey; refused: RegExp }[] = [
    { says: 'of another issuer', meddle: (journey) => withParameter(journey, 'iss', 'https://other.example.test'), refused: /"iss"/ },
    { says: 'without its issuer', meddle: (journey) => withParameter(journey, 'iss', undefined), refused: /"iss"/ },
    { says: 'with another state', meddle: (journey) => withParameter(journey, 'state', 'other'), refused: /"state"/ },
    { says: 'that leads to another nonce', meddle: (journey) => ({ ...journey, nonce: 'other' }), refused: /"nonce"/ },
  ]
  for (const { says, meddle, refused } of meddlings) {
    test(`RFC 9207, OpenID Connect Core section 3.1.3.7: the library refuses an answer ${says}`, async () => {
      const key = await newKey()
      await assert.rejects(exchange(key, meddle(await pushAndBrowse(key))), refused)
    })
  }

  test('RFC 9068: the library as a resource server believes our access token with its proof, and nothing less', async () => {
    const key = await newKey()
    const tokens = await exchange(key, await pushAndBrowse(key))
    const { sub } = oauth.getValidatedIdTokenClaims(tokens) ?? {}
    const judge = async (request: Request, audience: string = api): ReturnType<typeof oauth.validateJwtAccessToken> =>
      oauth.validateJwtAccessToken(as, request, audience, { ...allow, requireDPoP: true })
    const claims = await judge(await requestOf(tokens.access_token, key))
    assert.deepEqual([claims.sub, claims.client_id, claims.scope], [sub, client.client_id, scope])

    await assert.rejects(judge(await requestOf(tokens.access_token, key), 'https://api.example.test/other'))
    await assert.rejects(judge(await requestOf(tokens.access_token, await newKey())))
    await assert.rejects(judge(new Request(api, { headers: { authorization: `Bearer ${tokens.access_token}` } })))
    await assert.rejects(judge(await requestOf(tokens.id_token ?? '', key)))
  })
})

function withParameter(journey: Journey, name: string, value: string | undefined): Journey {
  const back = new URL(journey.back)
  if (value === undefined) back.searchParams.delete(name)
  else back.searchParams.set(name, value)
  return { ...journey, back }
}
