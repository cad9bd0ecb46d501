/**
 * An adapter of `oidc-provider` on SQLite, as durable as what it is measured
 * against: write-ahead log, `synchronous=FULL`, every change on disk before the
 * answer. Statements are prepared once; each call is one statement.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite'

type Payload = Readonly<Record<string, unknown>>

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS item (model TEXT, id TEXT, payload TEXT, grant_id TEXT, uid TEXT, user_code TEXT, expires_at INTEGER, PRIMARY KEY (model, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS item_grant ON item (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS item_uid ON item (model, uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS item_user_code ON item (model, user_code) WHERE user_code IS NOT NULL;
`

/** The class that the provider makes one of for each of its models. */
export function sqliteAdapter(path: string): new (model: string) => object {
  const db = new DatabaseSync(path)
  db.exec(schema)
  const put = db.prepare('INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?)')
  const byId = db.prepare('SELECT payload, expires_at FROM item WHERE model = ? AND id = ?')
  const byUid = db.prepare('SELECT payload, expires_at FROM item WHERE model = ? AND uid = ?')
  const byUserCode = db.prepare('SELECT payload, expires_at FROM item WHERE model = ? AND user_code = ?')
  const consume = db.prepare(`UPDATE item SET payload = json_set(payload, '$.consumed', unixepoch()) WHERE model = ? AND id = ?`)
  const remove = db.prepare('DELETE FROM item WHERE model = ? AND id = ?')
  const removeGrant = db.prepare('DELETE FROM item WHERE grant_id = ?')
  const seconds = (): number => Math.floor(Date.now() / 1000)
  return class {
    readonly #model: string
    constructor(model: string) {
      this.#model = model
    }
    async upsert(id: string, payload: Payload, expiresIn?: number): Promise<void> {
      const column = (name: string): string | null => (payload[name] as string | undefined) ?? null
      const expiresAt = expiresIn === undefined ? null : seconds() + expiresIn
      put.run(this.#model, id, JSON.stringify(payload), column('grantId'), column('uid'), column('userCode'), expiresAt)
    }
    async find(id: string): Promise<Payload | undefined> {
      return this.#one(byId, id)
    }
    async findByUid(uid: string): Promise<Payload | undefined> {
      return this.#one(byUid, uid)
    }
    async findByUserCode(code: string): Promise<Payload | undefined> {
      return this.#one(byUserCode, code)
    }
    async consume(id: string): Promise<void> {
      consume.run(this.#model, id)
    }
    async destroy(id: string): Promise<void> {
      remove.run(this.#model, id)
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      removeGrant.run(grantId)
    }
    #one(statement: StatementSync, key: string): Payload | undefined {
      const row = statement.get(this.#model, key) as { readonly payload: string; readonly expires_at: number | null } | undefined
      if (row === undefined || (row.expires_at !== null && row.expires_at <= seconds())) return undefined
      return JSON.parse(row.payload) as Payload
    }
  }
}
