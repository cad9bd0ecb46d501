/** Whether the database can be used, and cannot be misused. @module */

import type { DatabaseFacts, DatabaseServerFacts } from '#store'
import { when, type Check, type Particulars } from '../check.ts'
import type { Facts } from '../facts.ts'

const closed =
  (...codes: readonly string[]) =>
  ({ database }: Facts): readonly Particulars[] =>
    database?.is === 'closed' && codes.includes(database.code) ? [{ database: database.shown, sentence: database.sentence }] : []

const schema =
  (state: (DatabaseFacts & { readonly is: 'open' })['schema']) =>
  ({ database }: Facts): readonly Particulars[] =>
    when(database?.is === 'open' && database.schema === state, { database: database?.shown ?? '' })

/** A judgement of the server of the database, where there is one that answers. */
const server =
  (isSo: (facts: DatabaseServerFacts) => Particulars | undefined) =>
  ({ database }: Facts): readonly Particulars[] => {
    const found = database?.is === 'open' && database.server !== undefined ? isSo(database.server) : undefined
    return found === undefined ? [] : [{ database: database?.shown ?? '', ...found }]
  }

/** A process that cannot have its connections refuses work at the busiest moment. */
function tooFewConnections({ database, buckets }: Facts): readonly Particulars[] {
  if (database?.is !== 'open' || database.server === undefined) return []
  const { aProcess, most, by: limit } = database.server.connections
  const workers = buckets?.workers ?? 1
  const wanted = workers * aProcess
  const processes = workers === 1 ? 'The one process' : `The ${workers} workers`
  return when(most < wanted, { database: database.shown, processes, wanted: String(wanted), most: String(most), limit })
}

/** A commit that a promoted replica may not know of: what it ended would come back to life. */
const forgettable = new Set(['off', 'local', 'remote_write'])

export const databaseChecks: readonly Check[] = [
  {
    name: 'database.missing',
    level: 'wrong',
    looksAt: 'whether the embedded database is in the data directory',
    judge: closed('store.missing'),
    says: 'There is no database at {database}.',
    advice: 'Run countersign init, or put the right dataDirectory into the configuration.',
  },
  {
    name: 'database.not_ours',
    level: 'wrong',
    looksAt: 'whether the file is a database of Countersign',
    judge: closed('store.not_ours'),
    says: '{database} is not a database of Countersign.',
    advice: 'Look at dataDirectory, or restore a backup.',
  },
  {
    name: 'database.address',
    level: 'wrong',
    looksAt: 'whether the address of the database can be read',
    judge: closed('store.bad_url'),
    says: 'The address of the database cannot be read.',
    advice: 'It looks like postgres://user:password@host:5432/database.',
  },
  {
    name: 'database.unreachable',
    level: 'wrong',
    looksAt: 'whether the database answers',
    judge: closed('store.unreachable'),
    says: 'The database {database} does not answer.',
    advice: 'Look whether it runs, whether its address and port are right, and whether a firewall or its TLS settings keep us out.',
  },
  {
    name: 'database.login',
    level: 'wrong',
    looksAt: 'whether the database accepts user, password and name',
    judge: closed('store.login_refused'),
    says: 'The database {database} refuses the login.',
    advice: 'Look at user, password and database name, and at pg_hba.conf of the server.',
  },
  {
    name: 'database.schema_newer',
    level: 'wrong',
    looksAt: 'whether the tables are those of this version',
    judge: schema('newer'),
    says: 'The tables in {database} were made by a newer version of Countersign, and this one does not touch them.',
    advice: 'Start that version, or a later one. docs/guides tells how to roll back.',
  },
  {
    name: 'database.schema_different',
    level: 'wrong',
    looksAt: 'whether the tables were made by the same steps',
    judge: schema('different'),
    says: 'The tables in {database} were made by another build of Countersign, and this one does not touch them.',
    advice: 'Start the build that made them.',
  },
  {
    name: 'database.schema_older',
    level: 'warning',
    looksAt: 'whether every step of this version has run',
    judge: schema('older'),
    says: 'The tables in {database} are those of an older version.',
    advice: 'Make a backup and start this version: it brings them up to date, under a lock.',
  },
  {
    name: 'database.empty',
    level: 'wrong',
    looksAt: 'whether init has run on the database',
    judge: schema('empty'),
    says: 'There is nothing of Countersign in {database} yet.',
    advice: 'Run countersign init with this database.',
  },
  {
    name: 'database.role_too_much',
    level: 'wrong',
    looksAt: 'whether the database user has powers that a server never needs',
    judge: server(({ user, tooMuch }) => (tooMuch.length === 0 ? undefined : { user, powers: tooMuch.join(', ') })),
    says: 'The database user {user} may do too much ({powers}): who gets into the server gets all of that, and row-level security may not bind it.',
    advice: 'Take it away, for instance: ALTER ROLE {user} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION.',
  },
  {
    name: 'database.role_too_little',
    level: 'wrong',
    looksAt: 'whether the database user may read and write the tables',
    judge: server(({ user, tooLittle }) => (tooLittle.length === 0 ? undefined : { user, rights: tooLittle.join(', ') })),
    says: 'The database user {user} may do too little in {database}. It lacks: {rights}.',
    advice: 'Grant it, or let the server connect as the owner of the tables.',
  },
  {
    name: 'database.connections',
    level: 'wrong',
    looksAt: 'whether the database lets all processes of this server have their connections',
    judge: tooFewConnections,
    says: '{processes} of this server may open up to {wanted} connections to {database}, and may have {most} there ({limit}).',
    advice: 'Allow {wanted} for this server, as many again for each other one and some for backups and yourself, or run fewer workers.',
  },
  {
    name: 'database.not_durable',
    level: 'warning',
    looksAt: 'whether a commit waits for the disk, and for the replica where there is one',
    judge: server(({ synchronousCommit }) => (forgettable.has(synchronousCommit) ? { setting: synchronousCommit } : undefined)),
    says: 'The database {database} has synchronous_commit = {setting}, by which what was acknowledged can be lost. The server asks for on in each of its own connections; nothing else does.',
    advice: 'Set it to on for the database and for the user, so that it does not hang on us alone.',
  },
  {
    name: 'database.no_fsync',
    level: 'wrong',
    looksAt: 'whether the database writes to the disk at all before it answers',
    judge: server(({ fsync }) => (fsync ? undefined : {})),
    says: 'The database {database} has fsync = off: a loss of power destroys it.',
    advice: 'Set it to on and reload the database.',
  },
  {
    name: 'database.read_only',
    level: 'wrong',
    looksAt: 'whether the database accepts writes',
    judge: server(({ readOnly }) => (readOnly ? {} : undefined)),
    says: 'The database {database} is read-only: it is a replica, or was set so.',
    advice: 'Point database.url at the primary (libpq addresses with target_session_attrs=read-write find it by themselves).',
  },
  {
    name: 'database.not_verified',
    level: 'wrong',
    looksAt: 'whether a database on another machine has to prove who it is, and does',
    judge: closed('store.unverified', 'store.bad_ca_file'),
    says: '{sentence}',
    advice: 'Without that, whoever sits between reads every key and changes every answer.',
  },
]
