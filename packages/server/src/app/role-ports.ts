/** The admin API's view of roles: what policies name, and what people, groups and clients hold. @module */

import type { AdminRole, AdminRoleHolder, AdminRoles } from '#admin'
import type { Identity, RoleHolder } from '#identity'
import { readId, type Operation } from '#kernel'
import type { Clients } from '#oauth'
import type { CompiledSet } from '#policy'
import type { Rulebook } from '#rulebook'
import { ownStore } from './spine-ports.ts'

export interface AdminRolesPorts {
  readonly rulebook: Pick<Rulebook, 'sets'>
  readonly identity: Pick<Identity, 'heldRoles' | 'listHolders' | 'findUser' | 'findGroup'>
  readonly clients: Pick<Clients, 'get'>
}

export function adminRoles({ rulebook, identity, clients }: AdminRolesPorts): AdminRoles {
  const all = async (op: Operation): Promise<readonly AdminRole[]> => describeRoles(rulebook.sets, await identity.heldRoles(op))
  const show = async (op: Operation, id: RoleHolder): Promise<AdminRoleHolder> => {
    const [user, group, client] = [readId('usr', id), readId('grp', id), readId('cli', id)]
    if (user !== undefined) return { id, kind: 'user', name: (await identity.findUser(op, user))?.username }
    if (group !== undefined) return { id, kind: 'group', name: (await identity.findGroup(op, group))?.name }
    return { id, kind: 'client', name: client && (await clients.get(op, client))?.clientId }
  }
  return {
    list: async (op, { cursor = '', limit }) => {
      const rest = (await all(op)).filter(({ role }) => role > cursor)
      const items = rest.slice(0, limit)
      return { items, next: rest.length > items.length ? items.at(-1)?.role : undefined }
    },
    find: async (op, role) => (await all(op)).find((one) => one.role === role),
    listHolders: async (op, role, request) => {
      const { items, next } = await identity.listHolders(op, role, request)
      return { items: await Promise.all(items.map(async (id) => show(op, id))), next }
    },
  }
}

/** Every role that a policy or the words of a store name, and every one that is held, in alphabetical order. Pure. */
export function describeRoles(
  sets: readonly Pick<CompiledSet, 'store' | 'words' | 'policies'>[],
  held: readonly string[],
): readonly AdminRole[] {
  // Our own words first, where an app calls a role otherwise.
  const stores = [...sets].sort((left, right) => rank(left.store) - rank(right.store) || (left.store < right.store ? -1 : 1))
  const named = stores.map((set) => ({ set, roles: rolesNamedBy(set) }))
  const roles = new Set([...held, ...named.flatMap(({ roles }) => [...roles])])
  return [...roles].sort().map((role) => {
    const naming = named.filter(({ roles }) => roles.has(role)).map(({ set }) => set)
    const called = naming.map(({ words }) => words.roles.get(role)).find((words) => words !== undefined)
    const builtIn = naming.some(({ store }) => store === ownStore)
    return { role, builtIn, called, stores: naming.map(({ store }) => store), held: held.includes(role) }
  })
}

const rank = (store: string): number => (store === ownStore ? 0 : 1)

function rolesNamedBy({ words, policies }: Pick<CompiledSet, 'words' | 'policies'>): ReadonlySet<string> {
  return new Set([...words.roles.keys(), ...[...policies.values()].flatMap(({ role }) => role ?? [])])
}
