/** Consents as people and their administrators handle them: listed, taken back. @module */

import type { ClientId, Operation, UserId } from '#kernel'
import type { Store } from '#store'
import type { Tokens } from '#tokens'
import { deleteCodesOf } from '../codes/store.ts'
import { deleteConsent, listConsents, type RememberedConsent } from './store.ts'

export interface Consents {
  list(op: Operation, user: UserId): Promise<readonly RememberedConsent[]>
  /** Also ends what the client was given: codes, refresh tokens, access tokens. False when there was nothing to take back. */
  withdraw(op: Operation, user: UserId, client: ClientId): Promise<boolean>
}

export interface ConsentsPorts {
  readonly store: Store
  readonly tokens: Pick<Tokens, 'endFamiliesOf' | 'revocations'>
}

export function createConsents({ store, tokens }: ConsentsPorts): Consents {
  return {
    list: async (op, user) => store.read(op, async (db) => listConsents(db, op.tenant, user, op.nowMs)),
    withdraw: async (op, user, client) => {
      const withdrawn = await store.write(op, async (tx) => {
        const remembered = await deleteConsent(tx, op.tenant, user, client)
        if (remembered) tx.record({ what: 'consent.withdrawn', about: client, outcome: 'done', facts: { user } })
        await deleteCodesOf(tx, op.tenant, user, client)
        await tokens.endFamiliesOf(tx, op, { by: 'consent', user, client }, 'consent-withdrawn')
        return remembered
      })
      await tokens.revocations.announce(op)
      return withdrawn
    },
  }
}
