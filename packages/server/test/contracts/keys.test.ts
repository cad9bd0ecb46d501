import assert from 'node:assert/strict'
import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { base64url, newId, utf8, type Operation } from '#kernel'
import {
  createAssertionSigner,
  createStateSealer,
  migrations,
  idTokenPurposes,
  openKeys,
  verifySignature,
  type HashingPurpose,
  type Keys,
  type SealingPurpose,
  type SigningPurpose,
} from '#keys'
import type { Store } from '#store'
import { openTestKeys } from '../keys.ts'
import { eachEngine, testOperation } from '../store.ts'

const idTokens = ['id-token', 'id-token-ps256', 'id-token-es256', 'id-token-eddsa'] as const
const signing: readonly SigningPurpose[] = [...idTokens, 'access-token', 'gateway-assertion', 'audit-checkpoint']
const sealing: readonly SealingPurpose[] = ['browser-state', 'gateway-session', 'token-subject', 'credential', 'column']
const hashing: readonly HashingPurpose[] = ['pepper', 'blind-index', 'client-secret', 'network']
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString())

async function start(store: Store): Promise<{ op: Operation; keys: Keys }> {
  return { op: testOperation(store.defaultTenant), keys: (await openTestKeys(store)).keys }
}

eachEngine('each signing purpose has the algorithm that was decided for it', [migrations], async (store) => {
  const { op, keys } = await start(store)
  const found: Record<string, string> = {}
  for (const purpose of signing) {
    const signature = await keys.sign(op, purpose, utf8('x'))
    found[purpose] = signature.algorithm
    const jwk = (await keys.publicKeys(op, [purpose])).find((key) => key.kid === signature.keyId)
    assert.ok(jwk && verifySignature(jwk, utf8('x'), signature.bytes))
    assert.equal(verifySignature(jwk, utf8('y'), signature.bytes), false)
  }
  assert.deepEqual(found, {
    'id-token': 'RS256',
    'id-token-ps256': 'PS256',
    'id-token-es256': 'ES256',
    'id-token-eddsa': 'EdDSA',
    'access-token': 'ES256',
    'gateway-assertion': 'ES256',
    'audit-checkpoint': 'EdDSA',
  })
  for (const [algorithm, purpose] of Object.entries(idTokenPurposes)) assert.equal(found[purpose], algorithm)
})

eachEngine('the key set holds public keys of tokens alone, each under a name of its own', [migrations], async (store) => {
  const { op, keys } = await start(store)
  await keys.prepare(op, 'id-token-ps256')
  const set = await keys.publicKeys(op)
  const twice = ['ES256', 'ES256', 'ES256', 'EdDSA', 'PS256', 'RS256'].flatMap((algorithm) => [algorithm, algorithm])
  assert.deepEqual(set.map((key) => key.alg).sort(), twice)
  assert.equal(new Set(set.map((key) => key.kid)).size, twice.length)
  for (const key of set) {
    assert.equal(key.use, 'sig')
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(secret in key, false)
  }
})

eachEngine('what we sign verifies with any client, by our key set', [migrations], async (store) => {
  const { op, keys } = await start(store)
  await keys.prepare(op, 'id-token-ps256')
  const jwks = createLocalJWKSet({ keys: await keys.publicKeys(op) } as unknown as JSONWebKeySet)
  for (const purpose of [...idTokens, 'access-token', 'gateway-assertion'] as const) {
    const token = await keys.signJwt(op, purpose, 'JWT', { sub: 'u' })
    assert.deepEqual((await jwtVerify(token, jwks, { typ: 'JWT' })).payload, { sub: 'u' })
  }
})

