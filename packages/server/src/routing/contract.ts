/** What the routing offers and what it needs. @module */

import type { Operation, RouteId } from '#kernel'
import type { Reader, Store, Transaction } from '#store'

/** A path of an app, and what must be permitted there. */
export interface RoutedPath {
  readonly path: string
  readonly methods?: readonly string[]
  readonly action?: string
  readonly resource?: { readonly type: string; readonly id: string }
  readonly open?: 'anyone'
}

/** The way from an origin to an app; the gateway's configuration has the same members. */
export interface AppRoute {
  /** Where people find it, for instance `https://notes.example.com`. */
  readonly origin: string
  readonly name: string
  readonly policyStore: string
  readonly upstream: string
  readonly audience?: string
  readonly paths: readonly RoutedPath[]
  readonly tellName?: boolean
  readonly addHeaders?: Readonly<Record<string, string>>
}

/** What may be changed of a route: another origin is another route. */
export type AppRouteChange = Partial<Omit<AppRoute, 'origin'>>

export interface Route extends AppRoute {
  readonly id: RouteId
  /** Of those in the database. */
  readonly createdAtMs?: number
  /** In the configuration, and changed there alone. */
  readonly configured: boolean
  /** Whether gateways of this server serve it: not where the configuration has the same origin, nor without the client of its origin. */
  readonly served: boolean
}

/** A member of a route, and what is wrong with it. */
export interface RouteMistake {
  readonly member: string
  readonly says: string
}

export type Settled =
  { readonly is: 'done'; readonly route: Route } | { readonly is: 'mistaken'; readonly mistakes: readonly RouteMistake[] }

/** Changes resolve when they are durable, and every gateway of every server serves what was said and nothing else, or serves nothing. */
export interface Routing {
  /** What is served beside the configuration. */
  readonly served: readonly Route[]
  /** Those of the configuration first. Throws `routes.bad_cursor`. */
  list(
    op: Operation,
    page: { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly Route[]; readonly next?: string | undefined }>
  find(op: Operation, id: RouteId): Promise<Route | undefined>
  /** Throws `routes.no_gateway`, `routes.configured_origin`, `routes.taken`, `routes.audience_taken`, `routes.too_many`. */
  create(op: Operation, app: AppRoute): Promise<Settled>
  /** `seen` is the version that the change is made to. Throws `routes.unknown`, `routes.changed` and what {@link Routing.create} throws. */
  update(op: Operation, id: RouteId, change: AppRouteChange, seen: string): Promise<Settled>
  /** `seen` is the version that is to be deleted. False when it was gone already. Throws `routes.changed`. */
  remove(op: Operation, id: RouteId, seen?: string): Promise<boolean>
  /** Takes over what other servers changed. Throws when that cannot be read; nothing is served then. */
  follow(op: Operation): Promise<void>
  /** Whether the last {@link Routing.follow} failed. */
  isLost(): boolean
  /** Told after each change of {@link Routing.served}, and awaited. What it returns ends that. */
  onChange(listener: () => void | Promise<void>): () => void
}

export interface RoutingParts {
  readonly store: Store
  /** Hosts of the configuration; undefined where there is no gateway. */
  readonly configured: readonly AppRoute[] | undefined
  /** What is wrong with a route for itself. Pure. */
  readonly check: (app: AppRoute) => readonly RouteMistake[]
  /** The client with which the gateway signs people in at an origin. */
  readonly clients: {
    put(tx: Transaction, op: Operation, app: AppRoute): Promise<void>
    remove(tx: Transaction, op: Operation, origin: string): Promise<void>
    /** Which origins have theirs, as a reader sees them. */
    have(db: Reader, op: Operation): Promise<(origin: string) => boolean>
  }
  readonly others: {
    /** Leaves word of a change in its transaction. */
    mark(tx: Transaction, op: Operation, id: RouteId): Promise<void>
    /** After the COMMIT. Resolves when every server has followed, or may not serve any more. */
    tell(op: Operation): Promise<void>
  }
  /** Told of routes that are not served. */
  readonly warn: (says: string, facts: Readonly<Record<string, string>>) => void
}
