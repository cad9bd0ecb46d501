/**
 * Refusals to strangers: counted by reason and network, and recorded as a few
 * summaries a minute, so that a stranger can fill neither memory nor disk.
 *
 * Networks are in memory until the summary is written and never on disk: an
 * event holds a keyed hash, enough to see that it was the same one again.
 *
 * @module
 */

import { base64url, systemOperation, utf8, type AuditEvent, type Clock, type Operation, type TenantId } from '#kernel'
import type { Keys } from '#keys'
import type { Store } from '#store'
import { networkOf } from './network.ts'

/** Pairs of reason and network that are told apart, about 1 MB. */
const mostCounted = 4096

/** Summaries of one flush: 32 reasons of 700 bytes a minute are 32 MB a day, were a stranger to provoke every one all day. */
const mostSummaries = 32

/** Networks that a summary names, those with the most refusals. */
const mostSamples = 4

/** The reason of those that no other is kept for. */
const other = 'other'

/** 96 bits of the hash: no two networks of one log are the same by accident. */
const hashLetters = 16

export interface StrangerRefusal {
  /** The refusal's code. */
  readonly code: string
  readonly address: string
  /** Method and path template, never what was asked for. */
  readonly route: string
}

export interface StrangerCounts {
  count(op: Operation, refusal: StrangerRefusal): void
  /** Records the summaries and begins anew. What could not be written is counted on, and the error is thrown. */
  flush(): Promise<void>
  /** Pairs in memory. */
  counted(): number
}

interface Count {
  readonly tenant: TenantId
  readonly code: string
  /** Undefined for those beyond the bound. */
  readonly network: string | undefined
  /** Where it happened first. */
  readonly route: string
  count: number
}

export function createStrangerCounts({ store, keys, clock }: { store: Store; keys: Keys; clock: Clock }): StrangerCounts {
  let counts = new Map<string, Count>()

  function add(added: Count): void {
    const key = keyOf(added.tenant, added.code, added.network)
    if (counts.has(key) || counts.size < mostCounted) addTo(key, added)
    else addBeyond({ ...added, network: undefined })
  }

  /** Past the bound only reasons are told apart. They are ours and few, yet they have a bound too. */
  function addBeyond(added: Count): void {
    const key = keyOf(added.tenant, added.code, undefined)
    if (counts.has(key) || counts.size < mostCounted + mostSummaries) addTo(key, added)
    else addTo(keyOf(added.tenant, other, undefined), { ...added, code: other })
  }

  function addTo(key: string, added: Count): void {
    const known = counts.get(key)
    if (known === undefined) counts.set(key, added)
    else known.count += added.count
  }

  async function flush(): Promise<void> {
    const taken = counts
    counts = new Map()
    const perTenant = Map.groupBy(taken.values(), (count) => count.tenant)
    for (const [tenant, all] of perTenant) {
      const op = systemOperation('audit-strangers', tenant, () => undefined, clock)
      try {
        const summaries = await summarize(op, keys, all)
        await store.write(op, async (tx) => {
          for (const event of summaries) tx.record(event)
        })
      } catch (error) {
        for (const count of all) add(count)
        throw error
      }
    }
  }

  return {
    count: (op, { code, address, route }) => add({ tenant: op.tenant, code, network: networkOf(address), route, count: 1 }),
    flush,
    counted: () => counts.size,
  }
}

function keyOf(tenant: TenantId, code: string, network: string | undefined): string {
  return `${tenant} ${code} ${network ?? ''}`
}

/** One event a reason, the most frequent first; reasons beyond the bound share the last. */
async function summarize(op: Operation, keys: Keys, counts: readonly Count[]): Promise<readonly AuditEvent[]> {
  const reasons = [...Map.groupBy(counts, (count) => count.code)].map(([code, all]) => ({ code, all, total: sum(all) }))
  reasons.sort((left, right) => right.total - left.total)
  const kept = reasons.slice(0, mostSummaries - 1)
  const rest = reasons.slice(mostSummaries - 1)
  if (rest.length === 1) kept.push(...rest)
  else if (rest.length > 1) {
    const all = rest.flatMap((reason) => reason.all)
    kept.push({ code: other, all, total: sum(all) })
  }
  return Promise.all(kept.map(async ({ code, all, total }) => summaryOf(op, keys, code, all, total)))
}

async function summaryOf(op: Operation, keys: Keys, code: string, counts: readonly Count[], total: number): Promise<AuditEvent> {
  const named = counts.filter((count) => count.network !== undefined).sort((left, right) => right.count - left.count)
  const facts: Record<string, string | number> = { count: total, networks: named.length }
  const beyond = total - sum(named)
  if (beyond > 0) facts['beyond'] = beyond
  for (const [place, { network = '', count, route }] of named.slice(0, mostSamples).entries()) {
    const hash = await keys.hash(op, 'network', utf8(network))
    facts[`network_${place + 1}`] = base64url(hash).slice(0, hashLetters)
    facts[`count_${place + 1}`] = count
    facts[`route_${place + 1}`] = route
  }
  return { what: 'stranger.refused', about: code, outcome: 'refused', facts }
}

function sum(counts: readonly Count[]): number {
  return counts.reduce((total, { count }) => total + count, 0)
}
