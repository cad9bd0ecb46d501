/**
 * Argon2id, RFC 9106, over what {@link pepper} made of a password.
 *
 * The pepper is a sealed key, so that a copied table alone cannot be guessed
 * at; the user id is hashed along, so that a row copied from one account to
 * another opens neither.
 *
 * @module
 */

import { hash, parseOptions, verify } from '@node-rs/argon2'
import { base64url, randomBytes, utf8, type Clock, type Operation, type UserId } from '#kernel'
import type { Keys } from '#keys'

/** What a hash costs. Also the words of the settings. */
export interface PasswordParameters {
  readonly memoryKiB: number
  readonly passes: number
  readonly parallelism: number
}

/** The least that OWASP's password storage cheat sheet allows for Argon2id; 12 ms here on one core. */
export const leastParameters: PasswordParameters = Object.freeze({ memoryKiB: 19_456, passes: 2, parallelism: 1 })

/** A stored hash that asks for more is not computed: an imported row must not be able to take the machine's memory. */
const mostParameters: PasswordParameters = Object.freeze({ memoryKiB: 1_048_576, passes: 16, parallelism: 4 })

/** What an account without a usable password is checked against. It costs what a real one costs and nothing matches it. */
export function dummyHash(parameters: PasswordParameters): string {
  const part = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  const { memoryKiB, passes, parallelism } = parameters
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${part(randomBytes(16))}$${part(randomBytes(32))}`
}

/** HMAC-SHA-256 under the pepper of the person's id and the password's NFC form, as text because the hashing library takes nothing else. */
export async function pepper(op: Operation, keys: Keys, user: UserId | 'nobody', password: string): Promise<string> {
  return base64url(await keys.hash(op, 'pepper', utf8(`password.1\0${user}\0${password}`)))
}

/** The PHC string of a peppered password, with a fresh salt. */
export async function hashPassword(peppered: string, parameters: PasswordParameters): Promise<string> {
  const { memoryKiB, passes, parallelism } = parameters
  return hash(peppered, { memoryCost: memoryKiB, timeCost: passes, parallelism, outputLen: 32 })
}

/** Whether the peppered password is the one behind a PHC string. */
export async function verifyPassword(phc: string, peppered: string): Promise<boolean> {
  return verify(phc, peppered)
}

/** The parameters of a PHC string that we are willing to compute: Argon2id, version 19, within our bounds. */
export function readParameters(phc: string): PasswordParameters | undefined {
  if (!/^\$argon2id\$v=19\$m=[1-9][0-9]{0,9},t=[1-9][0-9]{0,2},p=[1-9][0-9]{0,2}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/.test(phc))
    return undefined
  const { memoryCost: memoryKiB, timeCost: passes, parallelism } = parseOptions(phc)
  const parameters = { memoryKiB, passes, parallelism }
  return isWithin(parameters, mostParameters) ? parameters : undefined
}

/** Whether a hash should be made anew at the next sign-in. */
export function isWeaker(stored: PasswordParameters, wanted: PasswordParameters): boolean {
  return stored.memoryKiB < wanted.memoryKiB || stored.passes < wanted.passes
}

function isWithin(parameters: PasswordParameters, most: PasswordParameters): boolean {
  return parameters.memoryKiB <= most.memoryKiB && parameters.passes <= most.passes && parameters.parallelism <= most.parallelism
}

/** Rising cost. Memory first, as RFC 9106 section 4 advises, up to what a small machine has to spare for each core. */
const ladder: readonly PasswordParameters[] = [
  leastParameters,
  { memoryKiB: 32_768, passes: 2, parallelism: 1 },
  { memoryKiB: 47_104, passes: 2, parallelism: 1 },
  { memoryKiB: 65_536, passes: 2, parallelism: 1 },
  { memoryKiB: 65_536, passes: 3, parallelism: 1 },
  { memoryKiB: 131_072, passes: 2, parallelism: 1 },
  { memoryKiB: 131_072, passes: 3, parallelism: 1 },
  { memoryKiB: 131_072, passes: 4, parallelism: 1 },
]

/** 50 ms is not felt at a sign-in and makes a guesser's day four times as long as the least parameters do. */
const wantedMs = 50

/** The cheapest parameters that take this machine at least 50 ms. For `init`; the result is written to the configuration. */
export async function calibratePasswords(clock: Clock): Promise<PasswordParameters> {
  for (const parameters of ladder) if ((await quickestMs(parameters, clock)) >= wantedMs) return parameters
  return ladder.at(-1) ?? leastParameters
}

/** The best of three, so that a busy moment does not make the machine look slow. */
async function quickestMs(parameters: PasswordParameters, clock: Clock): Promise<number> {
  const durations: number[] = []
  for (let run = 0; run < 3; run += 1) {
    const began = clock.monotonicMs()
    await hashPassword(base64url(randomBytes(32)), parameters)
    durations.push(clock.monotonicMs() - began)
  }
  return Math.min(...durations)
}
