/** Public keys of a client from a file: a JWK Set or a single JWK, RFC 7517. @module */

import { UsageMistake } from '../options.ts'
import { readText } from '../read-text.ts'
import { readJson } from '../read-json.ts'

/** Members that only a private or a shared key has, RFC 7518 section 6 and RFC 9964. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

type Key = Readonly<Record<string, unknown>>

/** Reads the keys. A private one is refused here, so that it does not leave this machine. Throws `UsageMistake`. */
export function readPublicKeys(path: string): { readonly keys: readonly Key[] } {
  const value = readJson(readText(path))
  const keys = isObject(value) && Array.isArray(value['keys']) ? (value['keys'] as readonly unknown[]) : [value]
  if (!keys.every((key): key is Key => isObject(key) && typeof key['kty'] === 'string'))
    throw new UsageMistake(`${path} holds no public keys in JSON: a JWK, or a JWK Set`)
  if (keys.some((key) => privateMembers.some((name) => Object.hasOwn(key, name))))
    throw new UsageMistake(`${path} holds a private key: give the public half alone`)
  return { keys }
}

function isObject(value: unknown): value is Key {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
