/** Which assertions are accepted, and for which requests. @module */

import { refused, same, type Case } from './judge.ts'
import { makeSigner, sha256, signToken, type Json, type Signer } from './signer.ts'
import { inWorld, noonMs, type Runtime, type World } from './world.ts'

const audience = 'https://notes.example'
const noon = noonMs / 1000
const decision = { store: 'notes', digest: 'd', action: 'read', policies: ['viewers-read'] }

interface AssertionCase {
  readonly says: string
  readonly header?: Json
  readonly claims?: Json
  readonly request?: { readonly method?: string; readonly url?: string | URL }
  readonly signer?: Signer
  readonly refused?: string
}

function claims(world: World, given: Json = {}): Json {
  return {
    iss: world.origin,
    aud: audience,
    iat: noon,
    exp: noon + 60,
    jti: 'j',
    sub: 'usr_1',
    acr: 'mfa',
    amr: ['pwd'],
    auth_time: noon - 90,
    roles: ['viewer'],
    htm: 'GET',
    htu: `${audience}/notes`,
    dec: decision,
    ...given,
  }
}

/** A URL of a request, and the `htu` and `htq` that it must have; none when no assertion can name it. */
const urls: readonly (readonly [url: string, htu?: string, query?: string])[] = [
  ['https://notes.example', '/'],
  ['https://notes.example/', '/'],
  ['HTTPS://NOTES.example:443/A', '/A'],
  ['https://notes.example:443?x', '/', 'x'],
  ['wss://notes.example/live', '/live'],
  ['https://notes.example/a?', '/a', ''],
  ['https://notes.example/a?b?c', '/a', 'b?c'],
  ['https://notes.example/a?b=%20&b=../', '/a', 'b=%20&b=../'],
  ['https://notes.example/%7Eé'.replace('é', '%C3%A9'), '/%7E%C3%A9'],
  ['https://notes.example/a/%2F/b;c', '/a/%2F/b;c'],
  ['https://notes.example//a', '//a'],
  ['https://notes.example/a/.b/..c', '/a/.b/..c'],
  ['https://notes.example/a/../b'],
  ['https://notes.example/a/./b'],
  ['https://notes.example/a/%2e%2E/b'],
  ['https://notes.example/a/.%2e'],
  ['https://notes.example/a#b'],
  ['https://notes.example#b'],
  ['https://notes.example?a#b'],
  ['https://notes.example/a?b#c'],
  ['https://notes.example/a\\b'],
  ['https://notes.example/a b'],
  ['https://notes.example/é'],
  ['https://notes.example/a\n'],
]

