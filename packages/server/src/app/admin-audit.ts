/** The record, as the admin API shows it. @module */

import type { AdminAudit, AdminEvent } from '#admin'
import type { Audit, EventPage } from '#audit'
import type { PersonKeys } from '#keys'
import type { Operation } from '#kernel'
import type { Store } from '#store'

export interface AdminAuditPorts {
  readonly audit: Audit
  readonly people: PersonKeys
  readonly store: Store
}

export function adminAudit({ audit, people, store }: AdminAuditPorts): AdminAudit {
  const show = async (op: Operation, items: EventPage['items']): Promise<readonly AdminEvent[]> => {
    const persons = [...new Set(items.flatMap(({ personal }) => personal?.person ?? []))]
    const keys = await store.read(op, async (db) => people.findAll(op, db, persons))
    return items.map(({ personal, actor, index, writer, number, atMs, request, what, about, outcome, facts, decision }) => {
      const inClear = personal && keys.get(personal.person)?.open(personal.sealed, `event.${what}`)
      const who = actor.id === undefined ? actor.is : `${actor.is} ${actor.id}`
      return { index, writer, number, atMs, request, actor: who, what, about, outcome, facts, decision, personal: inClear }
    })
  }
  return {
    list: async (op, request) => {
      const { items, next } = await audit.list(op, request)
      return { items: await show(op, items), next }
    },
    after: async (op, place, limit, filter) => {
      const tail = await audit.follow(op, place, limit, filter)
      return { ...tail, items: await show(op, tail.items) }
    },
    checkpoint: async (op) => {
      // Whoever keeps a checkpoint means everything that has happened until now.
      await audit.settle(op)
      return audit.checkpoint(op)
    },
    export: async (op, from, times) => audit.export(op, from, times),
    verify: async (op, checkpoint) => {
      const { is, events, treeSize, findings } = await audit.verify(op, checkpoint === undefined ? {} : { checkpoint })
      return { ok: is === 'intact', events, treeSize, findings: findings.map(({ code, says }) => ({ code, says })) }
    },
  }
}
