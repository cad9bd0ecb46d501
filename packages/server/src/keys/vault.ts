/**
 * Where the root key lives. Today a file; an HSM or a cloud KMS goes behind the
 * same two functions.
 *
 * @module
 */

import { base64url, refusals, type Operation, type Secret } from '#kernel'
import { binding } from './binding.ts'
import { hkdfSha256 } from './primitives.ts'
import { openWith, sealingKey, sealWith } from './sealed.ts'

/** A data key as it is stored: useless without the vault that wrapped it. */
export interface WrappedKey {
  readonly vaultKey: string
  readonly bytes: Uint8Array
}

/**
 * Wraps and unwraps data keys under a root key that never leaves the vault.
 *
 * Most code never sees this type and should call `seal` and `open` instead.
 * Implement it to keep the root key somewhere new (a cloud KMS, an HSM).
 */
export interface KeyVault {
  /** Names the root key without telling anything about it. Two vaults with the same root key give the same name. */
  readonly keyId: string

  /**
   * Wraps a data key of at most 4 KiB.
   *
   * `context` is authenticated but not stored: {@link unwrap} must be given the
   * same value, so a wrapped key copied to another tenant's row will not open.
   */
  wrap(op: Operation, dataKey: Uint8Array, context: string): Promise<WrappedKey>

  /**
   * Unwraps a data key. The caller wipes the bytes after use.
   *
   * Must refuse with `keys.cannot_open` when the context differs, and must
   * not say whether the key or the context was at fault. Any other failure is
   * thrown as it is and treated as an outage, not as a refusal.
   */
  unwrap(op: Operation, key: WrappedKey, context: string): Promise<Uint8Array>
}

const says = { 'keys.cannot_open': 'The key cannot be opened.' } as const

export const vaultRefusals: Readonly<Record<keyof typeof says, string>> = says

const refuse = refusals(says)

/** Every vault must take a private RSA key of 4096 bits (2.4 KB), and AWS KMS takes no more than this. */
const maxDataKeyBytes = 4096

/**
 * The vault over a root key in this process's memory.
 *
 * The root key derives two things by HKDF (RFC 5869) and is not used itself: the
 * public name, and the key that wraps.
 */
export function openFileVault(rootKey: Secret<Uint8Array>): KeyVault {
  const wrapping = derive(rootKey, 'countersign vault 1: wrapping key')
  const key = sealingKey(1, wrapping)
  wrapping.fill(0)
  const keyId = base64url(derive(rootKey, 'countersign vault 1: key name').subarray(0, 16))
  const bound = (context: string): Uint8Array => binding('countersign vault 1', keyId, context)
  return Object.freeze({
    keyId,
    // A local vault needs to wait for nothing; others do.
    wrap(_op: Operation, dataKey: Uint8Array, context: string): Promise<WrappedKey> {
      if (dataKey.byteLength > maxDataKeyBytes) return Promise.reject(new RangeError('a data key has at most 4 KiB'))
      return Promise.resolve({ vaultKey: keyId, bytes: sealWith(key, dataKey, bound(context)) })
    },
    unwrap(_op: Operation, wrapped: WrappedKey, context: string): Promise<Uint8Array> {
      const opened = wrapped.vaultKey === keyId ? openWith(key, wrapped.bytes, bound(context)) : undefined
      return opened === undefined ? Promise.reject(refuse('keys.cannot_open', 'unwrap')) : Promise.resolve(opened)
    },
  })
}

/** HKDF-SHA-256 with an empty salt, RFC 5869 section 3.3: the root key is already uniform. */
function derive(rootKey: Secret<Uint8Array>, info: string): Uint8Array {
  return hkdfSha256(rootKey.reveal(), new Uint8Array(), info, 32)
}