export async function assertionCases(runtime: Runtime): Promise<readonly Case[]> {
  const gateway = await makeSigner('gw', 'ES256')
  const stranger = await makeSigner('gw', 'ES256')
  const tokens = await makeSigner('es', 'ES256')
  const ed = await makeSigner('ed', 'EdDSA')
  const within = (run: (world: World) => Promise<void>) => () => inWorld(runtime, { tokens: [tokens], assertions: [gateway, ed] }, run)
  const header = (given: Json = {}): Json => ({ alg: 'ES256', kid: 'gw', typ: 'countersign-assertion+jwt', ...given })
  const usual = { method: 'GET', url: `${audience}/notes` }
  const verify = (world: World, assertion: string | undefined, request: { readonly method: string; readonly url: string | URL } = usual) =>
    world.sdk.verifyAssertion(assertion, request, { issuer: world.issuer, audience })

  const rows: readonly AssertionCase[] = [
    { says: 'for this request' },
    { says: 'for a URL that is an object', request: { url: new URL(`${audience}/notes`) } },
    { says: 'for another method', request: { method: 'POST' }, refused: 'assertion.wrong_method' },
    { says: 'for the method in other letters', request: { method: 'get' }, refused: 'assertion.wrong_method' },
    { says: 'for another path', request: { url: `${audience}/notes/1` }, refused: 'assertion.wrong_url' },
    { says: 'for a longer path', request: { url: `${audience}/notes/` }, refused: 'assertion.wrong_url' },
    { says: 'for the path in other letters', request: { url: `${audience}/Notes` }, refused: 'assertion.wrong_url' },
    { says: 'for the path in other escapes', request: { url: `${audience}/%6Eotes` }, refused: 'assertion.wrong_url' },
    { says: 'for another host', request: { url: 'https://other.example/notes' }, refused: 'assertion.wrong_url' },
    { says: 'for another port', request: { url: 'https://notes.example:8443/notes' }, refused: 'assertion.wrong_url' },
    { says: 'for another scheme', request: { url: 'http://notes.example/notes' }, refused: 'assertion.wrong_url' },
    { says: 'without the query of the request', request: { url: `${audience}/notes?all` }, refused: 'assertion.wrong_url' },
    { says: 'without the empty query of the request', request: { url: `${audience}/notes?` }, refused: 'assertion.wrong_url' },
    { says: 'with the query of the request', claims: { htq: await sha256('all') }, request: { url: `${audience}/notes?all` } },
    {
      says: 'with another query',
      claims: { htq: await sha256('all') },
      request: { url: `${audience}/notes?one` },
      refused: 'assertion.wrong_url',
    },
    { says: 'with a query that the request lacks', claims: { htq: await sha256('all') }, refused: 'assertion.wrong_url' },
    { says: 'for a relative URL', request: { url: '/notes' }, refused: 'TypeError' },
    { says: 'for a URL with credentials', request: { url: 'https://a:b@notes.example/notes' }, refused: 'TypeError' },
    { says: 'for a URL of another kind', request: { url: 'file:///notes' }, refused: 'TypeError' },
    { says: 'for another audience', claims: { aud: 'https://other.example' }, refused: 'token.wrong_audience' },
    { says: 'for several audiences', claims: { aud: [audience] }, refused: 'token.wrong_audience' },
    { says: 'of another issuer', claims: { iss: 'https://evil.example' }, refused: 'token.wrong_issuer' },
    { says: 'that is an access token', header: { typ: 'at+jwt' }, refused: 'token.wrong_type' },
    { says: 'that is any token', header: { typ: 'JWT' }, refused: 'token.wrong_type' },
    { says: 'of a later version', header: { typ: 'countersign-assertion2+jwt' }, refused: 'token.wrong_type' },
    { says: 'with another algorithm', signer: ed, header: { alg: 'EdDSA', kid: 'ed' }, refused: 'token.wrong_algorithm' },
    { says: 'of a key for access tokens', signer: tokens, header: { kid: 'es' }, refused: 'token.unknown_key' },
    { says: 'of a key that only claims to be ours', signer: stranger, refused: 'token.bad_signature' },
    { says: 'at the last moment', claims: { iat: noon - 64, exp: noon - 4 } },
    { says: 'a moment too late', claims: { iat: noon - 65, exp: noon - 5 }, refused: 'token.expired' },
    { says: 'from the near future', claims: { iat: noon + 5, exp: noon + 65 } },
    { says: 'from the future', claims: { iat: noon + 6, exp: noon + 66 }, refused: 'token.not_yet_valid' },
    { says: 'that lives longer than the format allows', claims: { exp: noon + 61 }, refused: 'token.wrong_claims' },
    ...['sub', 'jti', 'acr', 'amr', 'auth_time', 'roles', 'htm', 'htu', 'dec', 'iat', 'exp'].map((name): AssertionCase => ({
      says: `without ${name}`,
      claims: { [name]: undefined },
      refused: 'token.wrong_claims',
    })),
    ...Object.keys(decision).map((name): AssertionCase => ({
      says: `without ${name} in its decision`,
      claims: { dec: { ...decision, [name]: undefined } },
      refused: 'token.wrong_claims',
    })),
    { says: 'whose roles are a text', claims: { roles: 'admin' }, refused: 'token.wrong_claims' },
    { says: 'whose decision is a text', claims: { dec: 'allow' }, refused: 'token.wrong_claims' },
    { says: 'with claims that nobody knows', claims: { later: true } },
  ]

  return [
    ...rows.map((row): Case => ({
      says: `an assertion ${row.says} is ${row.refused === undefined ? 'accepted' : `refused: ${row.refused}`}`,
      run: within(async (world) => {
        const attempt = verify(world, await signToken(row.signer ?? gateway, header(row.header), claims(world, row.claims)), {
          ...usual,
          ...row.request,
        })
        if (row.refused === undefined) same((await attempt).subject, 'usr_1')
        else await refused(attempt, row.refused)
      }),
    })),
    ...urls.map(([url, path, query]): Case => ({
      says: `the canonical URL of ${JSON.stringify(url)} is ${path === undefined ? 'none, even if it is asserted' : JSON.stringify([path, query])}`,
      run: within(async (world) => {
        const [verbatim = '', ...rest] = url.split('?')
        const hashed = path === undefined && rest.length > 0 ? rest.join('?') : query
        const htu = path === undefined ? verbatim : audience + path
        const htq = hashed === undefined ? undefined : await sha256(hashed)
        const attempt = verify(world, await signToken(gateway, header(), claims(world, { htu, htq })), { method: 'GET', url })
        if (path === undefined) await refused(attempt, 'assertion.wrong_url')
        else await attempt
      }),
    })),
    {
      says: 'a request that did not come through the gateway is refused: token.missing',
      run: within(async (world) => refused(verify(world, undefined), 'token.missing')),
    },
    {
      says: 'the claims of an assertion are where the README says',
      run: within(async (world) => {
        const given = { sid: 'ses_1', client_id: 'app', scope: 'a b', name: 'Alice' }
        same(await verify(world, await signToken(gateway, header(), claims(world, given))), {
          id: 'j',
          issuer: world.origin,
          subject: 'usr_1',
          session: 'ses_1',
          clientId: 'app',
          scopes: ['a', 'b'],
          acr: 'mfa',
          amr: ['pwd'],
          authTimeMs: noonMs - 90_000,
          roles: ['viewer'],
          name: 'Alice',
          decision,
          issuedAtMs: noonMs,
          expiresAtMs: noonMs + 60_000,
        })
      }),
    },
    {
      says: 'an issuer that does not publish keys of assertions cannot assert',
      run: within(async (world) => {
        world.metadata = { issuer: world.origin, jwks_uri: `${world.origin}/jwks/assertions` }
        await refused(verify(world, await signToken(gateway, header(), claims(world))), 'issuer.wrong_metadata')
      }),
    },
  ]
}