eachEngine('a token is verified for its own purpose, typ and tenant alone, twice in a row the same', [migrations], async (store) => {
  const { op, keys } = await start(store)
  const stranger = testOperation(newId('ten'))
  for (const purpose of signing) {
    const token = await keys.signJwt(op, purpose, 'JWT', { sub: purpose })
    for (const round of [1, 2]) {
      for (const other of signing) {
        const expected = other === purpose ? { sub: purpose } : undefined
        assert.deepEqual(await keys.verifyJwt(op, other, 'JWT', token), expected, `${purpose} as ${other}, round ${round}`)
      }
      assert.equal(await keys.verifyJwt(op, purpose, 'at+jwt', token), undefined)
      assert.equal(await keys.verifyJwt(stranger, purpose, 'JWT', token), undefined)
      assert.equal(await keys.verifyJwt(op, purpose, 'JWT', `${token.slice(0, -4)}AAAA`), undefined)
    }
  }
})

eachEngine('an ID token is verified whatever its algorithm, and by the keys of ID tokens alone', [migrations], async (store) => {
  const { op, keys } = await start(store)
  for (const round of [1, 2]) {
    for (const purpose of signing) {
      const token = await keys.signJwt(op, purpose, 'JWT', { sub: purpose })
      const expected = idTokens.some((one) => one === purpose) ? { sub: purpose } : undefined
      assert.deepEqual(await keys.verifyJwt(op, idTokens, 'JWT', token), expected, `${purpose}, round ${round}`)
    }
  }
})

eachEngine('keys that nobody asked for are not made; asked for by two servers at once, they are made once', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const first = await openTestKeys(store)
  // Not from the tests' stock, which would give it the keys that sign RS256.
  const second = await openKeys(op, { store, vault: first.vault })
  const published = async (keys: Keys) => (await keys.publicKeys(op, ['id-token-ps256'])).map(({ kid }) => kid)
  assert.deepEqual(await published(first.keys), [])
  assert.ok(!(await first.keys.list(op)).some(({ purpose }) => purpose === 'id-token-ps256'))
  await Promise.all([first, second, first, second].map(({ keys }) => keys.prepare(op, 'id-token-ps256')))
  const kids = await published(first.keys)
  assert.equal(kids.length, 2)
  assert.deepEqual(await published(second.keys), kids)
  const token = await second.keys.signJwt(op, 'id-token-ps256', 'JWT', { sub: 'u' })
  assert.deepEqual(await first.keys.verifyJwt(op, idTokens, 'JWT', token), { sub: 'u' })
  const { keyId } = await first.keys.sign(op, 'id-token-ps256', utf8('x'))
  assert.equal(keyId, kids[0], 'what signs was published before')
})

eachEngine('the kid of another purpose on a token opens no door', [migrations], async (store) => {
  const { op, keys } = await start(store)
  const [, body, tail] = (await keys.signJwt(op, 'gateway-assertion', 'at+jwt', { sub: 'admin' })).split('.')
  const [header] = (await keys.signJwt(op, 'access-token', 'at+jwt', { sub: 'u' })).split('.')
  assert.equal(await keys.verifyJwt(op, 'access-token', 'at+jwt', `${header}.${body}.${tail}`), undefined)
})

