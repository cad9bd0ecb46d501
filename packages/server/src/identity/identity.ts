/**
 * Who people are: one value over users, passwords, groups and roles, as the
 * rest of the house calls it.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import type { Operation, UserId } from '#kernel'
import type { Keys, PersonKeys } from '#keys'
import type { Reader, Store } from '#store'
import { createGroups, type Groups } from './groups.ts'
import { keepHeld } from './last-holder.ts'
import { createPasswords, type PasswordChecks } from './password/check.ts'
import { leastParameters, type PasswordParameters } from './password/hash.ts'
import { PasswordPool, usualPlaces, type PoolLoad, type PoolSize } from './password/pool.ts'
import type { Announce, Revoke } from './ports.ts'
import { createRoles, type Roles } from './roles.ts'
import { findGeneration } from './store.ts'
import { createUsers, type Users } from './users.ts'

export interface IdentityPorts {
  readonly store: Store
  readonly keys: Keys
  readonly people: PersonKeys
  readonly revoke: Revoke
  readonly announce: Announce
  /** Roles that at least one person who may sign in always holds, once somebody does. */
  readonly alwaysHeld: readonly string[]
  /** What a new hash costs; whatever is absent or lower is the least that is safe. */
  readonly passwords?: Partial<PasswordParameters> | undefined
  readonly pool?: Partial<PoolSize> | undefined
}

/** People, their passwords, groups and roles. Changes resolve when they are durable and verifiers know. */
export interface Identity extends PasswordChecks, Users, Groups, Roles {
  /** The generation of a user who may sign in, undefined for all others. Takes a reader, so that it may share a snapshot or a transaction. */
  readonly generationOf: (db: Reader, op: Operation, id: UserId) => Promise<number | undefined>
  /** How busy the hashing of passwords is. */
  readonly passwordLoad: () => PoolLoad
}

export function createIdentity(ports: IdentityPorts): Identity {
  const { store, keys } = ports
  const pool = new PasswordPool({ atOnce: availableParallelism(), ...usualPlaces, ...ports.pool })
  const passwords = createPasswords({ store, keys, pool, parameters: atLeast(ports.passwords ?? {}) })
  const keep = keepHeld(ports.alwaysHeld)
  return {
    ...passwords,
    ...createUsers({ ...ports, passwords, keep }),
    ...createGroups(ports),
    ...createRoles({ ...ports, keep }),
    generationOf: findGeneration,
    passwordLoad: () => pool.load(),
  }
}

function atLeast(wanted: Partial<PasswordParameters>): PasswordParameters {
  return {
    memoryKiB: Math.max(wanted.memoryKiB ?? 0, leastParameters.memoryKiB),
    passes: Math.max(wanted.passes ?? 0, leastParameters.passes),
    parallelism: Math.max(wanted.parallelism ?? 0, leastParameters.parallelism),
  }
}
