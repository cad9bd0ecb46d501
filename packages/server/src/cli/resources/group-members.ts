/** Who is in a group. @module */

import type { AdminApi } from '#remote'
import { exitCodes, type Command, type Given } from '../command.ts'
import { reach, reachOptions } from '../reach.ts'
import { pageOptions, showList } from './listing.ts'
import { groupNaming, requireId, userNaming } from './naming.ts'
import { member } from './resource.ts'

/** Where the members of a group are, by its id or name. */
async function findPath(api: AdminApi, group = ''): Promise<string> {
  return `/groups/${encodeURIComponent(await requireId(api, groupNaming, group))}/members`
}

const list: Command = {
  name: 'groups members list',
  says: 'Lists who is in a group.',
  words: 'GROUP',
  leastWords: 1,
  options: [...pageOptions, ...reachOptions],
  examples: ['countersign groups members list Accounting', 'countersign groups members list Accounting --all --json'],
  run: async (given) => {
    const api = reach(given)
    return showList(given, api, await findPath(api, given.words[0]), {
      columns: [
        ['id', member('id')],
        ['user name', member('username')],
        ['name', member('name')],
        ['state', member('state')],
      ],
    })
  },
}

/** More than anybody types; a script that has more calls again. */
const mostUsers = 256

/** One after the other. Whoever was reached before a refusal stays so, and saying it again does no harm. */
async function each(given: Given, method: 'PUT' | 'DELETE', done: (count: string) => string): Promise<number> {
  const [group, ...users] = given.words
  const api = reach(given)
  const path = await findPath(api, group)
  const ids: string[] = []
  for (const user of users) ids.push(await requireId(api, userNaming, user))
  for (const id of ids) await api.call(method, `${path}/${encodeURIComponent(id)}`)
  given.print.result({ done: true }, () => [done(users.length === 1 ? '1 user is' : `${users.length} users are`)])
  return exitCodes.done
}

const words = { words: 'GROUP USER…', leastWords: 2, mostWords: mostUsers + 1, options: reachOptions } as const

const add: Command = {
  name: 'groups members add',
  says: 'Puts users into a group. They hold its roles from the next request on.',
  ...words,
  examples: ['countersign groups members add Accounting carol', 'countersign groups members add Accounting carol dave'],
  run: async (given) => each(given, 'PUT', (count) => `${count} in the group.`),
}

const remove: Command = {
  name: 'groups members remove',
  says: 'Takes users out of a group. What they held through it alone they hold no more from the next request on.',
  ...words,
  examples: ['countersign groups members remove Accounting carol'],
  run: async (given) => each(given, 'DELETE', (count) => `${count} not in the group any more.`),
}

export const groupMemberCommands: readonly Command[] = [list, add, remove]
