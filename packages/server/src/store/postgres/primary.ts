/**
 * Whether a connection leads to the primary, and to one whose commits last.
 *
 * A standby answers reads with what it has heard so far: a session that was
 * ended a moment ago lives on there. It never becomes one under an open
 * connection, so each new connection is asked once, before anything else.
 *
 * @module
 */

import type { ClientBase } from 'pg'
import { StoreMistake } from '../mistakes.ts'

/** A commit that a promoted standby may not know of: what it ended would come back to life. */
const forgettable = new Set(['off', 'local', 'remote_write'])

interface Nature {
  readonly standby: number
  readonly synchronous: string
}

const ask = `SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_commit') AS synchronous`

/** Throws when the connection leads to a standby. */
export async function requirePrimary(client: ClientBase): Promise<void> {
  const { rows } = await client.query<Nature>(ask)
  if (rows[0]?.standby !== 0) throw standby()
}

/** Throws when the connection leads to a standby; whatever the database's setting is, commits on this connection wait for the disk, and for the synchronous standby where there is one. */
export async function requireLastingPrimary(client: ClientBase): Promise<void> {
  const { rows } = await client.query<Nature>(ask)
  const [nature] = rows
  if (nature?.standby !== 0) throw standby()
  if (forgettable.has(nature.synchronous)) await client.query('SET synchronous_commit = on')
}

function standby(): StoreMistake {
  return new StoreMistake(
    'store.read_only',
    'The database is a standby; give the address of the primary, or wait until this one is promoted.',
  )
}
