import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { readPublicKey, verifyBytes } from '../../src/keys/algorithms.ts'
import type { PublicJwk, SigningAlgorithm } from '../../src/keys/contract.ts'
import { gcmOpen, gcmSeal, hkdfSha256, HmacKey } from '../../src/keys/primitives.ts'
import { bytesOf, missingCorpus, readCorpus, type Case } from './corpus.ts'

/** One corpus: what of ours it is run against, and how many of its cases we implement. */
interface Suite {
  readonly file: string
  readonly algorithm: string
  /** Cases for parameters that this house never uses. */
  readonly leavesOut?: (one: Case) => boolean
  readonly run: (one: Case) => void
  /** How many cases are left, so that a filter that leaves out too much is noticed. */
  readonly cases: number
}

const suites: readonly Suite[] = [
  {
    file: 'wycheproof/aes_gcm_test.json',
    algorithm: 'AES-GCM',
    leavesOut: (one) => one.given['keySize'] !== 256 || one.given['ivSize'] !== 96,
    cases: 66,
    run(one) {
      const [key, nonce, plain, authenticated] = [bytesOf(one, 'key'), bytesOf(one, 'iv'), bytesOf(one, 'msg'), bytesOf(one, 'aad')]
      const sealed = Buffer.concat([bytesOf(one, 'ct'), bytesOf(one, 'tag')])
      const opened = gcmOpen(key, nonce, sealed, authenticated)
      if (!one.valid) return assert.equal(opened, undefined)
      assert.deepEqual(hex(opened), hex(plain))
      assert.equal(hex(gcmSeal(key, nonce, plain, authenticated)), hex(sealed))
    },
  },
  {
    file: 'wycheproof/hmac_sha256_test.json',
    algorithm: 'HMACSHA256',
    cases: 174,
    run(one) {
      // Truncated tags are compared as far as they go: what is tested is the function, and ours is never truncated.
      const tag = hex(new HmacKey(bytesOf(one, 'key')).tag(bytesOf(one, 'msg'))).slice(0, Number(one.given['tagSize']) / 4)
      assert.equal(tag === hex(bytesOf(one, 'tag')), one.valid)
    },
  },
  {
    file: 'wycheproof/hkdf_sha256_test.json',
    algorithm: 'HKDF-SHA-256',
    cases: 86,
    run(one) {
      const derive = () => hkdfSha256(bytesOf(one, 'ikm'), bytesOf(one, 'salt'), bytesOf(one, 'info'), Number(one.given['size']))
      if (one.valid) assert.equal(hex(derive()), hex(bytesOf(one, 'okm')))
      else assert.throws(derive)
    },
  },
  {
    file: 'wycheproof/ed25519_test.json',
    algorithm: 'EDDSA',
    cases: 151,
    run: (one) => verifies('EdDSA', one),
  },
]

for (const { file, algorithm, leavesOut = () => false, run, cases: expected } of suites) {
  test(`${file}: every case of ours comes out as it says`, { skip: missingCorpus(file) }, () => {
    const cases = readCorpus(file, algorithm).filter((one) => !leavesOut(one))
    for (const one of cases) {
      try {
        run(one)
      } catch (error) {
        assert.fail(`case ${one.id} (${one.says}): ${String(error)}`)
      }
    }
    assert.equal(cases.length, expected)
  })
}

function verifies(algorithm: SigningAlgorithm, one: Case): void {
  const jwk = createPublicKey({ key: Buffer.from(bytesOf(one, 'publicKeyDer')), format: 'der', type: 'spki' }).export({ format: 'jwk' })
  const verifier = readPublicKey({ ...jwk, kty: String(jwk.kty), kid: 'k', alg: algorithm, use: 'sig' } satisfies PublicJwk)
  assert.ok(verifier)
  assert.equal(verifyBytes(algorithm, verifier.key, bytesOf(one, 'msg'), bytesOf(one, 'sig')), one.valid)
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'nothing' : Buffer.from(bytes).toString('hex')
}
