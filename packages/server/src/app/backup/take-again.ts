/**
 * What was taken away after the backup is taken away again: the file of keys
 * says what everybody still had when it was written.
 *
 * @module
 */

import { listGroupStandings, withdrawFromGroup, withdrawFromUser, withdrawRoles, type UserStanding } from '#identity'
import type { GroupId, Operation } from '#kernel'
import { listClientStandings, withdrawFromClient } from '#oauth'
import type { Store, Transaction } from '#store'
import type { KeyFile } from './key-file.ts'
import type { ClientLine, GroupLine } from './standing-lines.ts'

/** One short write's worth. */
const batch = 100

/** Says how many things were taken. It may be run again: what is gone is not taken twice. */
export async function takeAgain(op: Operation, store: Store, keyFile: KeyFile): Promise<number> {
  const groups = new Map<string, GroupLine>()
  const clients = new Map<string, ClientLine>()
  let users: UserStanding[] = []
  let taken = 0
  const fromUsers = async (): Promise<void> => {
    const some = users
    users = []
    taken += await inBatches(op, store, some, withdrawFromUser)
  }
  for await (const line of keyFile.lines()) {
    if (line.is === 'group') groups.set(line.id, line)
    else if (line.is === 'client') clients.set(line.id, line)
    else if (line.is === 'user') users.push(line)
    if (users.length === batch) await fromUsers()
  }
  await fromUsers()
  const there = await store.read(op, async (db) => ({
    groups: await listGroupStandings(db, op),
    clients: await listClientStandings(db, op),
  }))
  taken += await inBatches(op, store, there.groups, async (tx, _op, { id }) => withdrawFromGroup(tx, op, id as GroupId, groups.get(id)))
  taken += await inBatches(op, store, there.clients, async (tx, _op, { id }) => {
    const roles = await withdrawRoles(tx, op, id, clients.get(id)?.roles ?? [])
    return roles + (await withdrawFromClient(tx, op, id, clients.get(id)))
  })
  return taken
}

async function inBatches<Item>(
  op: Operation,
  store: Store,
  items: readonly Item[],
  take: (tx: Transaction, op: Operation, item: Item) => Promise<number>,
): Promise<number> {
  let taken = 0
  for (let first = 0; first < items.length; first += batch) {
    taken += await store.write(op, async (tx) => {
      let count = 0
      for (const item of items.slice(first, first + batch)) count += await take(tx, op, item)
      return count
    })
  }
  return taken
}
