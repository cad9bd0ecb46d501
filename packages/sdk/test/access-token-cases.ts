/** Which access tokens are accepted and why the others are not. @module */

import { refused, same, type Case } from './judge.ts'
import { encode, encodeJson, makeSigner, signToken, signWithPublicKey, type Json, type Signer } from './signer.ts'
import { inWorld, noonMs, type Runtime, type World } from './world.ts'

const audience = 'https://api.example'
const noon = noonMs / 1000

interface TokenCase {
  readonly says: string
  readonly header?: Json
  readonly claims?: Json
  readonly options?: { readonly audience?: string; readonly clockToleranceSeconds?: number }
  readonly signer?: Signer
  readonly refused?: string
}

/** A right token's header and claims, with what is given put in; undefined takes a member out. */
function header(given: Json = {}): Json {
  return { alg: 'ES256', kid: 'es', typ: 'at+jwt', ...given }
}

function claims(world: World, given: Json = {}): Json {
  return {
    iss: world.origin,
    aud: audience,
    sub: 'usr_1',
    client_id: 'app',
    jti: 'tok_1',
    iat: noon - 60,
    exp: noon + 60,
    scope: 'a b',
    ...given,
  }
}

export async function accessTokenCases(runtime: Runtime): Promise<readonly Case[]> {
  const es = await makeSigner('es', 'ES256')
  const stranger = await makeSigner('es', 'ES256')
  const ed = await makeSigner('ed', 'EdDSA')
  const rs = await makeSigner('rs', 'RS256')
  const ps = await makeSigner('ps', 'PS256')
  const gateway = await makeSigner('gw', 'ES256')
  const within = (run: (world: World) => Promise<void>) => () => inWorld(runtime, { tokens: [es, ed, rs, ps], assertions: [gateway] }, run)

  const rows: readonly TokenCase[] = [
    { says: 'signed with ES256' },
    { says: 'signed with EdDSA', signer: ed, header: { alg: 'EdDSA', kid: 'ed' } },
    { says: 'signed with RS256', signer: rs, header: { alg: 'RS256', kid: 'rs' } },
    { says: 'signed with PS256', signer: ps, header: { alg: 'PS256', kid: 'ps' } },
    { says: 'whose type is written out', header: { typ: 'application/at+jwt' } },
    { says: 'without type', header: { typ: undefined }, refused: 'token.malformed' },
    { says: 'that is an ID token', header: { typ: 'JWT' }, refused: 'token.wrong_type' },
    { says: 'that is an assertion', header: { typ: 'countersign-assertion+jwt' }, refused: 'token.wrong_type' },
    { says: 'without signature', header: { alg: 'none' }, refused: 'token.wrong_algorithm' },
    { says: 'whose none is spelt differently', header: { alg: 'nOnE' }, refused: 'token.wrong_algorithm' },
    { says: 'with a symmetric algorithm', header: { alg: 'HS256' }, refused: 'token.wrong_algorithm' },
    { says: 'with an algorithm of a larger curve', header: { alg: 'ES384' }, refused: 'token.wrong_algorithm' },
    { says: 'with a name that every object has', header: { alg: 'constructor' }, refused: 'token.wrong_algorithm' },
    {
      says: 'that asks for another algorithm than its key is for',
      signer: rs,
      header: { alg: 'PS256', kid: 'rs' },
      refused: 'token.wrong_algorithm',
    },
    { says: 'that asks for a key of another kind', header: { kid: 'rs' }, refused: 'token.wrong_algorithm' },
    { says: 'of a key that is not published', header: { kid: 'nobody' }, refused: 'token.unknown_key' },
    { says: 'of a key id that every object has', header: { kid: '__proto__' }, refused: 'token.unknown_key' },
    { says: 'without key id', header: { kid: undefined }, refused: 'token.malformed' },
    { says: 'of a key that only claims to be ours', signer: stranger, refused: 'token.bad_signature' },
    { says: "of the gateway's key", signer: gateway, header: { kid: 'gw' }, refused: 'token.unknown_key' },
    { says: 'that brings its own key', signer: stranger, header: { jwk: stranger.jwk }, refused: 'token.malformed' },
    { says: 'that says where its key is', header: { jku: 'https://evil.example/' }, refused: 'token.malformed' },
    { says: 'with a certificate', header: { x5c: ['AAAA'] }, refused: 'token.malformed' },
    { says: 'with a critical extension', header: { crit: ['exp'] }, refused: 'token.malformed' },
    { says: 'with an unencoded payload', header: { b64: false }, refused: 'token.malformed' },
    { says: 'with a compressed payload', header: { zip: 'DEF' }, refused: 'token.malformed' },
    { says: 'of another issuer', claims: { iss: 'https://evil.example' }, refused: 'token.wrong_issuer' },
    { says: 'without an issuer', claims: { iss: undefined }, refused: 'token.wrong_claims' },
    { says: 'for one of several audiences', claims: { aud: ['https://other.example', audience] } },
    { says: 'for somebody else', claims: { aud: 'https://other.example' }, refused: 'token.wrong_audience' },
    { says: 'for several others', claims: { aud: ['https://other.example'] }, refused: 'token.wrong_audience' },
    { says: 'for an audience that only begins like ours', claims: { aud: `${audience}.evil.example` }, refused: 'token.wrong_audience' },
    { says: 'for nobody', claims: { aud: undefined }, refused: 'token.wrong_audience' },
    { says: 'for an audience that is no text', claims: { aud: { [audience]: true } }, refused: 'token.wrong_audience' },
    { says: 'a second before it expires', claims: { exp: noon + 1 }, options: { clockToleranceSeconds: 0 } },
    { says: 'at the second when it expires', claims: { exp: noon }, options: { clockToleranceSeconds: 0 }, refused: 'token.expired' },
    { says: 'expired within the tolerance', claims: { exp: noon - 4 } },
    { says: 'expired by the tolerance', claims: { exp: noon - 5 }, refused: 'token.expired' },
    { says: 'that never expires', claims: { exp: undefined }, refused: 'token.wrong_claims' },
    { says: 'whose end is a text', claims: { exp: '99999999999' }, refused: 'token.wrong_claims' },
    { says: 'whose end is not a second', claims: { exp: noon + 0.5 }, refused: 'token.wrong_claims' },
    { says: 'whose end is beyond counting', claims: { exp: 1e300 }, refused: 'token.wrong_claims' },
    { says: 'whose end is before the epoch', claims: { exp: -1 }, refused: 'token.wrong_claims' },
    { says: 'not valid yet within the tolerance', claims: { nbf: noon + 5 } },
    { says: 'not valid yet beyond the tolerance', claims: { nbf: noon + 6 }, refused: 'token.not_yet_valid' },
    { says: 'from the future within the tolerance', claims: { iat: noon + 5 } },
    { says: 'from the future beyond the tolerance', claims: { iat: noon + 6 }, refused: 'token.not_yet_valid' },
    { says: 'without a beginning', claims: { iat: undefined }, refused: 'token.wrong_claims' },
    { says: 'that speaks for nobody', claims: { sub: undefined }, refused: 'token.wrong_claims' },
    { says: 'that speaks for a number', claims: { sub: 1 }, refused: 'token.wrong_claims' },
    { says: 'that speaks for an empty name', claims: { sub: '' }, refused: 'token.wrong_claims' },
    { says: 'without a client', claims: { client_id: undefined }, refused: 'token.wrong_claims' },
    { says: 'without an id', claims: { jti: undefined }, refused: 'token.wrong_claims' },
    { says: 'with a scope that is a list', claims: { scope: ['a'] }, refused: 'token.wrong_claims' },
    { says: 'with roles that are no texts', claims: { roles: [1] }, refused: 'token.wrong_claims' },
    { says: 'with claims that nobody knows', claims: { later: { a: 1 } } },
    { says: 'for a program that has no name', options: { audience: '' }, refused: 'TypeError' },
    { says: 'with a tolerance of a minute', options: { clockToleranceSeconds: 60 } },
    { says: 'with a tolerance of more than a minute', options: { clockToleranceSeconds: 61 }, refused: 'TypeError' },
    { says: 'with a negative tolerance', options: { clockToleranceSeconds: -1 }, refused: 'TypeError' },
  ]
  const fromRows = rows.map((row): Case => ({
    says: `an access token ${row.says} is ${row.refused === undefined ? 'accepted' : `refused: ${row.refused}`}`,
    run: within(async (world) => {
      const token = await signToken(row.signer ?? es, header(row.header), claims(world, row.claims))
      const attempt = world.sdk.verifyAccessToken(token, { issuer: world.issuer, audience, ...row.options })
      if (row.refused === undefined) same((await attempt).subject, 'usr_1')
      else await refused(attempt, row.refused)
    }),
  }))

  const verify = (world: World, token: string | readonly string[] | null | undefined) =>
    world.sdk.verifyAccessToken(token, { issuer: world.issuer, audience })
  const right = (world: World, given: Json = {}) => signToken(es, header(), claims(world, given))
  const spelling = (says: string, code: string, change: (token: string) => string): Case => ({
    says: `a token ${says} is refused: ${code}`,
    run: within(async (world) => refused(verify(world, change(await right(world))), code)),
  })
  const part = (place: number, change: (part: string) => string) => (token: string) =>
    token
      .split('.')
      .map((text, index) => (index === place ? change(text) : text))
      .join('.')

  return [
    ...fromRows,
    {
      says: 'what a verified access token says can be read',
      run: within(async (world) => {
        const token = await verify(
          world,
          await right(world, { sid: 'ses_1', acr: 'mfa', amr: ['pwd', 'otp'], auth_time: noon - 90, roles: ['editor'], fam: 'x' }),
        )
        const { claims: all, ...known } = token
        same(all['fam'], 'x')
        same(known, {
          id: 'tok_1',
          issuer: world.origin,
          subject: 'usr_1',
          clientId: 'app',
          scopes: ['a', 'b'],
          session: 'ses_1',
          acr: 'mfa',
          amr: ['pwd', 'otp'],
          authTimeMs: noonMs - 90_000,
          roles: ['editor'],
          issuedAtMs: noonMs - 60_000,
          expiresAtMs: noonMs + 60_000,
        })
      }),
    },
    {
      says: 'a token without scopes has none',
      run: within(async (world) => same((await verify(world, await right(world, { scope: undefined }))).scopes, [])),
    },
    {
      says: 'no token is refused: token.missing',
      run: within(async (world) => {
        for (const nothing of [undefined, null, '']) await refused(verify(world, nothing), 'token.missing')
        same(world.asked, [])
      }),
    },
    {
      says: 'a header that came twice is refused: token.malformed',
      run: within(async (world) => refused(verify(world, [await right(world)]), 'token.malformed')),
    },
    spelling(
      'with a letter changed in its claims',
      'token.bad_signature',
      part(1, (text) => `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`),
    ),
    spelling(
      'with another signature',
      'token.bad_signature',
      part(2, () => encode(new Uint8Array(64).fill(1))),
    ),
    spelling(
      'with a signature of zeros',
      'token.bad_signature',
      part(2, () => encode(new Uint8Array(64))),
    ),
    spelling(
      'with a signature that is too short',
      'token.bad_signature',
      part(2, (text) => encode(new Uint8Array(63)).slice(0, text.length)),
    ),
    spelling(
      'with no signature',
      'token.bad_signature',
      part(2, () => ''),
    ),
    spelling('with padding', 'token.malformed', (token) => `${token}==`),
    spelling('with white space', 'token.malformed', (token) => `${token}\n`),
    spelling(
      'with a second spelling of its signature',
      'token.malformed',
      (token) => token.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[token.slice(-1)],
    ),
    spelling('of four parts', 'token.malformed', (token) => `${token}.AAAA`),
    spelling('of two parts', 'token.malformed', (token) => token.slice(0, token.lastIndexOf('.'))),
    spelling('of five parts, as a JWE has', 'token.malformed', (token) => `${token}.AAAA.AAAA`),
    spelling(
      'in the letters of base64',
      'token.malformed',
      part(2, (text) => `+/${text.slice(2)}`),
    ),
    spelling(
      'with a header that is a list',
      'token.malformed',
      part(0, () => encodeJson(['ES256'])),
    ),
    spelling(
      'with a header that is no JSON',
      'token.malformed',
      part(0, () => encodeJson('{')),
    ),
    spelling(
      'with a header in other bytes than UTF-8',
      'token.malformed',
      part(0, () => encode(new Uint8Array([0x7b, 0xff, 0x7d]))),
    ),
    spelling(
      'with alg twice',
      'token.malformed',
      part(0, () => encodeJson('{"alg":"none","alg":"ES256","kid":"es","typ":"at+jwt"}')),
    ),
    spelling(
      'with alg twice, once escaped',
      'token.malformed',
      part(0, () => encodeJson('{"\\u0061lg":"none","alg":"ES256","kid":"es","typ":"at+jwt"}')),
    ),
    spelling('of more than 16,384 characters', 'token.malformed', (token) => token + 'A'.repeat(16_385)),
    spelling(
      'of a header of more than 512 bytes',
      'token.malformed',
      part(0, () => encodeJson(header({ kid: 'k'.repeat(512) }))),
    ),
    {
      says: 'a token of exactly 16,384 characters is read',
      run: within(async (world) => {
        const at = async (fill: number): Promise<string> => right(world, { fill: 'x'.repeat(fill) })
        const spare = 16_384 - (await at(0)).length
        const token = await at(Math.floor((spare * 3) / 4))
        same(token.length > 16_380 && token.length <= 16_384, true)
        same((await verify(world, token)).subject, 'usr_1')
      }),
    },
    {
      says: 'a token signed with the published key as an HMAC secret is refused',
      run: within(async (world) => {
        const forged = await signWithPublicKey(JSON.stringify(es.jwk), header({ alg: 'HS256' }), claims(world))
        await refused(verify(world, forged), 'token.wrong_algorithm')
        const renamed = await signWithPublicKey(JSON.stringify(es.jwk), header(), claims(world))
        await refused(verify(world, renamed), 'token.bad_signature')
      }),
    },
    {
      says: 'claims with a name twice are refused, whichever reader would take which',
      run: within(async (world) => {
        const text = JSON.stringify(claims(world)).replace('{', '{"aud":"https://other.example",')
        await refused(verify(world, await signToken(es, header(), text)), 'token.malformed')
      }),
    },
    {
      says: 'claims that are no object are refused',
      run: within(async (world) => {
        for (const text of ['[]', '"x"', 'null', '1', '{', '{}x', `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`]) {
          await refused(verify(world, await signToken(es, header(), text)), 'token.malformed')
        }
      }),
    },
    {
      says: 'an issuer that was not made by trustIssuer is a mistake of the program',
      run: within(async (world) => {
        const issuer = { url: world.origin }
        await refused(world.sdk.verifyAccessToken(await right(world), { issuer, audience }), 'TypeError')
      }),
    },
    {
      says: 'the bearer token is read from its header alone',
      run: async () => {
        const { readBearerToken } = runtime.sdk
        same(
          ['Bearer a.b-c_d~+/==', 'bearer x', 'Basic x', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer  a', ' Bearer a', 'Bearer a,b', ''].map(
            (text) => readBearerToken(text) ?? null,
          ),
          ['a.b-c_d~+/==', 'x', null, null, null, null, null, null, null, null],
        )
        same([readBearerToken(null) ?? null, readBearerToken(undefined) ?? null], [null, null])
      },
    },
  ]
}
