/**
 * Checking and setting passwords.
 *
 * INVARIANT (no oracle): a name that nobody has, a user who is disabled, a user
 * without a password and a wrong password cost the same work (two keyed hashes,
 * one read, one Argon2id) and have the same answer. Only a right password
 * leaves this path.
 *
 * Failures write nothing here: a stranger's guess must not cost a row. The edge
 * counts them.
 *
 * @module
 */

import { base64url, Unavailable, type Operation, type UserId } from '#kernel'
import type { Keys } from '#keys'
import type { Store } from '#store'
import { lookupHash, readHandle } from '../lookup.ts'
import { findForSignIn, replaceHash, type SignInRow } from '../store-passwords.ts'
import { dummyHash, hashPassword, isWeaker, pepper, readParameters, verifyPassword, type PasswordParameters } from './hash.ts'
import type { PasswordPool, Waiting } from './pool.ts'
import { readPassword, requireGoodPassword } from './rules.ts'

export interface PasswordAttempt {
  /** A user name or an email address, as it was typed. */
  readonly username: string
  readonly password: string
  /** Whether this browser has signed this account in before: its people go first in the pool. */
  readonly knownBrowser: boolean
}

/** `generation` is the user's at the moment of the check: a session begun with it dies if anything changed in between. */
export type PasswordCheck = { readonly is: 'right'; readonly user: UserId; readonly generation: number } | { readonly is: 'wrong' }

/** The account that a typed name means, as far as limits need to know. Never shown to anybody. */
export interface NamedAccount {
  /** One word for each account and for each name that nobody has, the same for all spellings. */
  readonly bucket: string
  readonly user: UserId | undefined
}

export interface PasswordChecks {
  /** Whether name and password go together. Throws `Unavailable('password pool')` when too many ask at once. */
  checkPassword(op: Operation, attempt: PasswordAttempt): Promise<PasswordCheck>
  /** What a typed name means to limits and known browsers. Its answer must not reach the one who typed it. */
  accountOf(op: Operation, username: string): Promise<NamedAccount>
}

export interface PasswordHashes {
  /** The hash of a password that may be set for this person. `names` are normal forms. Refuses as {@link requireGoodPassword} does. */
  hashNew(op: Operation, user: UserId, names: readonly string[], password: string): Promise<string>
}

export interface PasswordPorts {
  readonly store: Store
  readonly keys: Keys
  readonly pool: Pick<PasswordPool, 'run'>
  readonly parameters: PasswordParameters
}

export function createPasswords({ store, keys, pool, parameters }: PasswordPorts): PasswordChecks & PasswordHashes {
  const nobody = dummyHash(parameters)

  const find = async (op: Operation, typed: string): Promise<{ readonly bucket: string; readonly row: SignInRow | undefined }> => {
    const handle = readHandle(typed)
    const { kind, normal } = handle ?? { kind: 'username' as const, normal: '' }
    const hash = await lookupHash(op, keys, kind, normal)
    const row = await store.read(op, (db) => findForSignIn(db, op, kind, hash))
    return { bucket: row?.id ?? base64url(hash), row }
  }

  const checkPassword = async (op: Operation, attempt: PasswordAttempt): Promise<PasswordCheck> => {
    const { row } = await find(op, attempt.username)
    const password = readPassword(attempt.password)
    const account = password === undefined ? undefined : usable(row)
    const peppered = await pepper(op, keys, account?.user ?? 'nobody', password ?? '')
    const who: Waiting = attempt.knownBrowser ? 'known' : 'stranger'
    const right = await pool.run(who, op.signal, () => verifyPassword(account?.phc ?? nobody, peppered))
    if (account === undefined || !right) return { is: 'wrong' }
    if (isWeaker(account.parameters, parameters)) await renew(op, account, peppered)
    return { is: 'right', user: account.user, generation: account.generation }
  }

  /** Best effort: when there is no room or no database for it, the next sign-in will do it. */
  const renew = async (op: Operation, account: UsableAccount, peppered: string): Promise<void> => {
    try {
      const fresh = await pool.run('known', op.signal, () => hashPassword(peppered, parameters))
      await store.write(op, async (tx) => {
        if (!(await replaceHash(tx, op, account.user, { old: account.phc, fresh }))) return
        tx.record({ what: 'password.rehashed', about: account.user, outcome: 'done' })
      })
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }

  return {
    checkPassword,
    accountOf: async (op, username) => {
      const { bucket, row } = await find(op, username)
      return { bucket, user: row?.id as UserId | undefined }
    },
    hashNew: async (op, user, names, password) => {
      const peppered = await pepper(op, keys, user, requireGoodPassword(password, names))
      return pool.run('known', op.signal, () => hashPassword(peppered, parameters))
    },
  }
}

interface UsableAccount {
  readonly user: UserId
  readonly generation: number
  readonly phc: string
  readonly parameters: PasswordParameters
}

/** The account, if a password can be right for it at all. */
function usable(row: SignInRow | undefined): UsableAccount | undefined {
  if (row === undefined || row.state !== 'active' || row.phc === null) return undefined
  const parameters = readParameters(row.phc)
  return parameters && { user: row.id as UserId, generation: row.generation, phc: row.phc, parameters }
}
