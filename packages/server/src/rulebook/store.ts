/** The SQL of policy sets. @module */

import type { Operation, PolicyStoreName, TenantId } from '#kernel'
import type { ExportedSet } from '#policy'
import type { Reader, Transaction } from '#store'
import type { Kysely } from 'kysely'
import type { StoreKeeper } from './keeper.ts'

interface PolicySetTable {
  tenant: TenantId
  store: string
  digest: string
  content: string
  activated_at_ms: number
  active: 0 | 1
  /** Absent where an earlier release wrote the row. */
  activated_by: string | null
}

interface PolicyStoreTable {
  tenant: TenantId
  store: string
  keeper: StoreKeeper
  since_ms: number
}

interface PolicyCompiledTable {
  tenant: TenantId
  store: string
  sealed: Uint8Array
}

/** One version of a store, without its text. */
export interface PolicyVersion {
  readonly digest: string
  /** When it last became the one that decides. */
  readonly activatedAtMs: number
  /** `user usr_…`, `service cli_…`, `machine-owner`, `system start`. */
  readonly activatedBy?: string
  readonly active: boolean
}

/** A version a day for three months; each is at most 1 MiB. */
export const keptVersions = 100

export async function findActiveDigest(db: Reader, op: Operation, store: PolicyStoreName): Promise<string | undefined> {
  const row = await tables(db)
    .selectFrom('policy_set')
    .select('digest')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('active', '=', 1)
    .executeTakeFirst()
  return row?.digest
}

/** The active version. */
export async function findActive(db: Reader, op: Operation, store: PolicyStoreName): Promise<PolicyVersion | undefined> {
  const row = await tables(db)
    .selectFrom('policy_set')
    .select(['digest', 'activated_at_ms', 'activated_by', 'active'])
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('active', '=', 1)
    .executeTakeFirst()
  return row && versionOf(row)
}

/** A store that nobody took over is kept by its folder. */
export async function findKeeper(db: Reader, op: Operation, store: PolicyStoreName): Promise<StoreKeeper> {
  const row = await tables(db)
    .selectFrom('policy_store')
    .select('keeper')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .executeTakeFirst()
  return row?.keeper ?? 'folder'
}

export async function setKeeper(tx: Transaction, op: Operation, store: PolicyStoreName, keeper: StoreKeeper): Promise<void> {
  await tables(tx)
    .insertInto('policy_store')
    .values({ tenant: op.tenant, store, keeper, since_ms: op.nowMs })
    .onConflict((conflict) => conflict.columns(['tenant', 'store']).doUpdateSet({ keeper, since_ms: op.nowMs }))
    .execute()
}

/** Makes a set the active one of its store. The order matters: of a store never two are active, not even within the write. */
export async function activate(tx: Transaction, op: Operation, { store, digest, content }: ExportedSet): Promise<void> {
  const now = { activated_at_ms: op.nowMs, activated_by: actorOf(op), active: 1 } as const
  await tables(tx)
    .updateTable('policy_set')
    .set({ active: 0 })
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('active', '=', 1)
    .execute()
  await tables(tx)
    .insertInto('policy_set')
    .values({ tenant: op.tenant, store, digest, content, ...now })
    .onConflict((conflict) => conflict.columns(['tenant', 'store', 'digest']).doUpdateSet(now))
    .execute()
}

/** Newest first. */
export async function listVersions(db: Reader, op: Operation, store: PolicyStoreName, limit: number): Promise<readonly PolicyVersion[]> {
  const rows = await tables(db)
    .selectFrom('policy_set')
    .select(['digest', 'activated_at_ms', 'activated_by', 'active'])
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .orderBy('activated_at_ms', 'desc')
    .orderBy('digest')
    .limit(limit)
    .execute()
  return rows.map(versionOf)
}

type VersionRow = Pick<PolicySetTable, 'digest' | 'activated_at_ms' | 'activated_by' | 'active'>

function versionOf(row: VersionRow): PolicyVersion {
  return {
    digest: row.digest,
    activatedAtMs: row.activated_at_ms,
    ...(row.activated_by === null ? {} : { activatedBy: row.activated_by }),
    active: row.active === 1,
  }
}

function actorOf({ actor }: Operation): string {
  if (actor.is === 'system') return `system ${actor.task}`
  return actor.is === 'user' || actor.is === 'service' ? `${actor.is} ${actor.id}` : actor.is
}

export async function findContent(db: Reader, op: Operation, store: PolicyStoreName, digest: string): Promise<string | undefined> {
  const row = await tables(db)
    .selectFrom('policy_set')
    .select('content')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row?.content
}

/** Forgets all but the newest versions of a store. The active one is never forgotten. */
export async function forgetOldVersions(tx: Transaction, op: Operation, store: PolicyStoreName, keep: number): Promise<void> {
  const old = await tables(tx)
    .selectFrom('policy_set')
    .select('digest')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('active', '=', 0)
    .orderBy('activated_at_ms', 'desc')
    .orderBy('digest')
    .offset(keep)
    .limit(1000)
    .execute()
  if (old.length === 0) return
  const digests = old.map(({ digest }) => digest)
  await tables(tx)
    .deleteFrom('policy_set')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .where('active', '=', 0)
    .where('digest', 'in', digests)
    .execute()
}

export async function findSealedSet(db: Reader, op: Operation, store: PolicyStoreName): Promise<Uint8Array | undefined> {
  const row = await tables(db)
    .selectFrom('policy_compiled')
    .select('sealed')
    .where('tenant', '=', op.tenant)
    .where('store', '=', store)
    .executeTakeFirst()
  return row?.sealed
}

export async function replaceSealedSet(tx: Transaction, op: Operation, store: PolicyStoreName, sealed: Uint8Array): Promise<void> {
  await tables(tx)
    .insertInto('policy_compiled')
    .values({ tenant: op.tenant, store, sealed })
    .onConflict((conflict) => conflict.columns(['tenant', 'store']).doUpdateSet({ sealed }))
    .execute()
}

interface Tables {
  policy_set: PolicySetTable
  policy_store: PolicyStoreTable
  policy_compiled: PolicyCompiledTable
}

function tables(db: Reader): Kysely<Tables> {
  return db.withTables<Tables>()
}
