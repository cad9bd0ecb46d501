/**
 * One key for each person, wrapped under a purpose key of the tenant. Deleting
 * it erases what was sealed under it from the tables, the audit log and every
 * backup that does not carry `person_key`.
 *
 * @module
 */

import { randomBytes, readUtf8, type Operation, type TenantId, type UserId } from '#kernel'
import type { Reader } from '#store'
import { binding, wellFormedUtf8 } from './binding.ts'
import type { PersonKey, PersonKeys } from './contract.ts'
import { activeSealingKey, type Ring } from './ring.ts'
import type { Rings } from './rings.ts'
import { openWith, sealedVersion, sealingKey, sealWith, type SealingKey } from './sealed.ts'
import { purposeBinding } from './sealing.ts'
import { deletePersonKey, findPersonKey, findPersonKeys, keepPersonKey } from './store.ts'

/** A person has one key for life, so what it seals always says version 1. */
const onlyVersion = 1

export function createPersonKeys(rings: Rings): PersonKeys {
  const open = async (op: Operation, db: Reader, person: UserId, wrapped: Uint8Array): Promise<PersonKey | undefined> => {
    const version = sealedVersion(wrapped)
    if (version === undefined) return undefined
    const find = (ring: Ring | undefined) => ring?.sealing.get('person')?.get(version)
    const key = find(await rings.within(op, db, (ring) => find(ring) !== undefined))
    const bytes = key === undefined ? undefined : openWith(key, wrapped, purposeBinding(op.tenant, 'person', person))
    return bytes === undefined ? undefined : personKey(op.tenant, person, bytes)
  }

  return {
    async create(op, person) {
      const bytes = randomBytes(32)
      const ring = await rings.current(op)
      const wrapped = sealWith(activeSealingKey(ring, 'person'), bytes, purposeBinding(op.tenant, 'person', person))
      return Object.freeze({ ...personKey(op.tenant, person, bytes), wrapped })
    },

    async keep(tx, op, key) {
      await keepPersonKey(tx, op.tenant, key.person, key.wrapped, op.nowMs)
    },

    async find(op, db, person) {
      const wrapped = await findPersonKey(db, op.tenant, person)
      return wrapped === undefined ? undefined : open(op, db, person, wrapped)
    },

    async findAll(op, db, people) {
      const found = new Map<UserId, PersonKey>()
      for (const { person, wrapped } of await findPersonKeys(db, op.tenant, people)) {
        const key = await open(op, db, person, wrapped)
        if (key !== undefined) found.set(person, key)
      }
      return found
    },

    async erase(tx, op, person) {
      await deletePersonKey(tx, op.tenant, person)
    },
  }
}

/** Takes the bytes over and wipes them. */
function personKey(tenant: TenantId, person: UserId, bytes: Uint8Array): PersonKey {
  const key: SealingKey = sealingKey(onlyVersion, bytes)
  bytes.fill(0)
  const bound = (context: string): Uint8Array => binding('countersign person 1', tenant, person, context)
  return Object.freeze({
    person,
    seal: (text: string, context: string) => sealWith(key, wellFormedUtf8(text), bound(context)),
    open(sealed: Uint8Array, context: string) {
      const plain = openWith(key, sealed, bound(context))
      return plain === undefined ? undefined : readUtf8(plain)
    },
  })
}
