/** Groups through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { GroupId, Operation, UserId } from '#kernel'
import { nothing, shown, type Handle } from './answer.ts'
import type { AdminGroups } from './ports/people.ts'
import { readPage, requireId } from './read.ts'

export interface GroupHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly remove: Handle
  readonly listMembers: Handle
  readonly addMember: Handle
  readonly removeMember: Handle
  readonly assignRole: Handle
  readonly withdrawRole: Handle
}

export function groupHandlers(groups: AdminGroups): GroupHandlers {
  const show = async (op: Operation, id: GroupId, status = 200): Promise<Answer> => shown(await groups.find(op, id), status)
  const idOf = async (op: Operation, input: RouteInput): Promise<GroupId> => {
    const id = requireId(input, 'grp', 'group')
    await show(op, id)
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
      await groups.remove(op, await idOf(op, input), input.version)
      return nothing
    },
    listMembers: async (op, input) => {
      const id = await idOf(op, input)
      return { status: 200, body: { json: await groups.listMembers(op, id, readPage(input)) } }
    },
    addMember: async (op, input) => {
      await groups.addMember(op, await idOf(op, input), userOf(input), input.version)
      return nothing
    },
    removeMember: async (op, input) => {
      await groups.removeMember(op, await idOf(op, input), userOf(input), input.version)
      return nothing
    },
    assignRole: async (op, input) => {
      const id = await idOf(op, input)
      await groups.assignRole(op, id, input.params['role'] ?? '', input.version)
      return show(op, id)
    },
    withdrawRole: async (op, input) => {
      const id = await idOf(op, input)
      await groups.withdrawRole(op, id, input.params['role'] ?? '', input.version)
      return show(op, id)
    },
  }
}
