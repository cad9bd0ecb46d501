/** A PostgreSQL server and the user that we are there. @module */

import { Client } from 'pg'
import type { Clock } from '#kernel'
import type { ModuleMigrations } from '../migration.ts'
import { StoreMistake } from '../mistakes.ts'
import { clientConfig, explainStart, readAddress, type Address } from '../postgres/address.ts'
import { connectionsAProcess } from '../postgres/sizes.ts'
import type { AppliedStep } from '../schema/plan.ts'
import type { DatabaseFacts, DatabaseServerFacts, SchemaState } from './facts.ts'

export async function examinePostgres(
  { url, caFile }: { readonly url: string; readonly caFile?: string | undefined },
  modules: readonly ModuleMigrations[],
  judge: (applied: readonly AppliedStep[], contracts: ReadonlySet<string>) => SchemaState,
  clock: Clock,
): Promise<DatabaseFacts> {
  let address: Address
  try {
    address = readAddress(url, caFile)
  } catch (error) {
    if (error instanceof StoreMistake) return { is: 'closed', shown: 'the database', code: error.code, sentence: error.message }
    throw error
  }
  const { shown } = address
  const client = new Client(clientConfig(address))
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('BEGIN READ ONLY')
    const state = await readState(client, clock)
    const schema = state.made ? await judgeSteps(client, judge) : 'empty'
    const tooLittle = state.made ? await missingRights(client, modules) : []
    return { is: 'open', shown, schema, server: { ...state.facts, tooLittle } }
  } catch (error) {
    const explained = explainStart(error, address)
    if (explained instanceof StoreMistake) return { is: 'closed', shown, code: explained.code, sentence: explained.message }
    throw error
  } finally {
    await client.end().catch(() => {})
  }
}

async function rowsOf<Row extends object>(client: Client, sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  const { rows } = await client.query<Row>(sql, [...values])
  return rows
}

async function judgeSteps(
  client: Client,
  judge: (applied: readonly AppliedStep[], contracts: ReadonlySet<string>) => SchemaState,
): Promise<SchemaState> {
  const applied = await rowsOf<AppliedStep>(client, 'SELECT module, number, digest FROM schema_step')
  if (applied.length === 0) return judge(applied, new Set())
  const contracts = await rowsOf<{ readonly name: string }>(client, "SELECT name FROM instance WHERE name LIKE 'contract %'")
  return judge(applied, new Set(contracts.map(({ name }) => name)))
}

interface State {
  readonly made: boolean
  readonly facts: Omit<DatabaseServerFacts, 'tooLittle'>
}

const settings = `
  SELECT current_user AS "user",
    CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now,
    CAST(to_regclass('schema_step') IS NOT NULL AS int) AS made,
    current_setting('synchronous_commit') AS "synchronousCommit",
    CAST(current_setting('fsync') = 'on' AS int) AS fsync,
    CAST(pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS int) AS "readOnly",
    array_to_string(ARRAY_REMOVE(ARRAY[
      CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolreplication THEN 'REPLICATION' END], NULL), ' ') AS powers,
    CAST(current_setting('max_connections') AS int) - CAST(current_setting('superuser_reserved_connections') AS int)
      - CAST(coalesce(current_setting('reserved_connections', true), '0') AS int) AS "ofServer",
    rolconnlimit AS "ofUser",
    (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS "ofDatabase"
  FROM pg_roles WHERE rolname = current_user`

async function readState(client: Client, clock: Clock): Promise<State> {
  // Once before, so that the clock is not compared while the query is being planned.
  await client.query(settings)
  const [beforeMs, startedMs] = [clock.wallMs(), clock.monotonicMs()]
  const [row] = await rowsOf<Record<string, string | number>>(client, settings)
  const tookMs = clock.monotonicMs() - startedMs
  if (row === undefined) throw new Error('the database does not know its own user')
  const powers = String(row['powers'])
  return {
    made: row['made'] === 1,
    facts: {
      user: String(row['user']),
      aheadMs: Math.round(Number(row['now']) - (beforeMs + tookMs / 2)),
      uncertainMs: Math.ceil(tookMs / 2),
      tooMuch: powers === '' ? [] : powers.split(' '),
      synchronousCommit: String(row['synchronousCommit']),
      fsync: row['fsync'] === 1,
      readOnly: row['readOnly'] === 1,
      connections: {
        aProcess: connectionsAProcess,
        ...lowest([
          { most: Number(row['ofServer']), by: 'max_connections, less what is reserved' },
          { most: Number(row['ofUser']), by: 'the CONNECTION LIMIT of the user' },
          { most: Number(row['ofDatabase']), by: 'the CONNECTION LIMIT of the database' },
        ]),
      },
    },
  }
}

type Limit = Omit<DatabaseServerFacts['connections'], 'aProcess'>

/** The limit that is met first; a negative one is none. */
function lowest(limits: readonly Limit[]): Limit {
  return limits.filter(({ most }) => most >= 0).reduce((least, limit) => (limit.most < least.most ? limit : least))
}

/** A running server reads and adds rows in each of its tables. */
async function missingRights(client: Client, modules: readonly ModuleMigrations[]): Promise<readonly string[]> {
  const tables = modules.flatMap(({ steps }) =>
    steps.flatMap(({ changes }) => changes.flatMap((change) => ('createTable' in change ? change.createTable.name : []))),
  )
  const missing = await rowsOf<{ readonly what: string }>(
    client,
    `SELECT privilege || ' on ' || name AS what
     FROM unnest($1::text[]) AS name CROSS JOIN unnest(ARRAY['SELECT', 'INSERT']) AS privilege
     WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(to_regclass(name), privilege)`,
    [tables],
  )
  return missing.map(({ what }) => what)
}
