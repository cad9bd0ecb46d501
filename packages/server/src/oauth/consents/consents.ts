/** Consents as people and their administrators handle them: listed, read, taken back. @module */

import { readCursor, refusals, writeCursor, type ClientId, type ConsentId, type Operation, type Refuse, type UserId } from '#kernel'
import type { Store, Transaction } from '#store'
import type { Tokens } from '#tokens'
import { deleteCodesOf } from '../codes/store.ts'
import { deleteConsent, findConsentById, listConsents, type ConsentFilter, type RememberedConsent } from './store.ts'

export const consentSays = {
  'consent.bad_cursor': 'That page of the list cannot be read. Begin again with the first one.',
} as const

export type ConsentRefusalCode = keyof typeof consentSays

const refuse: Refuse<ConsentRefusalCode> = refusals(consentSays)

export interface ConsentPage {
  readonly items: readonly RememberedConsent[]
  readonly next?: string | undefined
}

export interface ConsentListRequest extends Pick<ConsentFilter, 'user' | 'client'> {
  readonly cursor?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}

export interface Consents {
  /** What is remembered, the newest first. Refuses with `consent.bad_cursor`. */
  list(op: Operation, request: ConsentListRequest): Promise<ConsentPage>
  find(op: Operation, id: ConsentId): Promise<RememberedConsent | undefined>
  /**
   * Also ends what the client was given: codes, refresh tokens, access tokens. Resolves when no verifier accepts them any more,
   * or the bound has passed. False when there was nothing to take back.
   */
  withdraw(op: Operation, user: UserId, client: ClientId): Promise<boolean>
  /** The same by the id of the consent: one that was given again since is another. */
  withdrawById(op: Operation, id: ConsentId): Promise<boolean>
}

export interface ConsentsPorts {
  readonly store: Store
  readonly tokens: Pick<Tokens, 'endFamiliesOf' | 'revocations'>
}

const mostPerPage = 200

export function createConsents({ store, tokens }: ConsentsPorts): Consents {
  const endGiven = async (tx: Transaction, op: Operation, user: UserId, client: ClientId): Promise<void> => {
    await deleteCodesOf(tx, op.tenant, { user, client })
    await tokens.endFamiliesOf(tx, op, { by: 'consent', user, client }, 'consent-withdrawn')
  }
  const recordWithdrawn = (tx: Transaction, user: UserId, client: ClientId): void =>
    tx.record({ what: 'consent.withdrawn', about: client, outcome: 'done', facts: { user } })

  return {
    list: async (op, { cursor, limit: asked, ...filter }) => {
      const before = cursor === undefined ? undefined : readCursor('con', cursor)
      if (cursor !== undefined && before === undefined) throw refuse('consent.bad_cursor')
      const limit = Math.min(Math.max(asked, 1), mostPerPage)
      const found = await store.read(op, async (db) => listConsents(db, op, { ...filter, before, limit: limit + 1 }))
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { items, next: last && writeCursor({ atMs: last.givenAtMs, id: last.id }) }
    },
    find: async (op, id) => store.read(op, async (db) => findConsentById(db, op, id)),
    withdraw: async (op, user, client) => {
      const withdrawn = await store.write(op, async (tx) => {
        const remembered = await deleteConsent(tx, op.tenant, user, client)
        if (remembered) recordWithdrawn(tx, user, client)
        await endGiven(tx, op, user, client)
        return remembered
      })
      await tokens.revocations.announce(op)
      return withdrawn
    },
    withdrawById: async (op, id) => {
      const withdrawn = await store.write(op, async (tx) => {
        const consent = await findConsentById(tx, op, id)
        if (consent === undefined || !(await deleteConsent(tx, op.tenant, consent.user, consent.client))) return false
        recordWithdrawn(tx, consent.user, consent.client)
        await endGiven(tx, op, consent.user, consent.client)
        return true
      })
      await tokens.revocations.announce(op)
      return withdrawn
    },
  }
}
