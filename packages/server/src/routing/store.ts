/** The SQL of routes. @module */

import { base64url, sha256, utf8, type Place, type RouteId, type TenantId } from '#kernel'
import type { Reader, Transaction } from '#store'
import type { AppRoute } from './contract.ts'

interface RouteTable {
  readonly tenant: TenantId
  readonly id: RouteId
  readonly origin: string
  readonly created_at_ms: number
  /** JSON of the rest, read and written whole and never searched. */
  readonly settings: string
}

interface RouteTables {
  readonly gateway_route: RouteTable
}

/** A route of the database. */
export interface StoredRoute extends AppRoute {
  readonly id: RouteId
  readonly createdAtMs: number
}

/** In the order in which they were made, after a place; all of them without a limit. */
export async function listRoutes(
  db: Reader,
  tenant: TenantId,
  page: { readonly after?: Place<'rte'> | undefined; readonly limit?: number } = {},
): Promise<readonly StoredRoute[]> {
  const { after, limit } = page
  let query = db
    .withTables<RouteTables>()
    .selectFrom('gateway_route')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('created_at_ms')
    .orderBy('id')
  if (after !== undefined) {
    const { atMs, id } = after
    query = query.where((is) => is.or([is('created_at_ms', '>', atMs), is.and([is('created_at_ms', '=', atMs), is('id', '>', id)])]))
  }
  return (await (limit === undefined ? query : query.limit(limit)).execute()).map(routeOf)
}

export async function findRoute(db: Reader, tenant: TenantId, id: RouteId): Promise<StoredRoute | undefined> {
  const row = await db
    .withTables<RouteTables>()
    .selectFrom('gateway_route')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && routeOf(row)
}

/** False when the origin is taken. */
export async function insertRoute(tx: Transaction, tenant: TenantId, route: StoredRoute): Promise<boolean> {
  const inserted = await tx
    .withTables<RouteTables>()
    .insertInto('gateway_route')
    .values({ tenant, id: route.id, origin: route.origin, created_at_ms: route.createdAtMs, settings: writeSettings(route) })
    .onConflict((conflict) => conflict.columns(['tenant', 'origin']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function updateRoute(tx: Transaction, tenant: TenantId, route: StoredRoute): Promise<void> {
  await tx
    .withTables<RouteTables>()
    .updateTable('gateway_route')
    .set({ settings: writeSettings(route) })
    .where('tenant', '=', tenant)
    .where('id', '=', route.id)
    .execute()
}

/** False when somebody else already had. */
export async function deleteRoute(tx: Transaction, tenant: TenantId, id: RouteId): Promise<boolean> {
  const deleted = await tx
    .withTables<RouteTables>()
    .deleteFrom('gateway_route')
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

/** Which route it is: two that say the same are the same. */
export function routeVersion(route: AppRoute): string {
  return `v${base64url(sha256(utf8(`${route.origin} ${writeSettings(route)}`))).slice(0, 22)}`
}

/** Member by member: what else an object could hold is no part of a route. */
export function writeSettings({ name, policyStore, upstream, audience, paths, tellName, addHeaders }: AppRoute): string {
  const written = paths.map(({ path, methods, action, resource, open }) => ({
    path,
    methods,
    action,
    resource: resource && { type: resource.type, id: resource.id },
    open,
  }))
  return JSON.stringify({ version: 1, name, policyStore, upstream, audience, paths: written, tellName, addHeaders })
}

function routeOf({ id, origin, created_at_ms: createdAtMs, settings }: RouteTable): StoredRoute {
  const { version, ...rest } = JSON.parse(settings) as Omit<AppRoute, 'origin'> & { readonly version: number }
  if (version !== 1) throw new Error(`the settings of ${id} have version ${version}`)
  return { id, origin, createdAtMs, ...rest }
}
