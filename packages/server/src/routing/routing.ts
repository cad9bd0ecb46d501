/**
 * Routes beside those of the configuration: made, changed, deleted, followed.
 *
 * INVARIANT (the database decides): what this server's gateways serve beside the
 * configuration is what the database says, whichever server wrote it. Every change is
 * announced as revocations are, and every server follows before it acknowledges.
 *
 * INVARIANT (no route without its client): a client that was taken away, by a restore for
 * instance, takes its route with it, so that a deleted route does not come back by a backup.
 *
 * @module
 */

import { base64url, newId, readCursor, readId, sha256, utf8, writeCursor, type Operation, type Place, type RouteId } from '#kernel'
import type { Transaction } from '#store'
import { audiencesOf, checkConflicts } from './conflicts.ts'
import type { AppRoute, AppRouteChange, Route, RouteMistake, Routing, RoutingParts, Settled } from './contract.ts'
import { refuse } from './refusals.ts'
import { deleteRoute, findRoute, insertRoute, listRoutes, routeVersion, updateRoute, type StoredRoute } from './store.ts'

/** Reads what is there and gives the routing. */
export async function openRouting(op: Operation, parts: RoutingParts): Promise<Routing> {
  const routing = new StoredRouting(parts)
  await routing.follow(op)
  return routing
}

class StoredRouting implements Routing {
  readonly #parts: RoutingParts
  readonly #configured: readonly Route[]
  readonly #listeners = new Set<() => void | Promise<void>>()
  #served: readonly Route[] = []
  /** One reading after the other: an earlier one must not overtake a later one. */
  #turns: Promise<unknown> = Promise.resolve()
  #lost = false

  constructor(parts: RoutingParts) {
    this.#parts = parts
    this.#configured = (parts.configured ?? [])
      .map((app) => ({ ...app, id: configuredId(app.origin), configured: true, served: true }))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  get served(): readonly Route[] {
    return this.#served
  }

  async list(op: Operation, { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }) {
    const after = cursor === undefined ? undefined : readCursor('rte', cursor)
    if (cursor !== undefined && after === undefined) throw refuse('routes.bad_cursor')
    const items = this.#configuredAfter(after).slice(0, limit)
    if (items.length < limit) {
      const page = { limit: limit - items.length, after: isStored(after) ? after : undefined }
      const stored = await this.#parts.store.read(op, async (db) => listRoutes(db, op.tenant, page))
      items.push(...stored.map((route) => this.#show(route)))
    }
    const last = items.at(-1)
    return items.length < limit || last === undefined
      ? { items }
      : { items, next: writeCursor({ atMs: last.createdAtMs ?? 0, id: last.id }) }
  }

  async find(op: Operation, id: RouteId): Promise<Route | undefined> {
    const configured = this.#configured.find((route) => route.id === id)
    if (configured !== undefined) return configured
    const stored = await this.#parts.store.read(op, async (db) => findRoute(db, op.tenant, id))
    return stored && this.#show(stored)
  }

  async create(op: Operation, app: AppRoute): Promise<Settled> {
    const mistakes = this.#mistakesOf(app)
    if (mistakes.length > 0) return { is: 'mistaken', mistakes }
    const route: StoredRoute = { ...app, id: newId('rte'), createdAtMs: op.nowMs }
    await this.#parts.store.write(op, async (tx) => {
      checkConflicts(route, this.#parts.configured ?? [], await listRoutes(tx, op.tenant))
      if (!(await insertRoute(tx, op.tenant, route))) throw refuse('routes.taken')
      await this.#settle(tx, op, 'route.created', route)
    })
    await this.#parts.others.tell(op)
    return { is: 'done', route: this.#show(route) }
  }

  async update(op: Operation, id: RouteId, change: AppRouteChange, seen: string): Promise<Settled> {
    const settled = await this.#parts.store.write(op, async (tx): Promise<StoredRoute | readonly RouteMistake[]> => {
      const before = await findRoute(tx, op.tenant, id)
      if (before === undefined) throw refuse('routes.unknown')
      if (seen !== routeVersion(before)) throw refuse('routes.changed')
      const after: StoredRoute = { ...before, ...change, id, origin: before.origin, createdAtMs: before.createdAtMs }
      const mistakes = this.#mistakesOf(after)
      if (mistakes.length > 0) return mistakes
      if (routeVersion(after) !== seen || !this.#isServed(after)) {
        checkConflicts(after, this.#parts.configured ?? [], await listRoutes(tx, op.tenant))
        await updateRoute(tx, op.tenant, after)
        await this.#settle(tx, op, 'route.changed', after)
      }
      return after
    })
    if (!('id' in settled)) return { is: 'mistaken', mistakes: settled }
    await this.#parts.others.tell(op)
    return { is: 'done', route: this.#show(settled) }
  }

  async remove(op: Operation, id: RouteId, seen?: string): Promise<boolean> {
    const removed = await this.#parts.store.write(op, async (tx) => {
      const route = await findRoute(tx, op.tenant, id)
      if (route !== undefined && seen !== undefined && seen !== routeVersion(route)) throw refuse('routes.changed')
      if (route === undefined || !(await deleteRoute(tx, op.tenant, id))) return false
      // The client of an origin that the configuration has since is the configuration's.
      if (!this.#configured.some(({ origin }) => origin === route.origin)) await this.#parts.clients.remove(tx, op, route.origin)
      tx.record({ what: 'route.deleted', about: id, outcome: 'done', facts: { origin: route.origin } })
      await this.#parts.others.mark(tx, op, id)
      return true
    })
    await this.#parts.others.tell(op)
    return removed
  }

  follow(op: Operation): Promise<void> {
    const done = this.#turns.then(async () => {
      try {
        await this.#follow(op)
        this.#lost = false
      } catch (error) {
        this.#lost = true
        throw error
      }
    })
    this.#turns = done.catch(() => {})
    return done
  }

