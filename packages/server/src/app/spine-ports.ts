/** What the spine asks of the house: limits, who it is, whether they may, and that it is written down. @module */

import type { Audit } from '#audit'
import type { Presented, SpinePorts } from '#http'
import type { Identity } from '#identity'
import type { Operation, Principal } from '#kernel'
import { decisionRecord, sayWhyNot, type Confirm, type Difference } from '#policy'
import type { Limits } from '#ratelimit'
import type { Rulebook } from '#rulebook'
import type { Store } from '#store'

export interface SpineParts {
  readonly limits: Limits
  readonly identify: (op: Operation, presented: Presented, accepts: 'session' | 'principal') => Promise<Principal | undefined>
  readonly identity: Pick<Identity, 'rolesOf'>
  readonly rulebook: Pick<Rulebook, 'decide'>
  readonly find: Rulebook['find']
  /** Asks another engine; nobody does when absent. */
  readonly confirm?: Confirm | undefined
  readonly audit: Pick<Audit, 'recordRead' | 'countStranger'>
  readonly store: Store
}

/** The one policy store that decides about our own APIs. */
export const ownStore = 'countersign'

export function spinePorts({ limits, identify, identity, rulebook, find, confirm, audit, store }: SpineParts): SpinePorts {
  return {
    limitByAddress: (op, address, limit) => limits.byAddress(op, address, limit),
    limitByPrincipal: (op, principal, limit) => limits.byPrincipal(op, principal, limit),
    identify,
    decide: async (op, principal, action, resource, { address, method, path }) => {
      const roles = principal.is === 'machine-owner' ? [] : await identity.rolesOf(op, principal.id)
      const ask = { principal, roles, action, resource, facts: { nowMs: op.nowMs, address, method, path } }
      const ours = rulebook.decide(ownStore, ask)
      const set = find(ownStore)
      const doubted = ({ store: name, ...facts }: Difference): void =>
        audit.recordRead(op, { what: 'policies.doubted', about: name, outcome: 'done', facts })
      const decision = confirm === undefined || set === undefined ? ours : await confirm(set, ask, ours, doubted)
      const record = decisionRecord(decision)
      return decision.effect === 'allow' ? { effect: 'allow', record } : { effect: 'deny', record, publicReason: sayWhyNot(decision) }
    },
    record: (op, event) => audit.recordRead(op, event),
    recordRefusal: async (op, event) => store.record(op, event),
    recordAllowed: (op, event) => audit.recordRead(op, event),
    countStranger: (op, refused) => audit.countStranger(op, refused),
  }
}
