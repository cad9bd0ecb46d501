/**
 * Which numbered stream of events a connection writes.
 *
 * A writing connection claims a lane, a row of `writer`, by an advisory lock of
 * its session: PostgreSQL drops it when the session ends, however it ends. A
 * lane that is free is taken before a new one is made, so there are never more
 * lanes than there were writing connections at one time.
 *
 * @module
 */

import { newId, type WriterId } from '#kernel'
import type { ClientBase } from 'pg'
import { sqlState } from './errors.ts'

/** The first half of the keys of our advisory locks: `CSTW`. */
const laneLocks = 0x43535457

/** A lane is lost to somebody else at most as often as others start in the same moment. */
const mostAttempts = 100

export async function claimLane(client: ClientBase): Promise<WriterId> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { rows } = await client.query<{ lane: number; id: WriterId }>('SELECT lane, id FROM writer ORDER BY lane')
    for (const { lane, id } of rows) if (await tryLock(client, lane)) return id
    await makeLane(client)
  }
  throw new Error('no lane for a writing connection could be claimed')
}

async function tryLock(client: ClientBase, lane: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: number }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [laneLocks, lane])
  return rows[0]?.locked === 1
}

/** Two that make the same lane at once leave one of it, and both look again. */
async function makeLane(client: ClientBase): Promise<void> {
  try {
    await client.query('INSERT INTO writer (lane, id) SELECT coalesce(max(lane), 0) + 1, $1 FROM writer', [newId('wri')])
  } catch (error) {
    if (sqlState(error) !== '23505') throw error
  }
}
