/**
 * One key for each person, wrapped under a purpose key of the tenant. Deleting
 * it erases what was sealed under it from the tables, the audit log and every
 * backup that does not carry `person_key`.
 *
 * @module
 */

import { randomBytes, readUtf8, Unavailable, type Operation, type TenantId, type UserId } from '#kernel'
import type { Reader } from '#store'
import { binding, wellFormedUtf8 } from './binding.ts'
import type { PersonKey, PersonKeys } from './contract.ts'
import { sealingKeyAt, type Ring } from './ring.ts'
import type { Rings } from './rings.ts'
import { openWith, sealedVersion, sealingKey, sealWith, type SealingKey } from './sealed.ts'
import { purposeBinding } from './sealing.ts'
import { deletePersonKey, findPersonKey, findPersonKeys, keepPersonKey } from './store.ts'

/** A person has one key for life, so what it seals always says version 1. */
const onlyVersion = 1

export function createPersonKeys(rings: Rings): PersonKeys {
  // A row that does not open was damaged or swapped. That is an outage: "erased" is said only where there is no row.
  const open = async (op: Operation, db: Reader, person: UserId, wrapped: Uint8Array): Promise<PersonKey> => {
    const version = sealedVersion(wrapped) ?? 0
    const find = (ring: Ring | undefined) => ring?.sealing.get('person')?.get(version)
    const key = find(await rings.within(op, db, (ring) => find(ring) !== undefined))
    const bytes = key === undefined ? undefined : openWith(key, wrapped, purposeBinding(op.tenant, 'person', person))
    if (bytes === undefined) throw new Unavailable('keys', new Error(`the key of ${person} does not open`))
    return personKey(op.tenant, person, bytes)
  }

  return {
    async create(op, person) {
      const bytes = randomBytes(32)
      const ring = await rings.current(op)
      const wrapped = sealWith(sealingKeyAt(ring, 'person', op.nowMs), bytes, purposeBinding(op.tenant, 'person', person))
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
        found.set(person, await open(op, db, person, wrapped))
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
