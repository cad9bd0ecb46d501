/** Who is in a group. @module */

import { exitCodes, type Command, type Given } from '../command.ts'
import { reach, reachOptions } from '../reach.ts'
import { pageOptions, showList } from './listing.ts'
import { member } from './resource.ts'

const pathOf = (group: string | undefined): string => `/groups/${encodeURIComponent(group ?? '')}/members`

const list: Command = {
  name: 'groups members list',
  says: 'Lists who is in a group.',
  words: 'GROUP',
  leastWords: 1,
  options: [...pageOptions, ...reachOptions],
  examples: ['countersign groups members list GROUP', 'countersign groups members list GROUP --all --json'],
  run: async (given) =>
    showList(given, reach(given), pathOf(given.words[0]), {
      columns: [
        ['id', member('id')],
        ['user name', member('username')],
        ['name', member('name')],
        ['state', member('state')],
      ],
    }),
}

/** More than anybody types; a script that has more calls again. */
const mostUsers = 256

/** One after the other. Whoever was reached before a refusal stays so, and saying it again does no harm. */
async function each(given: Given, method: 'PUT' | 'DELETE', done: (count: string) => string): Promise<number> {
  const [group, ...users] = given.words
  const api = reach(given)
  for (const user of users) await api.call(method, `${pathOf(group)}/${encodeURIComponent(user)}`)
  given.print.result({ done: true }, () => [done(users.length === 1 ? '1 user is' : `${users.length} users are`)])
  return exitCodes.done
}

const words = { words: 'GROUP USER…', leastWords: 2, mostWords: mostUsers + 1, options: reachOptions } as const

const add: Command = {
  name: 'groups members add',
  says: 'Puts users into a group. They hold its roles from the next request on.',
  ...words,
  examples: ['countersign groups members add GROUP USER', 'countersign groups members add GROUP USER USER'],
  run: async (given) => each(given, 'PUT', (count) => `${count} in the group.`),
}

const remove: Command = {
  name: 'groups members remove',
  says: 'Takes users out of a group. What they held through it alone they hold no more from the next request on.',
  ...words,
  examples: ['countersign groups members remove GROUP USER'],
  run: async (given) => each(given, 'DELETE', (count) => `${count} not in the group any more.`),
}

export const groupMemberCommands: readonly Command[] = [list, add, remove]
