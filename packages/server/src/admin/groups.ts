/** Groups through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { GroupId, Operation, UserId } from '#kernel'
import type { AdminGroups } from './ports.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

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
  const show = async (op: Operation, id: GroupId, status = 200): Promise<Answer> => {
    const group = await groups.find(op, id)
    if (group === undefined) throw refuse('admin.not_found', 'no such group')
    return { status, body: { json: group } }
  }
  const idOf = (input: RouteInput): GroupId => requireId(input, 'grp', 'group')
  const userOf = (input: RouteInput): UserId => requireId(input, 'usr', 'user')
  const nameOf = (input: RouteInput): string => (input.body as { readonly name: string }).name
  return {
    list: async (op, input) => ({
      status: 200,
      body: { json: await groups.list(op, { ...readPage(input), prefix: input.query['prefix'] }) },
    }),
    // Without roles and members: giving those is an action of its own.
    create: async (op, input) => show(op, await groups.create(op, nameOf(input)), 201),
    read: async (op, input) => show(op, idOf(input)),
    update: async (op, input) => {
      await show(op, idOf(input))
      await groups.rename(op, idOf(input), nameOf(input))
      return show(op, idOf(input))
    },
    remove: async (op, input) => {
      await show(op, idOf(input))
      await groups.remove(op, idOf(input))
      return { status: 204, body: 'empty' }
    },
    listMembers: async (op, input) => {
      await show(op, idOf(input))
      return { status: 200, body: { json: await groups.listMembers(op, idOf(input), readPage(input)) } }
    },
    addMember: async (op, input) => {
      await show(op, idOf(input))
      await groups.addMember(op, idOf(input), userOf(input))
      return { status: 204, body: 'empty' }
    },
    removeMember: async (op, input) => {
      await show(op, idOf(input))
      await groups.removeMember(op, idOf(input), userOf(input))
      return { status: 204, body: 'empty' }
    },
    assignRole: async (op, input) => {
      await show(op, idOf(input))
      await groups.assignRole(op, idOf(input), input.params['role'] ?? '')
      return show(op, idOf(input))
    },
    withdrawRole: async (op, input) => {
      await show(op, idOf(input))
      await groups.withdrawRole(op, idOf(input), input.params['role'] ?? '')
      return show(op, idOf(input))
    },
  }
}
