/** One role makes the tables, another runs the server and can do no more than that takes. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { createDatabase, missingPostgres, stopPostgresAfterwards, type TestDatabase } from '../postgres.ts'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'

stopPostgresAfterwards()

/** A role that owns nothing, and its address. */
async function makeRunner({ superuser, url }: TestDatabase, options = ''): Promise<string> {
  const runner = `${String(superuser.database)}_runner`
  await asked(superuser, `CREATE ROLE ${runner} LOGIN PASSWORD 'runs' ${options}`)
  return Object.assign(new URL(url), { username: runner, password: 'runs' }).href
}

async function asked(where: ConstructorParameters<typeof Client>[0], sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(where)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

test(
  'a server under a role that owns nothing: it works, and can change neither the schema nor the record',
  { skip: missingPostgres(), timeout: 200_000 },
  async () => {
    const database = await createDatabase()
    const url = await makeRunner(database)
    const folder = temporaryFolder('roles')
    const port = await freePort()
    const config = join(folder, 'countersign.yaml')
    const owner = { COUNTERSIGN_DATABASE_MIGRATE_URL: database.url }
    const runs = { COUNTERSIGN_DATABASE_URL: url }
    const start = ['--config', config, '--server-only']
    const init = ['init', '--issuer', `http://localhost:${port}`, '--listen', `localhost:${port}`, '--folder', folder]

    const alone = await countersign(init, '', runs)
    assert.equal(alone.code, 4)
    assert.match(
      alone.err,
      /^The database lacks tables of this version and its user may not make them: run countersign migrate first, or set database\.migrateUrl\.$/m,
    )
    const same = await countersign(init, '', { ...runs, COUNTERSIGN_DATABASE_MIGRATE_URL: url })
    assert.match(same.err, /database\.url must name a user of its own/)
    const made = await countersign(init, '', { ...runs, ...owner })
    assert.equal(made.code, 0, made.err)
    writeFileSync(config, `${readFileSync(config, 'utf8')}passwords: { memoryKibibytes: 19456, passes: 1 }\n`)
    const migrated = await countersign(['migrate', '--config', config], '', { ...runs, ...owner })
    assert.equal(migrated.code, 0, migrated.err)

    // The server itself knows nothing of the owner.
    const product = await startProduct(start, runs)
    after(async () => product.stop('SIGKILL'))
    const data = ['--data', join(folder, 'data')]
    const created = await countersign(['users', 'create', 'carol', '--password-stdin', ...data], 'several words that do not belong\n')
    assert.equal(created.code, 0, created.err)
    const verified = await countersign(['audit', 'verify', ...data])
    assert.equal(verified.code, 0, verified.out + verified.err)

    for (const sql of [
      'CREATE TABLE mine (id text)',
      'ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE app_user ADD COLUMN mine text',
      'DROP TABLE audit_event',
      'TRUNCATE audit_event',
      "UPDATE audit_event SET content = ''",
      'DELETE FROM audit_event',
      'UPDATE audit_run SET count = 0',
      'DELETE FROM audit_run',
      "INSERT INTO schema_step VALUES ('x', 1, 'x', 1)",
      'CREATE TRIGGER mine BEFORE INSERT ON audit_event EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ]) {
      await assert.rejects(asked({ connectionString: url }, sql), /permission denied|must be owner|does not exist/, sql)
    }
    const [granted] = await asked(
      { connectionString: url },
      "SELECT has_table_privilege('audit_event', 'INSERT') AS adds, has_table_privilege('audit_event', 'UPDATE, DELETE, TRUNCATE, TRIGGER') AS changes",
    )
    assert.deepEqual(granted, { adds: true, changes: false })
    const open = await asked(
      database.superuser,
      "SELECT relname FROM pg_class JOIN information_schema.columns ON table_name = relname AND column_name = 'tenant' AND table_schema = 'public' WHERE relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    assert.deepEqual(open, [], 'row-level security is not forced')
    assert.deepEqual(await asked({ connectionString: url }, 'SELECT * FROM audit_event'), [], 'rows are shown without a tenant')
    assert.equal(await product.stop(), 0)
  },
)

test(
  'a role that is above row-level security does not run a server, whoever owns the tables',
  { skip: missingPostgres(), timeout: 120_000 },
  async () => {
    const database = await createDatabase()
    const url = await makeRunner(database, 'BYPASSRLS')
    const folder = temporaryFolder('roles')
    const made = await countersign(['init', '--issuer', 'http://localhost:9000', '--folder', folder], '', {
      COUNTERSIGN_DATABASE_URL: url,
      COUNTERSIGN_DATABASE_MIGRATE_URL: database.url,
    })
    assert.equal(made.code, 4, made.out)
    assert.match(made.err, /bypasses row-level security/)
  },
)
