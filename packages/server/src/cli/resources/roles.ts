/** Roles: which there are, and who holds them. */

import { reach, reachOptions } from '../reach.ts'
import type { Command } from '../command.ts'
import { pageOptions, showList } from './listing.ts'
import { member, type Resource } from './resource.ts'

export const roles: Resource = {
  plural: 'roles',
  singular: 'role',
  lists: 'Lists roles: those that policies name, and those that somebody holds. They are given with users, groups and clients.',
  columns: [
    ['role', member('role')],
    ['built in', member('builtIn')],
    ['called', member('called')],
    ['named by', member('stores')],
    ['held', member('held')],
  ],
  filters: [],
  word: 'ROLE',
  example: 'owner',
  get: true,
}

const holders: Command = {
  name: 'roles holders',
  says: 'Lists who holds a role themself: users, groups and clients. Members of a group hold what it holds.',
  words: 'ROLE',
  leastWords: 1,
  options: [...pageOptions, ...reachOptions],
  examples: ['countersign roles holders owner'],
  run: async (given) =>
    showList(given, reach(given), `/roles/${encodeURIComponent(given.words[0] ?? '')}/holders`, {
      columns: [
        ['id', member('id')],
        ['kind', member('kind')],
        ['name', member('name')],
      ],
    }),
}

export const roleCommands: readonly Command[] = [holders]
