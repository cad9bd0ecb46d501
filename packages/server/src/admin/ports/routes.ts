/** What the admin API needs of the gateway's routes. @module */

import type { Operation, RouteId } from '#kernel'
import type { Page, PageRequest, Versioned } from './list.ts'

/** A path of an app, and what must be permitted there. */
export interface AdminRoutedPath {
  readonly path: string
  readonly methods?: readonly string[]
  readonly action?: string
  readonly resource?: { readonly type: string; readonly id: string }
  readonly open?: 'anyone'
}

/** The way from an origin to an app behind the gateway. */
export interface NewAdminRoute {
  readonly origin: string
  readonly name: string
  readonly policyStore: string
  readonly upstream: string
  readonly audience?: string
  readonly paths: readonly AdminRoutedPath[]
  readonly tellName?: boolean
  readonly addHeaders?: Readonly<Record<string, string>>
}

export interface AdminRoute extends NewAdminRoute {
  readonly id: RouteId
  /** Of those that were made here. */
  readonly createdAtMs?: number
  /** It is written down in the configuration, and changed there alone. */
  readonly configured: boolean
  /** Whether gateways serve it: where the configuration has the same origin, that one is. */
  readonly served: boolean
}

export type AdminRouteChange = Partial<Omit<NewAdminRoute, 'origin'>>

export type AdminRouteSettled =
  | ({ readonly is: 'done' } & Versioned<AdminRoute>)
  | { readonly is: 'mistaken'; readonly mistakes: readonly { readonly member: string; readonly says: string }[] }

/** Changes resolve when every gateway of every server serves what was said and nothing else, or serves nothing. */
export interface AdminRoutes {
  list(op: Operation, request: PageRequest): Promise<Page<AdminRoute>>
  find(op: Operation, id: RouteId): Promise<Versioned<AdminRoute> | undefined>
  create(op: Operation, route: NewAdminRoute): Promise<AdminRouteSettled>
  update(op: Operation, id: RouteId, change: AdminRouteChange, seen: string): Promise<AdminRouteSettled>
  remove(op: Operation, id: RouteId, seen: string | undefined): Promise<void>
}