eachEngine('the right key under a wrong header verifies nothing, before and after its like was remembered', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const { keys, gateway } = await openTestKeys(store)
  const jwk = (await gateway.exportAssertionKey(op)).reveal()
  const sign = (claims: string, header: object): string => {
    const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(claims))}`
    const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    return `${signed}.${base64url(signBytes('sha256', utf8(signed), { key, dsaEncoding: 'ieee-p1363' }))}`
  }
  const header = { alg: 'ES256', kid: jwk.kid, typ: 'JWT' }
  const verify = (token: string) => keys.verifyJwt(op, 'gateway-assertion', 'JWT', token)
  for (const round of [1, 2]) {
    assert.deepEqual(await verify(sign('{"a":1}', header)), { a: 1 }, `round ${round}`)
    for (const other of [
      { ...header, alg: 'EdDSA' },
      { ...header, alg: 'none' },
      { ...header, typ: 'jwt' },
      { ...header, kid: 'other' },
      { ...header, jwk: { kty: 'EC' } },
      { ...header, crit: ['exp'] },
      { ...header, b64: false },
    ]) {
      assert.equal(await verify(sign('{"a":1}', other)), undefined, JSON.stringify(other))
    }
    for (const claims of ['{"a":1,"a":2}', '[]', '1', 'x', '']) assert.equal(await verify(sign(claims, header)), undefined, claims)
  }
})

eachEngine('what was sealed opens for the same tenant, purpose and context alone', [migrations], async (store) => {
  const { op, keys } = await start(store)
  const stranger = testOperation(newId('ten'))
  for (const purpose of sealing) {
    const sealed = await keys.seal(op, purpose, utf8('plain'), 'context')
    assert.equal(text(await keys.open(op, purpose, sealed, 'context')), 'plain')
    assert.equal(await keys.open(op, purpose, sealed, 'contexT'), undefined)
    assert.equal(await keys.open(op, purpose, sealed, ''), undefined)
    assert.equal(await keys.open(stranger, purpose, sealed, 'context'), undefined)
    for (const other of sealing) if (other !== purpose) assert.equal(await keys.open(op, other, sealed, 'context'), undefined)
  }
})

eachEngine('bytes that nobody sealed open nothing and throw nothing', [migrations], async (store) => {
  const { op, keys } = await start(store)
  for (const length of [0, 1, 44, 45, 46, 100]) {
    for (const first of [0, 1, 2]) {
      const bytes = Buffer.alloc(length)
      if (length > 0) bytes[0] = first
      assert.equal(await keys.open(op, 'column', bytes, 'c'), undefined)
    }
  }
})

eachEngine('a hash is the same for ever, and another for each purpose, tenant and text', [migrations], async (store) => {
  const { op, keys } = await start(store)
  const hashes = new Map<string, string>()
  for (const purpose of hashing) {
    for (const [who, one] of Object.entries({ us: op, them: testOperation(newId('ten')) })) {
      for (const words of ['alice', 'alicE', '']) {
        const hash = await keys.hash(one, purpose, utf8(words))
        assert.equal(hash.byteLength, 32)
        assert.deepEqual(await keys.hash(one, purpose, utf8(words)), hash)
        hashes.set(Buffer.from(hash).toString('hex'), `${purpose} ${who} ${words}`)
      }
    }
  }
  assert.equal(hashes.size, hashing.length * 2 * 3)
})

eachEngine('a server that starts again opens and verifies what it made before', [migrations], async (store) => {
  const op = testOperation(store.defaultTenant)
  const first = await openTestKeys(store)
  const token = await first.keys.signJwt(op, 'access-token', 'at+jwt', { sub: 'u' })
  const sealed = await first.keys.seal(op, 'column', utf8('x'), 'c')
  const hash = await first.keys.hash(op, 'pepper', utf8('x'))
  const second = await openTestKeys(store, { vault: first.vault })
  assert.deepEqual(await second.keys.verifyJwt(op, 'access-token', 'at+jwt', token), { sub: 'u' })
  assert.equal(text(await second.keys.open(op, 'column', sealed, 'c')), 'x')
  assert.deepEqual(await second.keys.hash(op, 'pepper', utf8('x')), hash)
  assert.deepEqual(await second.keys.publicKeys(op), await first.keys.publicKeys(op))
})

eachEngine(
  'the gateway is given the key that signs assertions now, and keys that open what the server seals for it',
  [migrations],
  async (store) => {
    const op = testOperation(store.defaultTenant)
    const { keys, gateway } = await openTestKeys(store)
    const exported = await gateway.exportAssertionKey(op)
    assert.equal(JSON.stringify(exported), '"[secret]"')
    const token = createAssertionSigner(exported.reveal()).sign('JWT', { sub: 'u' })
    assert.deepEqual(await keys.verifyJwt(op, 'gateway-assertion', 'JWT', token), { sub: 'u' })
    const sealer = createStateSealer(op.tenant, (await gateway.exportSessionKeys(op)).reveal())
    assert.equal(text(await keys.open(op, 'gateway-session', sealer.seal(utf8('x'), 'c'), 'c')), 'x')
    assert.equal(text(sealer.open(await keys.seal(op, 'gateway-session', utf8('y'), 'c'), 'c')), 'y')
    assert.equal(sealer.open(await keys.seal(op, 'column', utf8('y'), 'c'), 'c'), undefined)
  },
)