  isLost(): boolean {
    return this.#lost
  }

  onChange(listener: () => void | Promise<void>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #follow(op: Operation): Promise<void> {
    const { stored, hasClient } = await this.#parts.store.read(op, async (db) => ({
      stored: await listRoutes(db, op.tenant),
      hasClient: await this.#parts.clients.have(db, op),
    }))
    const served: Route[] = []
    for (const route of stored) {
      const { id, origin } = route
      if (this.#isOverruled(route))
        this.#parts.warn('the configuration has the origin or the audience of a route, which is not served', { route: id, origin })
      else if (this.#contradicts(route)) this.#parts.warn('a route contradicts the configuration and is not served', { route: id, origin })
      else if (!hasClient(origin))
        this.#parts.warn('a route has lost its client and is not served until it is changed', { route: id, origin })
      else if (this.#parts.configured !== undefined) served.push({ ...route, configured: false, served: true })
    }
    this.#served = served
    await Promise.all([...this.#listeners].map(async (listener) => listener()))
  }

  #mistakesOf(app: AppRoute): ReturnType<RoutingParts['check']> {
    if (this.#parts.configured === undefined) throw refuse('routes.no_gateway')
    return this.#parts.check(app)
  }

  async #settle(tx: Transaction, op: Operation, what: 'route.created' | 'route.changed', route: StoredRoute): Promise<void> {
    const { id, origin, upstream, policyStore, paths } = route
    await this.#parts.clients.put(tx, op, route)
    const open = paths.filter((path) => path.open !== undefined).length
    tx.record({ what, about: id, outcome: 'done', facts: { origin, upstream, policyStore, paths: paths.length, open } })
    await this.#parts.others.mark(tx, op, id)
  }

  #show(route: StoredRoute): Route {
    return { ...route, configured: false, served: this.#isServed(route) }
  }

  #isServed({ id }: StoredRoute): boolean {
    return this.#served.some((route) => route.id === id)
  }

  /** The configuration may have got its origin or its audience since. */
  #isOverruled({ origin, audience = origin }: AppRoute): boolean {
    return this.#configured.some((route) => route.origin === origin || audiencesOf(route).includes(audience))
  }

  /** It may have been written by another server, or under another configuration. What its policy store lacks is only never allowed. */
  #contradicts(route: AppRoute): boolean {
    return this.#parts.check(route).some(({ member }) => member === 'origin' || member === 'upstream')
  }

  /** Those of the configuration come first in lists, as if made before time began. */
  #configuredAfter(after: Place<'rte'> | undefined): Route[] {
    if (isStored(after)) return []
    return this.#configured.filter(({ id }) => after === undefined || id > after.id)
  }
}

function isStored(place: Place<'rte'> | undefined): boolean {
  return place !== undefined && place.atMs > 0
}

/** The same for the same origin, on every server and after every start. No secret. */
function configuredId(origin: string): RouteId {
  const text = base64url(sha256(utf8(`configured route ${origin}`))).replaceAll(/[-_]/g, '0')
  const id = readId('rte', `rte_${text.slice(0, 22)}`)
  if (id === undefined) throw new Error('a configured route has no id')
  return id
}
