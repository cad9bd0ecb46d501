/**
 * Clients in memory, so that a token request reads no row. An entry is believed
 * only while revocations are known to be fresh, and every change of a client is
 * announced there.
 *
 * @module
 */

import type { ClientIdentifier, TenantId } from '#kernel'
import type { RevocationBatch, RevocationListener } from '#tokens'
import type { KnownClient } from './client.ts'

/** A few kilobytes each: more clients than are busy at one time. */
const mostClients = 1_000

export class ClientCache implements RevocationListener {
  /** Least recently used first. */
  readonly #clients = new Map<string, KnownClient>()
  /** Rises with every change that was heard of, so that what was read before it is not kept after it. */
  #changes = 0

  find(tenant: TenantId, clientId: ClientIdentifier): KnownClient | undefined {
    const key = keyOf(tenant, clientId)
    const known = this.#clients.get(key)
    if (known === undefined) return undefined
    this.#clients.delete(key)
    this.#clients.set(key, known)
    return known
  }

  /** Reads a client and keeps it, unless something changed while it was read. */
  async load(tenant: TenantId, clientId: ClientIdentifier, read: () => Promise<KnownClient | undefined>): Promise<KnownClient | undefined> {
    const before = this.#changes
    const known = await read()
    if (known === undefined || before !== this.#changes) return known
    this.#clients.set(keyOf(tenant, clientId), known)
    const [oldest] = this.#clients.keys()
    if (this.#clients.size > mostClients && oldest !== undefined) this.#clients.delete(oldest)
    return known
  }

  async deliver({ entries, reset }: RevocationBatch): Promise<void> {
    const changed = new Set(entries.filter(({ kind }) => kind === 'client' || kind === 'entity').map(({ id }) => id))
    if (!reset && changed.size === 0) return
    this.#changes += 1
    for (const [key, { client }] of this.#clients) if (reset || changed.has(client.id)) this.#clients.delete(key)
  }
}

const keyOf = (tenant: TenantId, clientId: ClientIdentifier): string => `${tenant} ${clientId}`
