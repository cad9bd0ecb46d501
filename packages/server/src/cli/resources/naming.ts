/**
 * Things by the name that people know them by. The API knows ids alone: a name
 * is looked up first, whole and letter by letter, since what is close to a name is
 * somebody else.
 *
 * @module
 */

import { ApiRefusal, type AdminApi } from '#remote'
import { UsageMistake } from '../options.ts'

/** How things of a kind are named. */
export interface Naming {
  /** Where they are: `users`. */
  readonly plural: string
  readonly singular: string
  /** What an id of theirs begins with: `usr_`. */
  readonly idStart: string
  /** The member that holds the name, which only one of them has. */
  readonly member: string
  /** For people: `USERNAME`. */
  readonly shown: string
  /** How long the beginning of a name may be by which the API finds them; without it all are looked through. */
  readonly prefix?: { readonly least: number; readonly most: number }
}

export const userNaming: Naming = {
  plural: 'users',
  singular: 'user',
  idStart: 'usr_',
  member: 'username',
  shown: 'USERNAME',
  prefix: { least: 2, most: 64 },
}

export const groupNaming: Naming = {
  plural: 'groups',
  singular: 'group',
  idStart: 'grp_',
  member: 'name',
  shown: 'NAME',
  prefix: { least: 1, most: 128 },
}

export const clientNaming: Naming = {
  plural: 'clients',
  singular: 'client',
  idStart: 'cli_',
  member: 'clientId',
  shown: 'CLIENT_ID',
}

export const routeNaming: Naming = { plural: 'routes', singular: 'route', idStart: 'rte_', member: 'origin', shown: 'ORIGIN' }

/** The id of what was typed: an id, or the name of one thing there is. Throws a refusal for a name that nothing has. */
export async function requireId(api: AdminApi, naming: Naming, typed: string): Promise<string> {
  const { plural, singular, idStart, member, prefix } = naming
  if (typed.startsWith(idStart)) return typed
  if (prefix !== undefined && (typed.length < prefix.least || typed.length > prefix.most))
    throw new UsageMistake(`"${typed}" cannot be looked up as the name of a ${singular}; give its id`)
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      limit: '200',
      ...(prefix === undefined ? {} : { prefix: typed }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    const page = (await api.call('GET', `/${plural}?${query.toString()}`)) as {
      readonly items: readonly Readonly<Record<string, unknown>>[]
      readonly next?: string
    }
    const found = page.items.find((item) => item[member] === typed)
    if (found !== undefined) return String(found['id'])
    cursor = page.next
  } while (cursor !== undefined)
  throw new ApiRefusal(404, 'admin.not_found', `There is no ${singular} "${typed}".`)
}
