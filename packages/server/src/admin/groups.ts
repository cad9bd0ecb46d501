/** Groups through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { GroupId, Operation, UserId } from '#kernel'
import { nothing, shown, type Handle } from './answer.ts'
import type { GrantChecks } from './grant-checks.ts'
import type { AdminGroups } from './ports/people.ts'
import { readPage, requireId } from './read.ts'
import { roleChangeHandlers, type RoleChangeHandlers } from './role-changes.ts'

export interface GroupHandlers extends RoleChangeHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly remove: Handle
  readonly listMembers: Handle
  readonly addMember: Handle
  readonly removeMember: Handle
}

/** Whoever puts somebody into a group gives them what it holds: `checks` are asked whether the caller holds it. */
export function groupHandlers(groups: AdminGroups, checks: GrantChecks): GroupHandlers {
  const show = async (op: Operation, id: GroupId, status?: number): Promise<Answer> => shown(await groups.find(op, id), status)
  const idOf = async (op: Operation, input: RouteInput): Promise<GroupId> => {
    const id = requireId(input, 'grp', 'group')
    await show(op, id)
    return id
  }
  const givable = async (op: Operation, input: RouteInput): Promise<GroupId> => {
    const id = await idOf(op, input)
    await checks.holdings(op, id)
    return id
  }
  const userOf = (input: RouteInput): UserId => requireId(input, 'usr', 'user')
  const nameOf = (input: RouteInput): string => (input.body as { readonly name: string }).name
  return {
    list: async (op, input) => ({
      status: 200,
      body: { json: await groups.list(op, { ...readPage(input), prefix: input.query['prefix'] }) },
    }),
    // Without roles and members: giving those is an action of its own.
    create: async (op, input) => show(op, await groups.create(op, nameOf(input)), 201),
    read: async (op, input) => show(op, requireId(input, 'grp', 'group')),
    update: async (op, input) => {
      const id = await idOf(op, input)
      await groups.rename(op, id, nameOf(input), input.version ?? '')
      return show(op, id)
    },
    remove: async (op, input) => {
      await groups.remove(op, await givable(op, input), input.version)
      return nothing
    },
    listMembers: async (op, input) => {
      const id = await idOf(op, input)
      return { status: 200, body: { json: await groups.listMembers(op, id, readPage(input)) } }
    },
    addMember: async (op, input) => {
      await groups.addMember(op, await givable(op, input), userOf(input), input.version)
      return nothing
    },
    removeMember: async (op, input) => {
      await groups.removeMember(op, await givable(op, input), userOf(input), input.version)
      return nothing
    },
    ...roleChangeHandlers({ port: groups, checks, giving: idOf, taking: idOf, show }),
  }
}
