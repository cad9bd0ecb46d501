/** Which issuers and keys are believed, how often they are asked, and what happens when they do not answer. @module */

import { refused, same, type Case } from './judge.ts'
import { decode, encode, makeSigner, signToken, type Signer } from './signer.ts'
import { inWorld, noonMs, type Runtime, type World } from './world.ts'

const audience = 'https://api.example'
const minuteMs = 60_000

export async function issuerCases(runtime: Runtime): Promise<readonly Case[]> {
  const first = await makeSigner('k1', 'ES256')
  const second = await makeSigner('k2', 'ES256')
  const rsa = await makeSigner('rsa', 'RS256')
  const small = await makeSigner('small', 'RS256', 1024)
  const within = (run: (world: World) => Promise<void>) => () => inWorld(runtime, { tokens: [first], assertions: [] }, run)
  const token = (world: World, signer: Signer = first, given: object = {}): Promise<string> =>
    signToken(
      signer,
      { alg: signer.jwk['alg'], kid: signer.keyId, typ: 'at+jwt' },
      {
        iss: world.origin,
        aud: audience,
        sub: 'usr_1',
        client_id: 'app',
        jti: 'tok_1',
        iat: noonMs / 1000,
        exp: noonMs / 1000 + 100_000,
        ...given,
      },
    )
  const verify = async (world: World, signer: Signer = first): Promise<unknown> =>
    world.sdk.verifyAccessToken(await token(world, signer), { issuer: world.issuer, audience })
  const keyFetches = (world: World): number => world.asked.filter((path) => path === '/jwks').length

  const wrongUrls = [
    'http://id.example.com',
    'ftp://id.example.com',
    'https://id.example.com/?a',
    'https://id.example.com/#',
    'https://a@id.example.com',
    'https://a:b@id.example.com',
    'id.example.com',
    '',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
  ]
  const rightUrls = [
    'https://id.example.com',
    'https://id.example.com/',
    'https://id.example.com/tenant',
    'http://localhost:9000',
    'http://id.localhost:9000',
    'http://127.0.0.1:1',
    'http://[::1]:1',
  ]

  /** Keys that are published beside the right one; each must be of no use. */
  const uselessKeys: readonly { readonly says: string; readonly keys: readonly unknown[]; readonly signer?: Signer }[] = [
    { says: 'for encryption', keys: [{ ...first.jwk, use: 'enc' }] },
    { says: 'for signing only', keys: [{ ...first.jwk, key_ops: ['sign'] }] },
    { says: 'with its private part', keys: [{ ...first.jwk, d: first.secret['d'] }] },
    { says: 'with one private member', keys: [{ ...rsa.jwk, qi: rsa.secret['qi'] }], signer: rsa },
    { says: 'without algorithm', keys: [{ ...first.jwk, alg: undefined }] },
    { says: 'of an algorithm that is not accepted', keys: [{ ...first.jwk, alg: 'ES384' }] },
    { says: 'of a name that every object has', keys: [{ ...first.jwk, alg: 'toString' }] },
    { says: 'of another kind than its algorithm', keys: [{ ...rsa.jwk, alg: 'ES256' }], signer: rsa },
    { says: 'of another curve', keys: [{ ...first.jwk, crv: 'P-384' }] },
    { says: 'beside the curve', keys: [{ ...first.jwk, y: first.jwk['x'] }] },
    { says: 'with a coordinate too short', keys: [{ ...first.jwk, x: 'AAAA' }] },
    { says: 'that is a shared secret', keys: [{ kty: 'oct', kid: 'k1', alg: 'HS256', k: 'AAAA' }] },
    { says: 'of 1024 bits', keys: [small.jwk], signer: small },
    {
      says: 'of 1024 bits that looks like 2048',
      keys: [{ ...small.jwk, n: encode(new Uint8Array([...new Uint8Array(128), ...decode(String(small.jwk['n']))])) }],
      signer: small,
    },
    { says: 'with a small exponent', keys: [{ ...rsa.jwk, e: 'Aw' }], signer: rsa },
    { says: 'twice under one id', keys: [first.jwk, first.jwk] },
    { says: 'whose id is also that of another', keys: [{ ...second.jwk, kid: 'k1' }, first.jwk] },
    { says: 'three times under one id', keys: [first.jwk, first.jwk, first.jwk] },
    { says: 'without id', keys: [{ ...first.jwk, kid: undefined }] },
    { says: 'whose id is a number', keys: [{ ...first.jwk, kid: 1 }] },
    { says: 'that is no object', keys: [null, 1, 'k1', []] },
  ]

  const wrongDocuments: readonly {
    readonly says: string
    readonly path: string
    readonly status?: number
    readonly body: string
    readonly by: string
  }[] = [
    { says: 'metadata that is no JSON', path: '/.well-known/openid-configuration', body: '<html>', by: 'issuer.wrong_metadata' },
    { says: 'metadata that is a list', path: '/.well-known/openid-configuration', body: '[]', by: 'issuer.wrong_metadata' },
    {
      says: 'metadata that is too long',
      path: '/.well-known/openid-configuration',
      body: `{"a":"${'x'.repeat(262_144)}"}`,
      by: 'issuer.wrong_metadata',
    },
    { says: 'an outage', path: '/.well-known/openid-configuration', status: 503, body: '{}', by: 'issuer.unreachable' },
    { says: 'a redirect', path: '/.well-known/openid-configuration', status: 302, body: '', by: 'issuer.unreachable' },
    { says: 'an outage of its keys', path: '/jwks', status: 500, body: '', by: 'issuer.unreachable' },
    { says: 'no content', path: '/jwks', status: 204, body: '', by: 'issuer.unreachable' },
    { says: 'keys that are no JSON', path: '/jwks', body: 'x', by: 'issuer.wrong_keys' },
    { says: 'keys that are no list', path: '/jwks', body: '{"keys":{}}', by: 'issuer.wrong_keys' },
    { says: 'no keys member', path: '/jwks', body: '{}', by: 'issuer.wrong_keys' },
    {
      says: 'more than a hundred keys',
      path: '/jwks',
      body: JSON.stringify({ keys: Array.from({ length: 101 }, () => 1) }),
      by: 'issuer.wrong_keys',
    },
    { says: 'keys that are too long', path: '/jwks', body: `{"keys":[],"a":"${'x'.repeat(262_144)}"}`, by: 'issuer.wrong_keys' },
  ]

  return [
    ...wrongUrls.map((url): Case => ({
      says: `${JSON.stringify(url)} cannot be trusted as an issuer`,
      run: async () =>
        refused(
          Promise.resolve().then(() => runtime.sdk.trustIssuer(url)),
          'TypeError',
        ),
    })),
    ...rightUrls.map((url): Case => ({
      says: `${url} can be trusted as an issuer`,
      run: async () => same(runtime.sdk.trustIssuer(url).url, url),
    })),
    ...uselessKeys.map(({ says, keys, signer }): Case => ({
      says: `a key ${says} verifies nothing`,
      run: within(async (world) => {
        world.tokenKeys = [...keys, second.jwk]
        await refused(verify(world, signer), 'token.unknown_key')
        await verify(world, second)
      }),
    })),
    {
      says: 'a key without use, or one that may verify, is used',
      run: within(async (world) => {
        world.tokenKeys = [
          { ...first.jwk, use: undefined },
          { ...second.jwk, key_ops: ['sign', 'verify'] },
        ]
        await verify(world)
        await verify(world, second)
      }),
    },
    ...wrongDocuments.map(({ says, path, status = 200, body, by }): Case => ({
      says: `an issuer that answers with ${says} verifies nothing: ${by}`,
      run: within(async (world) => {
        world.instead.set(path, { status, body, headers: status === 302 ? { location: `${world.origin}/elsewhere` } : {} })
        await refused(verify(world), by)
        same(world.asked.includes('/elsewhere'), false)
      }),
    })),
    {
      says: 'metadata that names another issuer is not believed',
      run: within(async (world) => {
        for (const issuer of ['https://evil.example', `${world.origin}/`, world.origin.toUpperCase(), undefined]) {
          world.metadata = { ...world.metadata, issuer }
          world.nowMs += 1_000
          await refused(verify(world), 'issuer.wrong_metadata')
        }
        same(keyFetches(world), 0)
      }),
    },
    {
      says: 'keys are fetched from the origin of the issuer alone',
      run: within(async (world) => {
        for (const address of [
          'https://evil.example/jwks',
          `${world.origin}1/jwks`,
          '/jwks',
          world.origin.replace('//', '//a:b@') + '/jwks',
          `file:///jwks`,
          1,
          undefined,
        ]) {
          world.metadata = { ...world.metadata, jwks_uri: address }
          world.nowMs += 1_000
          await refused(verify(world), 'issuer.wrong_metadata')
        }
        same(keyFetches(world), 0)
      }),
    },
    {
      says: 'an issuer with a path publishes its metadata below it',
      run: within(async (world) => {
        const issuer = world.trust({ path: '/tenant' })
        const metadata = { ...world.metadata, issuer: issuer.url }
        world.instead.set('/tenant/.well-known/openid-configuration', { status: 200, body: JSON.stringify(metadata) })
        await world.sdk.verifyAccessToken(await token(world, first, { iss: issuer.url }), { issuer, audience })
      }),
    },
    {
      says: 'keys are fetched once for many tokens, however many come at the same time',
      run: within(async (world) => {
        await Promise.all(Array.from({ length: 20 }, () => verify(world)))
        await verify(world)
        same(world.asked, ['/.well-known/openid-configuration', '/jwks'])
      }),
    },
    {
      says: 'a key that is published later is found when a token names it',
      run: within(async (world) => {
        await verify(world)
        world.tokenKeys = [first.jwk, second.jwk]
        world.nowMs += minuteMs
        await Promise.all([verify(world, second), verify(world, second)])
        same(keyFetches(world), 2)
      }),
    },
    {
      says: 'tokens of unknown keys have the keys fetched once a minute and not more',
      run: within(async (world) => {
        await verify(world)
        world.nowMs += minuteMs - 1
        await refused(verify(world, second), 'token.unknown_key')
        same(keyFetches(world), 1)
        world.nowMs += 1
        await Promise.all(Array.from({ length: 5 }, () => refused(verify(world, second), 'token.unknown_key')))
        same(keyFetches(world), 2)
        world.nowMs += minuteMs - 1
        await refused(verify(world, second), 'token.unknown_key')
        same(keyFetches(world), 2)
      }),
    },
    {
      says: 'a withdrawn key is believed for ten minutes and not longer',
      run: within(async (world) => {
        await verify(world)
        world.tokenKeys = [second.jwk]
        world.nowMs += 10 * minuteMs - 1
        await verify(world)
        world.nowMs += 1
        await refused(verify(world), 'token.unknown_key')
      }),
    },
    {
      says: 'the address of the keys is asked for again after an hour, and when the clock is set back',
      run: within(async (world) => {
        await verify(world)
        world.metadata = { ...world.metadata, jwks_uri: `${world.origin}/jwks/assertions` }
        world.assertionKeys = [second.jwk]
        world.nowMs += 60 * minuteMs - 1
        await refused(verify(world, second), 'token.unknown_key')
        world.nowMs += 1
        await refused(verify(world, second), 'token.unknown_key')
        world.nowMs += minuteMs
        await verify(world, second)
        world.metadata = { ...world.metadata, jwks_uri: `${world.origin}/jwks` }
        world.nowMs -= 30 * minuteMs
        await verify(world)
      }),
    },
    {
      says: 'while the issuer is away its keys are used for an hour and not longer',
      run: within(async (world) => {
        await verify(world)
        world.instead.set('/jwks', { status: 503, body: '' })
        world.nowMs += 30 * minuteMs
        await verify(world)
        await verify(world)
        same(keyFetches(world), 2)
        world.nowMs += 30 * minuteMs - 1
        await verify(world)
        world.nowMs += 1
        await refused(verify(world), 'issuer.unreachable')
        world.instead.clear()
        await refused(verify(world), 'issuer.unreachable')
        world.nowMs += 1_000
        await verify(world)
      }),
    },
    {
      says: 'an issuer that is away when an unknown key comes is not taken for one that does not know it',
      run: within(async (world) => {
        await verify(world)
        world.instead.set('/jwks', { status: 503, body: '' })
        world.nowMs += minuteMs
        await refused(verify(world, second), 'issuer.unreachable')
        await verify(world)
      }),
    },
    {
      says: 'an issuer in trouble is asked once a second and not more',
      run: within(async (world) => {
        world.instead.set('/.well-known/openid-configuration', { status: 503, body: '' })
        await refused(verify(world), 'issuer.unreachable')
        world.nowMs += 999
        await refused(verify(world), 'issuer.unreachable')
        same(world.asked.length, 1)
        world.instead.clear()
        world.nowMs += 1
        await verify(world)
      }),
    },
    {
      says: 'a clock that is set back does not keep old keys alive',
      run: within(async (world) => {
        await verify(world)
        world.tokenKeys = [second.jwk]
        world.nowMs -= 1
        await refused(verify(world), 'token.unknown_key')
      }),
    },
    {
      says: 'an issuer that cannot be connected to is unreachable',
      run: within(async (world) => {
        const issuer = runtime.sdk.trustIssuer('http://127.0.0.1:1')
        await refused(world.sdk.verifyAccessToken(await token(world), { issuer, audience }), 'issuer.unreachable')
      }),
    },
    {
      says: 'an issuer that never answers is unreachable after five seconds',
      run: within(async (world) => {
        world.instead.set('/jwks', { status: 200, body: 'hang' })
        await refused(verify(world), 'issuer.unreachable')
      }),
    },
    {
      says: 'the error of an outage carries its cause for the log',
      run: within(async (world) => {
        world.instead.set('/jwks', { status: 500, body: '' })
        const error: unknown = await verify(world).catch((thrown: unknown) => thrown)
        same(
          error instanceof world.sdk.IssuerError && error.cause instanceof Error && error.cause.message,
          `${world.origin}/jwks answered 500`,
        )
      }),
    },
  ]
}
